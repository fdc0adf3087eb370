import type { FalseworkError } from '@falsework/core/errors';
import type { Hold } from './health.ts';
import type { Progress } from './progress.ts';

/** What a backfill tells while it runs. `table` is that of the source, `schema.table`. */
export type BackfillEvent =
  /** Capture was seen to report a change of our own, per table in the way that is told. */
  | { readonly kind: 'captured'; readonly table: string; readonly seen: CaptureSeen }
  /** A table begins, or goes on where an earlier run left it. */
  | {
      readonly kind: 'table-started';
      readonly table: string;
      readonly isResumed: boolean;
      readonly estimatedRows: number;
    }
  | { readonly kind: 'progress'; readonly table: string; readonly progress: Progress }
  /** Told again only when the reasons change. */
  | { readonly kind: 'held'; readonly holds: readonly Hold[] }
  | { readonly kind: 'released'; readonly waitedMs: number }
  /** A step was undone and is tried again, a chunk with so many rows; before the first, `null`. */
  | {
      readonly kind: 'retrying';
      readonly table: string | null;
      readonly error: FalseworkError | null;
      readonly rows: number | null;
    }
  /** Rows that could not be carried over are now among the dead letters. */
  | { readonly kind: 'refused-rows'; readonly table: string; readonly rows: number }
  /** Sessions on a store that our role may not look into; limits on activity do not see them. */
  | { readonly kind: 'blind'; readonly database: string; readonly sessions: number }
  | { readonly kind: 'table-finished'; readonly table: string; readonly progress: Progress };

/**
 * How capture of a table was seen working. `change`: a write to the table came out as an event.
 * `triggers`: they are in place and enabled, but there was no row to try them on, or none that we
 * may write. `log`: the server's log has been read past a mark of ours. `application`: a report
 * came out; whether the application reports everything, only the counters can say.
 */
export type CaptureSeen = 'change' | 'triggers' | 'log' | 'application';
