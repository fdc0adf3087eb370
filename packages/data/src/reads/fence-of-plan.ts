import type { ReadFence } from '@falsework/core/routing';
import { bookkeepingSchema } from '../capture/names.ts';
import { outboxSource } from '../capture/outbox-source.ts';
import { readCatalogue } from '../catalogue/read-catalogue.ts';
import { type Direction, type Feed, feedOf } from '../drain/feed.ts';
import type { DataPlanInput } from '../mapping/plan-input.ts';
import type { Stores } from '../plan/plan-data.ts';
import { type ResolvedPlan, resolvePlan, tablesOfPlan } from '../plan/resolve-plan.ts';
import { fenceBothWays } from './both-ways.ts';
import type { FenceKey } from './fenced-tables.ts';
import { openReadFence, type ReadFenceOptions } from './read-fence.ts';

/** What a fence over the stores of a plan is built from. */
export interface PlannedFenceOptions extends Omit<ReadFenceOptions, 'feed' | 'keys'> {
  readonly stores: Stores;
  /** By table of legacy; every table of the plan has to be named. */
  readonly keys: Readonly<Record<string, FenceKey>>;
  /**
   * The same by table of the candidate, for the time after turnover in which legacy is the one that
   * is fed. Left out, differences of that time count as they are.
   */
  readonly keysBack?: Readonly<Record<string, FenceKey>>;
}

/**
 * The fence before reads of the candidate's store, from the plan that the stores are kept equal by:
 * for a process that serves reads and drains nothing. Reads both catalogues once. Rejects with
 * what the plan is refused for, and with `FW_FENCE_TABLE`.
 *
 * ```ts
 * const fence = await readFenceOf(plan, { stores, keys: { accounts: 'id', entries: 'account' } });
 * const balance = seam({ name: 'balance', legacy, candidate, effects: 'none', key, fence });
 * ```
 */
export async function readFenceOf(
  plan: DataPlanInput,
  { stores, keys, keysBack, ...limits }: PlannedFenceOptions,
): Promise<ReadFence> {
  const resolved = await resolvedOver(stores, plan);
  const fenceOf = (direction: Direction, by: PlannedFenceOptions['keys']): ReadFence =>
    openReadFence({
      ...limits,
      feed: feedBetween(stores, { plan, resolved, direction }),
      keys: by,
    });
  const there = fenceOf('forward', keys);
  return keysBack === undefined ? there : fenceBothWays(there, fenceOf('reverse', keysBack));
}

async function resolvedOver(stores: Stores, plan: DataPlanInput): Promise<ResolvedPlan> {
  const names = tablesOfPlan(plan);
  const resolution = resolvePlan(plan, {
    legacy: await readCatalogue(stores.legacy, names.legacy),
    candidate: await readCatalogue(stores.candidate, names.candidate),
  });
  if (!('refused' in resolution)) return resolution.plan;
  // `falsework data plan` tells all that is wrong; whoever only serves reads needs one reason.
  throw resolution.refused[0] ?? new TypeError('A plan was refused without a reason.');
}

interface Between {
  readonly plan: DataPlanInput;
  readonly resolved: ResolvedPlan;
  readonly direction: Direction;
}

function feedBetween(
  { legacy, candidate }: Stores,
  { plan: { name }, resolved, direction }: Between,
): Feed {
  const isForward = direction === 'forward';
  return feedOf({
    direction,
    migration: name,
    source: isForward ? legacy : candidate,
    follower: isForward ? candidate : legacy,
    mappings: isForward ? resolved.forward : resolved.reverse,
    changes: outboxSource(bookkeepingSchema(name)),
    asReplica: false,
  });
}
