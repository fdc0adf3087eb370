import type { DivergenceKind } from './classify.ts';

/**
 * What finds a fault. `reconcile`: comparing rows. `rogue-watch`: the follower's triggers. `place`:
 * cursor and server are checked against each other before anything is read. `dead-letters`: what
 * the follower refuses is kept and blocks the gate. `counters`: rows changed against events told.
 * `harmless`: the fault happens and changes nothing, because of how rows are carried over; comparing
 * would find it if it did. `turnover` and `rehearsal`: those stages prove it themselves. `nothing`:
 * a limitation that one has to know of.
 */
export type FaultCheck =
  | 'reconcile'
  | 'rogue-watch'
  | 'place'
  | 'dead-letters'
  | 'counters'
  | 'harmless'
  | 'turnover'
  | 'rehearsal'
  | 'nothing';

/** A way in which two stores can come to disagree, and what finds it. */
export interface FaultClass {
  readonly fault: string;
  readonly check: FaultCheck;
  /**
   * What a pass calls it; `null` where a pass finds nothing, or the fault leaves nothing to find.
   */
  readonly found: DivergenceKind | null;
  readonly note: string;
}

/**
 * Which check finds which class of fault. Each row that names a divergence, and each that is said
 * to be harmless, is planted on two real servers by a test of this table.
 */
export const FAULT_CLASSES = {
  'lost-event': {
    fault: 'an event is lost between capture and drain',
    check: 'reconcile',
    found: 'lost-event',
    note: 'The source has a later version than the one that was carried over.',
  },
  'lost-insert': {
    fault: 'the event of an insert is lost',
    check: 'reconcile',
    found: 'missed-insert',
    note: 'Only the source has the row.',
  },
  'lost-delete': {
    fault: 'the event of a delete is lost',
    check: 'reconcile',
    found: 'missed-delete',
    note: 'Only the follower has the row, and the drain had written it.',
  },
  'bypassed-capture': {
    fault: 'a write that bypasses capture',
    check: 'reconcile',
    found: 'lost-event',
    note: 'The counters of rows and events tell it sooner, without saying which row it was.',
  },
  'bypassed-truncate': {
    fault: 'TRUNCATE that bypasses capture',
    check: 'reconcile',
    found: 'missed-delete',
    note: 'Every row of the follower is one that the source has deleted.',
  },
  truncate: {
    fault: 'TRUNCATE of the source',
    check: 'harmless',
    found: null,
    note: 'Capture tells of it and the drain repeats it; a pass waits until it has.',
  },
  'duplicated-event': {
    fault: 'an event is told twice',
    check: 'harmless',
    found: null,
    note: 'An event says which row was written, not what: the row is read again and is the same.',
  },
  'inverted-pair': {
    fault: 'two events of one row are told in the wrong order',
    check: 'harmless',
    found: null,
    note: 'For the same reason.',
  },
  'older-version': {
    fault: 'the follower is left with an older version of a row',
    check: 'reconcile',
    found: 'lost-event',
    note: 'Should rows be carried over in the wrong order after all, this is what it would look like.',
  },
  'stale-overwrite': {
    fault: 'a stale row overwrites a newer one on the follower',
    check: 'reconcile',
    found: 'corruption',
    note: 'The drain noted the version that it wrote, and it is not what stands there.',
  },
  resurrected: {
    fault: 'a deleted row is brought back by a copy',
    check: 'reconcile',
    found: 'rogue-insert',
    note: 'The tombstone of the drain says that it was gone.',
  },
  'swapped-values': {
    fault: 'two rows swap their values of one column',
    check: 'reconcile',
    found: 'corruption',
    note: 'Sums of unseeded hashes and CRCs do not see it; each row is hashed with its key as seed.',
  },
  'null-or-empty': {
    fault: 'NULL, an empty text and the text NULL are taken for one another',
    check: 'reconcile',
    found: 'corruption',
    note: 'NULL is hashed apart from any text.',
  },
  'shifted-boundary': {
    fault: 'characters move from one column into the next',
    check: 'reconcile',
    found: 'corruption',
    note: 'Columns are hashed one by one and never joined.',
  },
  'rogue-update': {
    fault: 'somebody else updates a row of the follower',
    check: 'reconcile',
    found: 'corruption',
    note: 'The watch on the follower also says who it was.',
  },
  'rogue-insert': {
    fault: 'somebody else inserts a row into the follower',
    check: 'reconcile',
    found: 'rogue-insert',
    note: 'Without the watch it is an extra row, and a lost delete cannot be ruled out.',
  },
  'rogue-delete': {
    fault: 'somebody else deletes a row of the follower',
    check: 'reconcile',
    found: 'rogue-delete',
    note: 'The drain had written the row.',
  },
  'rogue-undone': {
    fault: 'somebody else changes a row of the follower and changes it back',
    check: 'rogue-watch',
    found: null,
    note: 'No pass can see it; the watch keeps both writes.',
  },
  'poison-row': {
    fault: 'a row that the follower refuses',
    check: 'dead-letters',
    found: 'poisoned',
    note: 'It waits in the dead letters, which block the gate.',
  },
  'split-brain': {
    fault: 'the follower has a later version than the source',
    check: 'reconcile',
    found: 'split-brain',
    note: 'Never repaired unless asked for by name: the follower may be all that is left of it.',
  },
  'open-transaction': {
    fault: 'a transaction stays open across the window',
    check: 'harmless',
    found: null,
    note: 'What it wrote is in neither snapshot, and in flight once it commits.',
  },
  'rolled-back': {
    fault: 'a transaction is rolled back',
    check: 'harmless',
    found: null,
    note: 'Its events go with it; the counters count it on both sides.',
  },
  'drain-killed': {
    fault: 'the drain is killed between writing and acknowledging',
    check: 'harmless',
    found: null,
    note: 'Rows and watermark are one transaction; done again, nothing changes.',
  },
  'backfill-killed': {
    fault: 'a backfill is killed in the middle of a chunk',
    check: 'reconcile',
    found: 'missed-insert',
    note: 'The chunk is undone and copied again; as long as it is not, its rows are missing.',
  },
  'server-restored': {
    fault: 'the source is restored, or capture is installed anew',
    check: 'place',
    found: null,
    note: 'Drain and pass refuse to go on: FW_DATA_PLACE.',
  },
  'counters-bypassed': {
    fault: 'capture misses a write that is undone before any pass',
    check: 'counters',
    found: null,
    note: 'Rows changed and events told no longer agree.',
  },
  'sequence-behind': {
    fault: 'a sequence is not moved',
    check: 'turnover',
    found: null,
    note: 'Sequences are no rows; turnover moves them with a margin before it lets anybody write.',
  },
  'reverse-feed-dead': {
    fault: 'the reverse feed is dead',
    check: 'rehearsal',
    found: null,
    note: 'Seen by its lag and by probes on their way back; withdraws “rollback-safe”.',
  },
  'equal-values': {
    fault: 'values that print differently and are equal: 1.0 and 1.00, 1 month and 30 days',
    check: 'nothing',
    found: null,
    note: 'Limitation by default; `compare: "text"` on the column makes it a divergence.',
  },
  'own-columns': {
    fault: 'a column that is the follower’s own, or one of the source that is dropped',
    check: 'nothing',
    found: null,
    note: 'Limitation: what is not mapped is not compared. An invariant can be.',
  },
  'source-wrong': {
    fault: 'a wrong value on the source itself',
    check: 'nothing',
    found: null,
    note: 'Limitation: the follower is equal to it. Invariants that hold by themselves can tell.',
  },
} as const satisfies Readonly<Record<string, FaultClass>>;

/** The name of a class of faults. */
export type FaultName = keyof typeof FAULT_CLASSES;
