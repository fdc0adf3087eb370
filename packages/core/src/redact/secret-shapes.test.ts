import { describe, expect, it } from 'vitest';
import { holdsSecret, maskShapes } from './secret-shapes.ts';

const mask = (kind: string): string => `<${kind}>`;

describe('shapes of secrets', () => {
  it.each([
    ['card', '4111 1111 1111 1111', '4111 1111 1111 1112'],
    ['card', '5500005555555559', '1767603600003'],
    ['iban', 'DE89370400440532013000', 'DE88370400440532013000'],
    ['iban', 'GB82 WEST 1234 5698 7654 32', 'GB82 WEST 1234 5698 7654 33'],
    ['email', 'ann@example.org', 'ann@example'],
    ['token', 'Bearer abcdefgh12345678', 'bearer of news'],
    ['token', 'sk_live_4eC39HqLyjWDarjtT1', 'sk_other_4eC39HqLyjWDarjtT1'],
    ['hex', '9f86d081884c7d659a2feaa0c55ad015', '9f86d081884c7d659a2feaa0c55ad01'],
  ])('tell a real %s from what only resembles one', (kind, real, other) => {
    expect(maskShapes(`see ${real}, and`, mask)).toBe(`see <${kind}>, and`);
    expect(maskShapes(`see ${other}, and`, mask)).toBe(`see ${other}, and`);
    expect([holdsSecret(real), holdsSecret(other)]).toEqual([true, false]);
  });

  it.each([
    ['token', 'ghp_12345678'],
    ['email', 'a@b.c'],
    ['secret', '://a:b@c'],
    ['card', '4222222222222'],
  ])('are found where they are as short as can be: %s', (kind, shortest) => {
    expect(maskShapes(shortest, mask)).toContain(`<${kind}>`);
    expect(holdsSecret(shortest)).toBe(true);
  });

  it('answer the same to the same question, whatever was asked before', () => {
    // Expressions with the g flag remember where they stopped.
    expect([1, 2, 3].map(() => holdsSecret('ann@example.org'))).toEqual([true, true, true]);
  });
});
