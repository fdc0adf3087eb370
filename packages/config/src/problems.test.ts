import { describe, expect, it } from 'vitest';
import { Opaque } from './layers/opaque.ts';
import { pathText, problem, quoted, shown } from './problems.ts';

describe('pathText', () => {
  it.each([
    [['policy', 'shadow', 'timeout'], 'policy.shadow.timeout'],
    [['guard', 'routes', 'GET /a/{b}', 'compare', 0], 'guard.routes["GET /a/{b}"].compare[0]'],
    [[1, 'name'], '[1].name'],
    [['my-ledger', 'owner'], 'my-ledger.owner'],
    [['seams', 'pricing.quote'], 'seams["pricing.quote"]'],
    [[], 'the configuration'],
    [[Symbol('x')], '["Symbol(x)"]'],
  ])('writes %j as %s', (at, text) => {
    expect(pathText(at)).toBe(text);
  });
});

describe('shown', () => {
  it.each([
    [undefined, 'missing'],
    [null, 'null'],
    [true, 'true'],
    [1.5, '1.5'],
    [Number.NaN, 'NaN'],
    [10n, '10'],
    ['text', '"text"'],
    [[1, 2], 'a list of 2'],
    [{ password: 'hunter2' }, 'an object'],
    [() => 1, 'a function'],
    [Symbol('x'), 'a symbol'],
    [new Opaque('Date'), 'an object of the class Date'],
  ])('tells %o in a few words', (value, text) => {
    expect(shown(value)).toBe(text);
  });
});

describe('quoted', () => {
  it('cuts what is long', () => {
    expect(quoted('x'.repeat(1_000)).length).toBeLessThan(70);
  });

  it.each([
    'http://user:secret@host/',
    'postgres://user:secret@host:5432/db',
    'postgres://secret@host',
    'http://user:sec@secret@host',
    `http://user:${'secret'.repeat(50)}@host`,
    'see http://user:secret@host for more',
  ])('hides the credentials of %s', (text) => {
    expect(quoted(text)).not.toContain('secret');
  });

  it('escapes what would break a line or a terminal', () => {
    expect(quoted('a\nb\u001b[31m')).toBe('"a\\nb\\u001b[31m"');
  });
});

describe('problem', () => {
  it('makes one sentence of the place, what was found and what is expected', () => {
    const made = problem('FW_CONFIG_VALUE', ['guard', 'port'], { found: '7', expected: 'eight' });
    expect(made).toEqual({
      code: 'FW_CONFIG_VALUE',
      path: 'guard.port',
      found: '7',
      expected: 'eight',
      message: 'guard.port is 7; expected eight.',
    });
  });
});
