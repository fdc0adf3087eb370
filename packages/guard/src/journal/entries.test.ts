import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { intentOf } from '../../test/journal-fixtures.ts';
import { Entries, type Entry, eventsOf } from './entries.ts';
import type { JournalEvent, OutcomeKind } from './events.ts';

const outcome = (kind: OutcomeKind): JournalEvent => ({
  type: 'outcome',
  at: 2_000,
  outcome: { kind, status: kind === 'applied' ? 201 : null },
});
const intent: JournalEvent = { type: 'intent', intent: intentOf() };
const dead: JournalEvent = { type: 'dead', at: 3_000, attempts: 4, because: 'it answered 422' };
const listed: JournalEvent = { type: 'listed', at: 3_000, because: 'nobody may replay it' };
const fed: JournalEvent = { type: 'fed', at: 4_000 };
const revived: JournalEvent = { type: 'revived', at: 4_000, by: 'ana' };
const discarded: JournalEvent = { type: 'discarded', at: 4_000, by: 'ana', reason: 'test data' };

const stateAfter = (...events: JournalEvent[]): string => {
  const entries = new Entries();
  for (const event of events) entries.apply(1, event);
  return entries.get(1)?.state ?? 'over';
};

describe('an entry', () => {
  it.each<[string, JournalEvent[], string]>([
    ['without outcome is in doubt', [intent], 'in-doubt'],
    ['whose outcome is unknown stays in doubt', [intent, outcome('unknown')], 'in-doubt'],
    ['that was applied is ready to be fed', [intent, outcome('applied')], 'ready'],
    ['that was refused is over', [intent, outcome('refused')], 'over'],
    ['that was never sent is over', [intent, outcome('unsent')], 'over'],
    ['that was fed is over', [intent, outcome('applied'), fed], 'over'],
    ['in doubt is never fed', [intent, fed], 'in-doubt'],
    ['in doubt can be listed for a person', [intent, listed], 'listed'],
    ['that is listed is settled by a person', [intent, listed, outcome('applied')], 'ready'],
    ['that is listed can turn out refused', [intent, listed, outcome('refused')], 'over'],
    ['that could not be fed is dead', [intent, outcome('applied'), dead], 'dead'],
    ['that is dead is not fed', [intent, outcome('applied'), dead, fed], 'dead'],
    ['that is dead can be revived', [intent, outcome('applied'), dead, revived], 'ready'],
    ['that is dead can be discarded', [intent, outcome('applied'), dead, discarded], 'over'],
    ['that is ready cannot be discarded', [intent, outcome('applied'), discarded], 'ready'],
    ['whose outcome came is not listed', [intent, outcome('applied'), listed], 'ready'],
    ['keeps its first outcome', [intent, outcome('applied'), outcome('refused')], 'ready'],
  ])('%s', (_promise, events, state) => {
    expect(stateAfter(...events)).toBe(state);
  });

  it('that is not known is not made by events other than its intent', () => {
    for (const event of [outcome('applied'), dead, listed, fed, revived, discarded]) {
      expect(new Entries().apply(5, event)).toBe('ignored');
    }
  });

  it('copied forward at any moment stands as it stood', () => {
    const event = fc.constantFrom(outcome('applied'), outcome('unknown'), dead, listed, revived);
    fc.assert(
      fc.property(fc.array(event), (events) => {
        const original = new Entries();
        for (const one of [intent, ...events]) original.apply(1, one);
        const entry = original.get(1) as Entry;
        const alone = new Entries();
        // With its first copy still there, as after a crash between copying and removing.
        const both = new Entries();
        for (const one of [intent, ...events]) both.apply(1, one);
        for (const one of [intent, ...eventsOf(entry)]) {
          alone.apply(1, one);
          both.apply(1, one);
        }
        expect(alone.get(1)).toEqual(entry);
        expect(both.get(1)?.state).toBe(entry.state);
      }),
    );
  });
});

describe('a lane', () => {
  const on = (key: string | null): JournalEvent => ({ type: 'intent', intent: intentOf({ key }) });

  it('keeps the order of writes, though copies are read late', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.integer({ min: 1, max: 50 })), (sequences) => {
        const entries = new Entries();
        for (const sequence of sequences) entries.apply(sequence, on('a'));
        const order = entries.lane('=a').map(({ sequence }) => sequence);
        expect(order).toEqual([...sequences].sort((a, b) => a - b));
        expect(entries.headOf('=a')?.sequence).toBe(order[0]);
      }),
    );
  });

  it('is one per key, and one for all writes without a key', () => {
    const entries = new Entries();
    for (const [i, key] of ['a', null, 'b', null, ''].entries()) entries.apply(i + 1, on(key));
    expect([...entries.lanes()].sort()).toEqual(['', '=', '=a', '=b']);
    expect(entries.lane('')).toHaveLength(2);
  });

  it('is gone when its last entry is', () => {
    const entries = new Entries();
    entries.apply(1, on('a'));
    entries.apply(2, on('a'));
    entries.apply(1, outcome('refused'));
    expect(entries.headOf('=a')?.sequence).toBe(2);
    entries.apply(2, outcome('unsent'));
    expect([...entries.lanes()]).toEqual([]);
    expect(entries.size).toBe(0);
  });

  it('numbers the next write above everything it has ever heard of', () => {
    const entries = new Entries();
    entries.apply(41, fed);
    expect(entries.nextSequence).toBe(42);
  });
});

describe('a segment', () => {
  it('counts the entries that lie in it, wherever they move', () => {
    const entries = new Entries();
    const at = (segment: number) => ({ segment, offset: 0, length: 10 });
    entries.apply(1, intent, at(1));
    entries.apply(2, intent, at(1));
    entries.apply(1, intent, at(2));
    expect([entries.countIn(1), entries.countIn(2)]).toEqual([1, 1]);
    entries.apply(1, outcome('refused'));
    entries.apply(2, outcome('refused'));
    expect([entries.countIn(1), entries.countIn(2)]).toEqual([0, 0]);
  });
});
