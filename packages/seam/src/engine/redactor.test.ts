import { compileRedaction } from '@falsework/core/redact';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createRedactor } from './redactor.ts';

const { redact } = createRedactor({ salt: 'test' });

const JWT =
  'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U';
const HEX = '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08';
const KEY = 'wJalrXUtnFEMIK7MDENGbPxRfiCYEXAMPLEKEY12';

describe('the redactor', () => {
  it.each([
    ['a card number', 'paid with 4111 1111 1111 1111 today', '4111', 'card'],
    ['an IBAN', 'to DE89 3704 0044 0532 0130 00 today', '3704', 'iban'],
    ['a card number in one piece', '"5500005555555559"', '5500005555555559', 'card'],
    ['an address', '"ann.lee+x@example.co.uk"', 'ann.lee', 'email'],
    ['a bearer token', 'Bearer abcdefgh12345678', 'abcdefgh', 'token'],
    ['a JWT', `"${JWT}"`, 'eyJ', 'token'],
    ['a long hexadecimal text', `"${HEX}"`, '9f86', 'hex'],
    ['a base64 key', `"${KEY}"`, 'wJalr', 'secret'],
    ['a provider key', 'using sk_live_4eC39HqLyjWDarjtT1', '4eC39', 'token'],
    ['a password in an address', 'postgres://app:hunter2@db/orders', 'hunter2', 'secret'],
    ['a private key', '-----BEGIN RSA PRIVATE KEY-----\nMIIE', 'MIIE', 'secret'],
    ['a member named like a secret', '{"user":"ann","password":"hunter2"}', 'hunter2', 'secret'],
    ['a member with escapes', '{"apiKey":"hun\\"ter2","n":1}', 'ter2', 'secret'],
    ['JSON in a JSON text', '"{\\"password\\":\\"hunter2\\"}"', 'hunter2', 'secret'],
    [
      'an object under a secret name',
      '{"credentials":{"a":"x]","b":["hunter2"]},"n":1}',
      'hunter2',
      'secret',
    ],
    ['a number under a secret name', '{"cvv":123,"n":1}', '123', 'secret'],
    ['a query', 'GET /x?id=1&access_token=hunter2&n=2', 'hunter2', 'secret'],
    ['a header', 'Cookie: session=hunter2', 'hunter2', 'secret'],
  ])('takes out %s', (_, text, secret, kind) => {
    expect(redact(text)).not.toContain(secret);
    expect(redact(text)).toMatch(new RegExp(`‹${kind}:[0-9a-f]{4}›`));
  });

  it('leaves what stands around a secret', () => {
    expect(redact('{"user":"ann","password":"hunter2","n":1}')).toMatch(
      /^\{"user":"ann","password":"‹secret:[0-9a-f]{4}›","n":1\}$/,
    );
    expect(redact('{"credentials":{"a":1},"n":1}')).toMatch(/,"n":1\}$/);
    expect(redact('GET /x?id=1&token=hunter2&n=2')).toMatch(/^GET \/x\?id=1&token=‹.*›&n=2$/);
  });

  it.each([
    ['a price', '10.005'],
    ['a date', '"2026-11-21T14:02:11.123Z"'],
    ['a timestamp in milliseconds', '1767603600003'],
    ['an id', '"7c9e6679-7425-40de-944b-e07fc1f90ae7"'],
    ['a long name', '"someVeryLongCamelCaseFieldNameOfVersion2"'],
    ['a long path', '"/api/v2/customers/orders/lines/discounts"'],
    ['a long number that is no card', '"4111111111111112"'],
    ['prose', '"The quick brown fox jumps over the lazy dog, again and again."'],
    ['a count of tokens', 'null'],
  ])('leaves %s as it is', (_, text) => {
    expect(redact(text)).toBe(text);
  });

  it('gives one secret one fingerprint, and another secret another', () => {
    const [a, b] = [redact('"a@x.org"'), redact('"b@x.org"')];
    expect(redact('"a@x.org"')).toBe(a);
    expect(a).not.toBe(b);
  });

  it('gives the same secret another fingerprint under another salt', () => {
    const texts = ['a', 'b', 'c', 'd'].map((salt) => createRedactor({ salt }).redact('"a@x.org"'));
    expect(new Set(texts).size).toBeGreaterThan(1);
  });

  it('takes out everything beneath a path that names a secret, except that there is nothing', () => {
    expect(redact('"hunter2"', "$.users[0]['api-key'].value")).toMatch(/^‹secret:....›$/);
    expect(redact('12', '$.session.refreshToken')).toMatch(/^‹secret:....›$/);
    expect(redact('absent', '$.password')).toBe('absent');
    expect(redact('null', '$.password')).toBe('null');
    expect(redact('"hunter2"', '$.className')).toBe('"hunter2"');
  });

  it('takes out what it is told to, at a path, above it and in what holds it', () => {
    const redaction = compileRedaction([
      '$.customer.name',
      '$.lines[*].note',
      'taxNumber',
      '$.map.*',
    ]);
    const { redact } = createRedactor({ salt: 'test', redaction });
    const mark = /^‹secret:....›$/;
    expect(redact('"Ann Lee"', '$.customer.name')).toMatch(mark);
    expect(redact('"Ann"', '$.customer.name.first')).toMatch(mark);
    expect(redact('"call her"', '$.lines[3].note')).toMatch(mark);
    expect(redact('12', '$.a.tax_number')).toMatch(mark);
    expect(redact('"Ann Lee"', '$.customer.city')).toBe('"Ann Lee"');
    expect(redact('{"name":"Ann Lee","city":"Bonn"}', '$.customer')).toMatch(
      /^\{"name":"‹secret:....›","city":"Bonn"\}$/,
    );
    expect(redact('{"x":"Ann Lee"}', '$.map')).toMatch(mark);
  });

  it('hides all of what stands at a path that it cannot read', () => {
    const redaction = compileRedaction(['$.customer.name']);
    const { redact } = createRedactor({ salt: 'test', redaction });
    expect(redact('"Ann"', '$[Symbol(k)]')).toMatch(/^‹secret:....›$/);
    expect(redact('"Ann"', "$['a very long na…']")).toMatch(/^‹secret:....›$/);
    expect(redact('/orders', '(header location)')).toBe('/orders');
    expect(redact('session=1', '(header set-cookie)')).toMatch(/^‹secret:....›$/);
  });

  it('numbers the secrets of a pair from one on, the same one alike', () => {
    const { forPair } = createRedactor({ salt: 'test' });
    const pair = forPair();
    expect(pair.redact('"a@x.org"')).toBe('"‹email:1›"');
    expect(pair.redact('b@x.org and a@x.org')).toBe('‹email:2› and ‹email:1›');
    expect(pair.redact('"a@x.org"', '$.password')).toBe('‹email:1›');
    expect(forPair().redact('"b@x.org"')).toBe('"‹email:1›"');
    expect(pair.forPair()).toBe(pair);
    expect(forPair(compileRedaction(['pin'])).redact('1', '$.pin')).toBe('‹secret:1›');
  });

  it('cuts what is long to two hundred characters', () => {
    const cut = redact(`"${'word '.repeat(200)}"`);
    expect(cut).toHaveLength(200);
    expect(cut.endsWith('…')).toBe(true);
  });

  it('does not show the beginning of a secret that was cut in half', () => {
    expect(redact(`"see ${KEY.slice(0, 20)}…"`)).toBe('"see …');
    const longest = `${'4111111111111111 '.repeat(117)}${KEY}${KEY}`;
    expect(redact(longest)).not.toContain(KEY.slice(0, 8));
  });

  it('keeps any text within its bound', () => {
    const hostile = fc.array(
      fc.constantFrom(
        '4111111111111111',
        ' ',
        '"',
        '\\',
        '{',
        '}',
        ':',
        'password',
        '@',
        'a',
        '=',
        '…',
      ),
      { maxLength: 300 },
    );
    fc.assert(
      fc.property(hostile, (parts) => {
        const shown = redact(parts.join(''));
        expect(shown.length).toBeLessThanOrEqual(200);
      }),
    );
  });

  it('takes linear time for texts made to take long', () => {
    // Without bounds on repetition each of these is quadratic: minutes, not milliseconds.
    for (const unit of ['a', 'a.', 'a@', '4 ', '"a":', '{', 'eyJ', '::', '\\"']) {
      redact(unit.repeat(100_000));
    }
  });
});
