import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { emptyFolder } from '../../test/journal-fixtures.ts';
import { advanceUntil, type Bench, benchIn, pass, writeOf } from '../../test/write-fixtures.ts';
import { Entries } from '../journal/entries.ts';
import { JournalFence } from './journal-fence.ts';

interface Fenced extends Bench {
  readonly fence: JournalFence;
}

async function fenced(): Promise<Fenced> {
  let fence: JournalFence | null = null;
  const bench = await benchIn(emptyFolder(), { onTaken: (entry) => fence?.taken(entry) });
  fence = new JournalFence(bench.journal.entries, bench.clock);
  return { ...bench, fence };
}

const settled = ({ clock, journal }: Bench): Promise<void> =>
  advanceUntil(clock, () => journal.entries.size === 0, 'everything is over');

describe('a fence by the journal', () => {
  it('stands from before the authority has a write until the follower has taken it', async () => {
    const bench = await fenced();
    const { fence } = bench;
    expect(fence.reasonFor('a')).toBeNull();
    const ticket = await bench.writes.begin(writeOf('1', { key: 'a' }));
    expect([fence.reasonFor('a'), fence.reasonFor('b')]).toEqual(['pending', null]);
    bench.follower.next.push(503, 503);
    await ticket.answered(201, null);
    expect(fence.reasonFor('a')).toBe('pending');
    await settled(bench);
    expect(bench.follower.applied).toEqual(['1']);
    expect(fence.reasonFor('a')).toBeNull();
  });

  it('falls when the authority refuses the write: there is nothing to wait for', async () => {
    const bench = await fenced();
    bench.authority.next.push(409);
    await pass(bench, writeOf('1', { key: 'a' }));
    await settled(bench);
    expect(bench.fence.reasonFor('a')).toBeNull();
  });

  it('stands for as long as a dead letter lies there', async () => {
    const bench = await fenced();
    bench.follower.otherwise = 422;
    await pass(bench, writeOf('1', { key: 'a' }));
    await advanceUntil(bench.clock, () => bench.debts.length === 1, 'it is dead');
    expect([bench.fence.reasonFor('a'), bench.fence.reasonFor('b')]).toEqual(['pending', null]);
  });

  it('stands before every key for a write that named none, and before no key for any write', async () => {
    const bench = await fenced();
    await bench.writes.begin(writeOf('1', { key: 'a' }));
    expect(bench.fence.reasonFor(null)).toBe('pending');
    await bench.writes.begin(writeOf('2', { key: null }));
    expect([bench.fence.reasonFor('b'), bench.fence.reasonFor(null)]).toEqual([
      'every-key',
      'every-key',
    ]);
  });

  it('remembers what was written since a mark, also when the follower has it by now', async () => {
    const bench = await fenced();
    const before = bench.fence.mark();
    await pass(bench, writeOf('1', { key: 'a' }));
    await settled(bench);
    await bench.clock.advance(1);
    const after = bench.fence.mark();
    expect(bench.fence.hasMoved(before, 'a')).toBe(true);
    expect(bench.fence.hasMoved(before, null)).toBe(true);
    expect(bench.fence.hasMoved(before, 'b')).toBe(false);
    expect(bench.fence.hasMoved(after, 'a')).toBe(false);
    await pass(bench, writeOf('2', { key: null }));
    await settled(bench);
    expect(bench.fence.hasMoved(after, 'b')).toBe(true);
  });
});

describe('what a fence by the journal remembers', () => {
  it('is bounded, and what was forgotten is no excuse', () => {
    const clock = { monotonicMs: () => 5 };
    const fence = new JournalFence(new Entries(), clock);
    const mark = { position: 1 };
    for (let i = 0; i <= 10_000; i += 1) fence.taken({ key: String(i) });
    expect([fence.hasMoved(mark, '0'), fence.hasMoved(mark, '1')]).toEqual([false, true]);
  });

  it('says of a key exactly whether it was taken since, in whatever order marks are asked', () => {
    const steps = fc.array(fc.record({ key: fc.constantFrom('a', 'b', 'c'), waitMs: fc.nat(3) }), {
      maxLength: 30,
    });
    fc.assert(
      fc.property(steps, fc.nat(60), (taken, position) => {
        let nowMs = 0;
        const fence = new JournalFence(new Entries(), { monotonicMs: () => nowMs });
        const last = new Map<string, number>();
        for (const { key, waitMs } of taken) {
          nowMs += waitMs;
          fence.taken({ key });
          last.set(key, nowMs);
        }
        for (const key of ['a', 'b', 'c']) {
          expect(fence.hasMoved({ position }, key)).toBe((last.get(key) ?? -1) >= position);
        }
      }),
    );
  });
});
