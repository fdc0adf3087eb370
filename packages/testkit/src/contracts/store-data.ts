import { NO_DATA_REPORT } from '@falsework/core/evidence';
import { describe, expect, it } from 'vitest';
import { passingData, START_AT } from '../migration-fixtures.ts';
import { kickedOff, looking, ORDERS } from './store-fixtures.ts';
import { type StoreSubject, storeBench } from './store-subject.ts';

/** What the data side says is kept whole: what it no longer says is no longer known. */
export function dataContract(subject: StoreSubject): void {
  describe('the data side', () => {
    const { store } = storeBench(subject);
    const known = async () => (await store().evidence(ORDERS, looking())).data;

    it('is not known before it has reported', async () => {
      await kickedOff(store());
      expect(await known()).toBeNull();
    });

    it('is shown to decisions as it reported', async () => {
      await kickedOff(store());
      const report = passingData(START_AT);
      await store().noteData(ORDERS, report);
      expect(await known()).toEqual(report);
    });

    it('forgets what the next report leaves out', async () => {
      await kickedOff(store());
      await store().noteData(ORDERS, passingData(START_AT));
      const bare = { ...NO_DATA_REPORT, reportedAt: START_AT + 1 };
      await store().noteData(ORDERS, bare);
      expect(await known()).toEqual(bare);
    });

    it('does not go back to an older report that comes late', async () => {
      await kickedOff(store());
      const late = passingData(START_AT);
      const latest = passingData(START_AT + 5, { authority: 'legacy' });
      await store().noteData(ORDERS, latest);
      await store().noteData(ORDERS, late);
      expect(await known()).toEqual(latest);
    });

    it.each([
      ['a lag that is no number', { drain: { lagMs: Number.NaN, lagRows: 0, deadLetters: 0 } }],
      ['half a row', { drain: { lagMs: 0, lagRows: 0.5, deadLetters: 0 } }],
      ['a third side', { authority: 'both' as never }],
      ['a part that is missing', { capture: undefined as never }],
    ])('is refused with %s, and what was known stays', async (_, over) => {
      await kickedOff(store());
      const report = passingData(START_AT);
      await store().noteData(ORDERS, report);
      const wrong = passingData(START_AT + 1, over);
      await expect(store().noteData(ORDERS, wrong)).rejects.toMatchObject({
        code: 'FW_STORE_BATCH',
      });
      expect(await known()).toEqual(report);
    });

    it('cannot report for a migration that was never started', async () => {
      await expect(store().noteData('nobody', passingData(START_AT))).rejects.toMatchObject({
        code: 'FW_STORE_NO_MIGRATION',
      });
    });
  });
}
