import { describe, expect, it } from 'vitest';
import { maskNamed, saysNothing } from './mask-named.ts';

const masked = (text: string): string =>
  maskNamed(
    text,
    (name) => name === 'pin',
    (_, secret) => `<${secret}>`,
  );

describe('what follows a secret name in a text', () => {
  it.each([
    ['{"pin":"12 34","n":1}', '{"pin":"<12 34>","n":1}'],
    ['{"pin":"1\\"2","n":1}', '{"pin":"<1\\"2>","n":1}'],
    ["{'pin': '12', 'n': 1}", "{'pin': '<12>', 'n': 1}"],
    ['{\\"pin\\":\\"12\\"}', '{\\"pin\\":\\"<12>\\"}'],
    ['{"pin":12,"n":1}', '{"pin":<12>,"n":1}'],
    ['{"pin":[1,{"a":"]"}],"n":1}', '{"pin":<[1,{"a":"]"}]>,"n":1}'],
    ['pin=12&n=1', 'pin=<12>&n=1'],
    ['PIN: 1\npin: 12\nn: 1', 'PIN: 1\npin: <12>\nn: 1'],
    ['pin=12', 'pin=<12>'],
    ['{"pin":"12', '{"pin":<"12>'],
    ['{"pin":{"a":1', '{"pin":<{"a":1>'],
  ])('is masked to its end: %s', (text, shown) => {
    expect(masked(text)).toBe(shown);
  });

  it('stays where it says that there is nothing', () => {
    for (const text of ['{"pin":null}', '{"pin":""}', '{"pin":true}', 'pin=']) {
      expect(masked(text)).toBe(text);
    }
    expect(saysNothing('absent')).toBe(true);
    expect(saysNothing('0')).toBe(false);
  });
});
