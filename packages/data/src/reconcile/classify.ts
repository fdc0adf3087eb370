import { isVisible, type Snapshot, widenXid } from '../cursor/snapshot.ts';

/**
 * What is wrong with a row on which the two stores disagree.
 *
 * - `lost-event`: the source has a newer version that was never carried over.
 * - `corruption`: the follower was given this very version and now holds something else.
 * - `missed-insert`: the source has a row that never came to the follower.
 * - `missed-delete`: the source deleted a row, and the follower was not told.
 * - `rogue-insert`: somebody put a row into the follower, or brought a deleted one back.
 * - `rogue-delete`: the follower had the row, and somebody deleted it there.
 * - `extra-row`: the follower alone has the row, and nothing tells which of the two above it is.
 * - `split-brain`: the follower has a later version than the source: the source went back in time.
 * - `poisoned`: the follower refused the row; it waits in the dead letters.
 */
export type DivergenceKind =
  | 'lost-event'
  | 'corruption'
  | 'missed-insert'
  | 'missed-delete'
  | 'rogue-insert'
  | 'rogue-delete'
  | 'extra-row'
  | 'split-brain'
  | 'poisoned';

/** What the drain noted of a row when it last wrote it. */
export interface SeenRow {
  readonly gone: boolean;
  /** The transaction that wrote the version that was carried over, its lower 32 bits. */
  readonly mark: string | null;
}

/** Everything that is known of a row on which the stores disagree. */
export interface DivergenceFacts {
  /** The source's version of the row, by the transaction that wrote it; `null` without a row. */
  readonly sourceMark: string | null;
  readonly isInFollower: boolean;
  /** `null` for a row that the drain never touched: it was copied, or never came. */
  readonly seen: SeenRow | null;
  /** True when a write of somebody else was recorded; `null` where nobody watches. */
  readonly isRogue: boolean | null;
  readonly isDeadLetter: boolean;
  /** Where the feed began. A version from before it was copied, and no change tells of it. */
  readonly started: Snapshot;
}

/**
 * Says what is wrong with a row. It is known to differ with no change of it under way, so the
 * question is only who failed: capture, or somebody who wrote to the follower. Versions are
 * compared by the number of the transaction that wrote them; where two transactions on one row
 * overlapped, the later one may have the lower number, and a lost event is then called a split
 * brain.
 */
export function classify(facts: DivergenceFacts): DivergenceKind {
  const { sourceMark, isInFollower, seen, isRogue, isDeadLetter } = facts;
  if (isDeadLetter) return 'poisoned';
  if (sourceMark === null) return extraRow(seen, isRogue);
  if (!isInFollower) {
    const wasThere = seen !== null && !seen.gone;
    return wasThere || isRogue === true ? 'rogue-delete' : 'missed-insert';
  }
  return changedRow(sourceMark, facts);
}

function extraRow(seen: SeenRow | null, isRogue: boolean | null): DivergenceKind {
  // Whatever the drain did last, a row that it deleted cannot have come back by itself.
  if (seen?.gone === true || isRogue === true) return 'rogue-insert';
  if (seen !== null || isRogue === false) return 'missed-delete';
  return 'extra-row';
}

function changedRow(sourceMark: string, { seen, started }: DivergenceFacts): DivergenceKind {
  const near = started.xmax;
  const is = widenXid(Number(sourceMark), near);
  const was = seen?.mark ?? null;
  if (was === null) return isVisible(is, started) ? 'corruption' : 'lost-event';
  if (was === sourceMark) return 'corruption';
  return widenXid(Number(was), near) > is ? 'split-brain' : 'lost-event';
}
