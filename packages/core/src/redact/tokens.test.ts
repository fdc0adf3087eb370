import { describe, expect, it } from 'vitest';
import { holdsToken, RedactionTokens } from './tokens.ts';

describe('the tokens of one pair', () => {
  it('are the same for the same value, whatever it was taken for, and another for another', () => {
    const tokens = new RedactionTokens();
    expect(tokens.text('email', 'a@x.org')).toBe('‹email:1›');
    expect(tokens.text('email', 'b@x.org')).toBe('‹email:2›');
    expect(tokens.text('secret', 'a@x.org')).toBe('‹email:1›');
  });

  it('say nothing in the next pair about this one', () => {
    const [one, other] = [new RedactionTokens(), new RedactionTokens()];
    expect(one.text('email', 'a@x.org')).toBe(other.text('email', 'b@x.org'));
    expect(one.number('17')).toBe(other.number('18'));
  });

  it('of numbers are numbers, equal where the numbers are, written apart where those are', () => {
    const tokens = new RedactionTokens();
    expect(['12', '12.0', '13', '1.2e1', '12'].map((each) => tokens.number(each))).toEqual([
      '1e201',
      '1.0e201',
      '1e202',
      '1.00e201',
      '1e201',
    ]);
  });

  it('cannot be claimed by a document that has a text like one', () => {
    const tokens = new RedactionTokens();
    const token = tokens.text('email', 'a@x.org');
    expect(tokens.withoutImpostors(`see ${token}`)).toBe('see ‹text:2›');
    expect(tokens.text('email', token)).toBe('‹email:3›');
    expect(tokens.withoutImpostors('a ‹quote› of ‹1:2›')).toBe('a ‹quote› of ‹1:2›');
    expect(
      ['1e201', '1e200', '1e199', '-1e999', '1e9999999999999999', '0e300'].map((each) =>
        tokens.isImpostor(each),
      ),
    ).toEqual([true, true, false, true, false, false]);
  });

  it('are seen in a text', () => {
    expect(['‹email:1›', 'x‹secret:ab12›', '‹email›', ''].map(holdsToken)).toEqual([
      true,
      true,
      false,
      false,
    ]);
  });
});
