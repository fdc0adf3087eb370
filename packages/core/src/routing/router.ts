import { type Operation, type Serving, stageRow } from '../stage/stages.ts';
import { isInShare } from './bucket.ts';
import type { Side } from './side.ts';
import type { Snapshot } from './snapshot.ts';

/** What is known of one call when its side is chosen. */
export interface Call {
  /** The entity, for example an account; `null` when the call names none. */
  readonly key: string | null;
  /** The side on which a workflow in flight began; `null` when it is not part of one. */
  readonly pin: Side | null;
}

/** One operation's routing under one snapshot. */
export interface Router {
  /**
   * True when every call goes to legacy and nothing is compared: a plane may then step aside
   * altogether.
   */
  readonly isLegacyOnly: boolean;
  /** True when the other side is run off the path and compared. */
  readonly isCompared: boolean;
  /**
   * The side that answers. A pin is kept whatever the share says; a call without a key is not moved
   * before 100 %.
   */
  readonly sideOf: (call: Call) => Side;
}

/**
 * Compiles a snapshot for reads or for writes. What is known now is decided now, so that a call
 * pays for a hash at most, and in most stages for nothing.
 */
export function compileRouter(snapshot: Snapshot, operation: Operation): Router {
  const serving = stageRow(snapshot.stage).serving[snapshot.topology][operation];
  const isCompared = serving.other === 'compared';
  const fixed = fixedSide(serving, snapshot);
  if (fixed !== null) {
    const isLegacyOnly = fixed === 'legacy' && !isCompared;
    // A pinned workflow ends where it began, also while everybody else has moved; but a struck
    // legacy serves nobody.
    const keepsPins = fixed === 'candidate' && serving.authority === 'share';
    const sideOf = keepsPins ? ({ pin }: Call): Side => pin ?? fixed : (): Side => fixed;
    return { isLegacyOnly, isCompared, sideOf };
  }
  const { salt, percent } = snapshot;
  const cohort = new Set(snapshot.cohortKeys);
  const sideOf = ({ key, pin }: Call): Side => {
    if (pin !== null) return pin;
    if (key === null) return 'legacy';
    return cohort.has(key) || isInShare(salt, key, percent) ? 'candidate' : 'legacy';
  };
  return { isLegacyOnly: false, isCompared, sideOf };
}

function fixedSide(serving: Serving, snapshot: Snapshot): Side | null {
  if (serving.authority !== 'share') return serving.authority;
  if (snapshot.percent >= 100) return 'candidate';
  return snapshot.percent <= 0 && snapshot.cohortKeys.length === 0 ? 'legacy' : null;
}
