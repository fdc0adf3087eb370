import type { ToldRecord } from '@falsework/core/ports';
import { describe, expect, it } from 'vitest';
import { START_AT } from '../migration-fixtures.ts';
import { kickedOff, ORDERS } from './store-fixtures.ts';
import { type StoreSubject, storeBench } from './store-subject.ts';

const TARGET = 'slack-1';
const standing = [
  { kind: 'mismatch', text: '31 differ', since: START_AT, sentAt: START_AT + 5 },
] as const;
const recordOf = (version: number, over: Partial<ToldRecord> = {}): ToldRecord => ({
  version,
  holder: 'control-1',
  heldUntil: START_AT + 60_000,
  heard: version,
  standing,
  ...over,
});

/** What targets of notices were told outlives control, and one control tells at a time. */
export function toldContract(subject: StoreSubject): void {
  describe('what targets were told', () => {
    const { store, another } = storeBench(subject);

    it('is nothing at first, then what was written down, after a restart as well', async () => {
      await kickedOff(store());
      expect(await store().told(ORDERS, TARGET)).toBeNull();
      expect(await store().keepTold(ORDERS, TARGET, recordOf(1))).toBe('committed');
      const later = await another();
      expect(await later.told(ORDERS, TARGET)).toEqual(recordOf(1));
      expect(await store().told(ORDERS, 'another')).toBeNull();
    });

    it('is written by whoever knows the latest, and nobody else', async () => {
      await kickedOff(store());
      await store().keepTold(ORDERS, TARGET, recordOf(1));
      expect(await store().keepTold(ORDERS, TARGET, recordOf(1, { holder: 'b' }))).toBe('stale');
      expect(await store().keepTold(ORDERS, TARGET, recordOf(3, { holder: 'b' }))).toBe('stale');
      expect(await store().keepTold(ORDERS, TARGET, recordOf(2))).toBe('committed');
      expect(await store().told(ORDERS, TARGET)).toEqual(recordOf(2));
    });

    it('has one winner when many write at once', async () => {
      await kickedOff(store());
      const results = await Promise.all(
        Array.from({ length: 8 }, (_, i) =>
          store().keepTold(ORDERS, TARGET, recordOf(1, { holder: `control-${i}` })),
        ),
      );
      expect(results.filter((result) => result === 'committed')).toHaveLength(1);
    });

    it('is refused when it is no such thing, or of no migration', async () => {
      await kickedOff(store());
      const wrong = recordOf(1, { standing: [{ kind: 'gossip' } as never] });
      await expect(store().keepTold(ORDERS, TARGET, wrong)).rejects.toMatchObject({
        code: 'FW_STORE_BATCH',
      });
      await expect(store().keepTold('nobody', TARGET, recordOf(1))).rejects.toMatchObject({
        code: 'FW_STORE_NO_MIGRATION',
      });
    });
  });
}
