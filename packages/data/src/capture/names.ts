import { fingerprint } from '@falsework/core/text';
import { type Relation, relationName, slug } from '../postgres/quote.ts';

/**
 * Slots of an outbox. Writers add to one; the one before it is being emptied by readers; the third
 * is empty. With two, a reader that is a little late would keep the writers from moving on.
 */
export const SLOTS = 3;

/** The schema in which Falsework keeps what it needs, in either database, for one migration. */
export function bookkeepingSchema(migration: string): string {
  return `falsework_${slug(migration)}`;
}

/** Everything that capture of one table is called by. */
export interface CaptureNames {
  /** The table that all slots inherit from; reading it reads them all. */
  readonly outbox: Relation;
  readonly slots: readonly Relation[];
  /**
   * Former keys of rows whose key changed, and truncations: events beside the one per changed row,
   * kept apart so that the others can be counted against the table's own counters.
   */
  readonly beside: Relation;
  readonly sequence: Relation;
  readonly insertFunction: Relation;
  readonly updateFunction: Relation;
  readonly deleteFunction: Relation;
  readonly truncateFunction: Relation;
  /** What notes the key of a read that a row belonged to before; its trigger, and its function. */
  readonly leftTrigger: string;
  readonly leftFunction: Relation;
  /** By which an application reports a change. */
  readonly report: Relation;
  /** What was read from the log, beside the follower. */
  readonly journal: Relation;
  readonly triggers: Readonly<Record<'insert' | 'update' | 'delete' | 'truncate', string>>;
}

/** The names for one captured table; the same for the same table, at every start. */
export function captureNames(schema: string, relation: Relation): CaptureNames {
  const stem = `${slug(relation.table)}_${fingerprint(relationName(relation)).slice(0, 8)}`;
  const named = (table: string): Relation => ({ schema, table });
  return {
    outbox: named(`out_${stem}`),
    slots: Array.from({ length: SLOTS }, (_, i) => named(`out_${stem}_${i}`)),
    beside: named(`out_${stem}_beside`),
    sequence: named(`out_${stem}_id`),
    insertFunction: named(`cap_${stem}_insert`),
    updateFunction: named(`cap_${stem}_update`),
    deleteFunction: named(`cap_${stem}_delete`),
    truncateFunction: named(`cap_${stem}_truncate`),
    leftTrigger: `${schema}_left`,
    leftFunction: named(`cap_${stem}_left`),
    report: named(`report_${stem}`),
    journal: named(`log_${stem}`),
    triggers: {
      insert: `${schema}_insert`,
      update: `${schema}_update`,
      delete: `${schema}_delete`,
      truncate: `${schema}_truncate`,
    },
  };
}
