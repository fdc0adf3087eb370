import { endedBetween, formatSnapshot } from '../cursor/snapshot.ts';
import type { Param } from '../postgres/session.ts';
import type { Window } from './change-source.ts';

/** A condition with its parameters. */
export interface Condition {
  readonly sql: string;
  readonly params: readonly Param[];
}

/**
 * The condition on `xid` for a window. An index on it is asked for two ranges: what began after the
 * first instant, and what was under way then and has ended since. The plain form, everything from
 * the oldest running transaction on, reads the same rows again at every look while one old
 * transaction stays open: with 202,000 rows behind it, 1,290 buffers instead of 22. PgQ's
 * `batch_event_sql` does the same.
 */
export function windowCondition(window: Window, first = 1): Condition {
  const { after, upTo } = window;
  const late = endedBetween(after, upTo).map(String);
  return {
    sql: `(xid >= $${first}::xid8 and xid < $${first + 1}::xid8 or xid = any ($${first + 2}::xid8[]))
      and pg_visible_in_snapshot(xid, $${first + 3}::pg_snapshot)`,
    params: [String(after.xmax), String(upTo.xmax), late, formatSnapshot(upTo)],
  };
}
