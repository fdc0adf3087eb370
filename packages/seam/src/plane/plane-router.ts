import { compileRouter, type Router, type Snapshot } from '@falsework/core/routing';
import { type Operation, stageRow } from '@falsework/core/stage';

/** A router with what a plane may know beforehand. */
export interface PlaneRouter extends Router {
  /** True when the side depends on the key, so that a plane must work one out for each call. */
  readonly isKeyed: boolean;
}

/** Routing of one snapshot, for reads and for writes. */
export type PlaneRouters = Readonly<Record<Operation, PlaneRouter>>;

/**
 * Compiles both operations of a snapshot. After a retreat everything that the share would route
 * goes to legacy, and the candidate is still watched: as if the migration stood in `shadow`. Throws
 * for a stage that does not exist.
 */
export function compileRouters(snapshot: Snapshot, hasRetreated: boolean): PlaneRouters {
  const inForce: Snapshot = hasRetreated
    ? { ...snapshot, stage: 'shadow', percent: 0, cohortKeys: [] }
    : snapshot;
  return { read: compile(inForce, 'read'), write: compile(inForce, 'write') };
}

function compile(snapshot: Snapshot, operation: Operation): PlaneRouter {
  const { authority } = stageRow(snapshot.stage).serving[snapshot.topology][operation];
  const isMixed =
    snapshot.percent < 100 && (snapshot.percent > 0 || snapshot.cohortKeys.length > 0);
  return {
    ...compileRouter(snapshot, operation),
    isKeyed: authority === 'share' && isMixed,
  };
}
