import type { Instant } from '@falsework/core/ports';
import type { Feed } from '../drain/feed.ts';
import type { TableMapping } from '../mapping/table-mapping.ts';
import { oneRow, type Session } from '../postgres/session.ts';
import type { Canaries } from './canary.ts';
import type { DivergenceKind } from './classify.ts';
import type { PassState } from './pass-record.ts';
import { isContiguous, readShares } from './pass-record.ts';
import { reconcileNames } from './reconcile-tables.ts';

/** What is known at the end of a pass. */
export interface Ending {
  readonly mapping: TableMapping;
  readonly pass: string;
  readonly canaries: Canaries;
  /** Keys that were in flight and have not been compared. */
  readonly unsettled: number;
  readonly at: Instant;
}

/** How a pass ended, as it is written down. */
export interface Ended {
  readonly state: PassState;
  readonly rows: number;
  readonly inFlight: number;
  readonly divergences: Readonly<Partial<Record<DivergenceKind, number>>>;
}

/**
 * Says what a pass is worth. Without all of its canaries, nothing. With a share that was not walked
 * to its end it stays open, to be gone on with. With keys that are still in flight it is pending.
 */
export function judgePass(found: {
  readonly canaries: Canaries;
  readonly isContiguous: boolean;
  readonly unsettled: number;
  readonly divergences: number;
  readonly rows: number;
}): PassState {
  const { canaries, unsettled, divergences, rows } = found;
  // Of an empty table nothing can be planted, and nothing has to be.
  const arePlanted = canaries.planted > 0 || rows === 0;
  if (!arePlanted || canaries.found < canaries.planted || canaries.false > 0) return 'void';
  if (!found.isContiguous) return 'running';
  if (divergences > 0) return 'diverged';
  return unsettled > 0 ? 'pending' : 'clean';
}

/** Writes down how a pass ended, and settles divergences that it did not come by any more. */
export async function finishPass(session: Session, feed: Feed, ending: Ending): Promise<Ended> {
  const { mapping, pass, canaries, unsettled, at } = ending;
  const names = reconcileNames(feed.schema);
  const shares = await readShares(session, feed, pass);
  const [rows, inFlight, count] = await oneRow(
    session,
    `select rows, in_flight, divergences from ${names.pass} where pass = $1`,
    [pass],
  );
  const state = judgePass({
    canaries,
    isContiguous: isContiguous(shares),
    unsettled,
    divergences: Number(count),
    rows: Number(rows),
  });
  await session.run(
    `update ${names.pass} set state = $2, canaries_planted = $3, canaries_found = $4,
       finished_at = $5 where pass = $1`,
    [pass, state, canaries.planted, canaries.found, state === 'running' ? null : at],
  );
  if (state === 'clean' || state === 'diverged' || state === 'pending') {
    await settleOld(session, feed, { mapping, pass, at });
  }
  const kinds = await session.rows(
    `select kind, count(*) from ${names.divergence}
      where direction = $1 and mapping = $2 and last_pass = $3 and resolved_at is null group by 1`,
    [feed.direction, mapping.id, pass],
  );
  const divergences = Object.fromEntries(kinds.map(([kind, n]) => [kind ?? '', Number(n)]));
  return { state, rows: Number(rows), inFlight: Number(inFlight), divergences };
}

/** A row that was compared in a whole pass and not found again is the same on both sides now. */
async function settleOld(
  session: Session,
  feed: Feed,
  {
    mapping,
    pass,
    at,
  }: { readonly mapping: TableMapping; readonly pass: string; readonly at: Instant },
): Promise<void> {
  const names = reconcileNames(feed.schema);
  await session.run(
    `update ${names.divergence} d set resolved_at = $4, resolution = 'equal'
      where d.direction = $1 and d.mapping = $2 and d.last_pass < $3 and d.resolved_at is null
        and not exists (select from ${names.recheck} r where r.direction = d.direction
                          and r.mapping = d.mapping and r.key = d.key)`,
    [feed.direction, mapping.id, pass, at],
  );
}
