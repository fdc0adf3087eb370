import type { WritesStanding } from '@falsework/core/evidence';
import { describe, expect, it } from 'vitest';
import { START_AT } from '../migration-fixtures.ts';
import { batchOf, kickedOff, looking, ORDERS, taking } from './store-fixtures.ts';
import { type StoreSubject, storeBench } from './store-subject.ts';

const standing = (over: Partial<WritesStanding> = {}): WritesStanding => ({
  journal: 'a1',
  at: START_AT,
  ready: 3,
  lagMs: 12.5,
  inDoubt: 1,
  dead: 2,
  listed: 0,
  stopped: [{ route: 'POST /orders', at: START_AT, because: 'no header' }],
  ...over,
});

/** What guards say of their journals is kept by journal, whichever process said it. */
export function writesContract(subject: StoreSubject): void {
  describe('the writes of guards', () => {
    const { store } = storeBench(subject);
    const known = async () => (await store().evidence(ORDERS, looking())).writes;
    const tell = (plane: string, writes: WritesStanding) =>
      store().ingest(ORDERS, batchOf(plane, 1, { writes }), taking({ now: START_AT + 60_000 }));

    it('are left out where no guard keeps any', async () => {
      await kickedOff(store());
      expect(await known()).toBeUndefined();
    });

    it('are shown to decisions, a journal each, the last word of each', async () => {
      await kickedOff(store());
      await tell('p1', standing());
      await tell('p2', standing({ journal: 'b2', dead: 0 }));
      // Another process of the same guard: a plane takes a new name at each start.
      await tell('p3', standing({ at: START_AT + 1, dead: 0, stopped: [] }));
      expect(await known()).toEqual([
        standing({ at: START_AT + 1, dead: 0, stopped: [] }),
        standing({ journal: 'b2', dead: 0 }),
      ]);
    });

    it('do not go back to an older word that comes late', async () => {
      await kickedOff(store());
      await tell('p2', standing({ at: START_AT + 5, dead: 0 }));
      await tell('p1', standing());
      expect((await known())?.[0]?.dead).toBe(0);
    });

    it('never look fresher than they are', async () => {
      await kickedOff(store());
      await tell('p1', standing({ at: START_AT + 600_000 }));
      expect((await known())?.[0]?.at).toBe(START_AT + 60_000);
    });

    it('are refused with a count that is none', async () => {
      await kickedOff(store());
      await expect(tell('p1', standing({ dead: Number.NaN }))).rejects.toMatchObject({
        code: 'FW_STORE_BATCH',
      });
      expect(await known()).toBeUndefined();
    });
  });
}
