import { describe, expect, it } from 'vitest';
import { isSecretName, namesOnPath, sameWords } from './secret-names.ts';

describe('names of secrets', () => {
  it.each([
    'password',
    'userPassword',
    'X-Api-Key',
    'api_key',
    'Authorization',
    'set-cookie',
    'iban',
    'customerIban',
    'SSN',
    'accesstoken',
    'clientSecret',
    'CVV',
  ])('include %s', (name) => {
    expect(isSecretName(name)).toBe(true);
  });

  it.each(['className', 'assnumber', 'key', 'author', 'passage', 'cvvvv', 'name', ''])(
    'do not include %s',
    (name) => {
      expect(isSecretName(name)).toBe(false);
    },
  );

  it('are found on every step of a path', () => {
    expect(namesOnPath(`$.a['b\\'c'][3]["d e"].f`)).toEqual(['a', "b\\'c", 'd e', 'f']);
    expect(namesOnPath('$')).toEqual([]);
    expect(namesOnPath('(header set-cookie)')).toEqual(['set-cookie']);
    expect(namesOnPath('(body) line 3')).toEqual([]);
  });

  it('are one name however they are written', () => {
    const ways = ['taxNumber', 'tax_number', 'Tax-Number', 'TAX NUMBER', '_taxNumber'];
    expect(new Set(ways.map(sameWords))).toEqual(new Set(['tax number']));
    expect(sameWords('Straße')).toBe('straße');
    expect(sameWords('--')).toBe('');
  });
});
