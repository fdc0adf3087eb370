import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type AccountAnswer, answerOf } from './answer.ts';
import { Balances, type Effect } from './balances.ts';

const effect = (cents: bigint, held = 0n): Effect => ({ account: 'a', cents, held, lines: 1 });
const answer = (cents: bigint, lines: number, held = 0n): AccountAnswer =>
  answerOf('a', { cents, held, lines });

describe('what a reader may be answered', () => {
  it('is all that was acknowledged before, to the cent', () => {
    const balances = new Balances();
    balances.begin([effect(1_000n)]).end('acknowledged');
    const read = balances.startRead('a');
    expect(balances.judge(read, answer(1_000n, 1))).toBe('right');
    expect(balances.judge(read, answer(0n, 0))).toBe('stale');
    expect(balances.judge(read, answer(1_001n, 1))).toBe('changed');
    expect(balances.judge(read, { ...answer(1_000n, 1), interest: '0.047900' })).toBe('changed');
  });

  it('may or may not show what is under way meanwhile, but never a part of it', () => {
    const balances = new Balances();
    const write = balances.begin([effect(500n, 20n)]);
    const before = balances.startRead('a');
    write.end('acknowledged');
    expect(balances.judge(before, answer(0n, 0))).toBe('right');
    expect(balances.judge(before, answer(500n, 1, 20n))).toBe('right');
    expect(balances.judge(before, answer(500n, 1))).toBe('changed');
    const after = balances.startRead('a');
    expect(balances.judge(after, answer(0n, 0))).toBe('stale');
  });

  it('never shows what was refused, and may show for ever what was never answered', () => {
    const balances = new Balances();
    balances.begin([effect(500n)]).end('refused');
    balances.begin([effect(7n)]).end('unknown');
    const read = balances.startRead('a');
    expect(balances.judge(read, answer(0n, 0))).toBe('right');
    expect(balances.judge(read, answer(7n, 1))).toBe('right');
    expect(balances.judge(read, answer(500n, 1))).toBe('changed');
  });

  it('is right for any part of what overlaps the read, whatever happened before', () => {
    const cents = fc.bigInt({ min: -9_999n, max: 9_999n });
    const writes = fc.array(fc.record({ cents, isSeen: fc.boolean() }), { maxLength: 8 });
    fc.assert(
      fc.property(fc.array(cents, { maxLength: 8 }), writes, (before, during) => {
        const balances = new Balances();
        for (const one of before) balances.begin([effect(one)]).end('acknowledged');
        const read = balances.startRead('a');
        for (const one of during) balances.begin([effect(one.cents)]).end('acknowledged');
        const seen = [...before, ...during.filter(({ isSeen }) => isSeen).map((one) => one.cents)];
        const sum = seen.reduce((total, one) => total + one, 0n);
        expect(balances.judge(read, answer(sum, seen.length))).toBe('right');
        expect(balances.judge(read, answer(sum, seen.length + 9))).toBe('changed');
      }),
    );
  });
});

describe('interest', () => {
  it.each([
    [0n, '0.000000'],
    [1n, '0.000000'],
    [-1n, '0.000000'],
    [100_000n, '0.047945'],
    [-22_578_343n, '-10.825233'],
  ])('on %s cents is %s, half away from zero', (cents, interest) => {
    expect(answer(cents, 1).interest).toBe(interest);
  });
});
