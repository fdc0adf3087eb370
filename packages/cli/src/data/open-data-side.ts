import { type DataSettings, loadConfig, type Migration } from '@falsework/config';
import { fault } from '@falsework/core/errors';
import type { Clock, Instant } from '@falsework/core/ports';
import {
  bookkeepingSchema,
  checkInvariants,
  type DataPlan,
  type DataPlanInput,
  type Feed,
  feedOf,
  type InvariantResult,
  keepProof,
  logicalSource,
  openDatabase,
  outboxSource,
  planData,
  type ResolvedPlan,
  type Stores,
  type TurnoverParts,
  verifyStores,
} from '@falsework/data';
import type { AccessOptions } from '../access/control-access.ts';
import type { Context } from '../context.ts';

/** The two stores of a migration, opened by its configuration, with what is planned for them. */
export interface DataSide {
  readonly migration: Migration;
  readonly settings: DataSettings;
  readonly stores: Stores;
  readonly plan: DataPlan;
  close(): Promise<void>;
}

/** A data side whose plan holds together, so that it can be acted on. */
export interface ReadySide extends DataSide {
  readonly forward: Feed;
  readonly reverse: Feed;
}

// A switch holds a connection for its lock and one for the outbox, and drains and compares beside.
const CONNECTIONS = 12;

/**
 * Opens both stores and plans; nothing is changed. Rejects with `FW_DATA_UNCONFIGURED` when the
 * migration says nothing of stores, and with the errors of configurations and databases.
 */
export async function openDataSide(context: Context, options: AccessOptions): Promise<DataSide> {
  const { cwd, env } = context;
  const file = options.config === undefined ? {} : { file: options.config };
  const { migrations } = await loadConfig({ cwd, env, ...file });
  const migration = chosen(migrations, options.migration);
  const { data: settings } = migration;
  if (settings === null) throw fault('FW_DATA_UNCONFIGURED', { migration: migration.name });
  const open = (url: string, label: string) =>
    openDatabase({ url, label, connections: CONNECTIONS });
  const stores = {
    legacy: open(settings.from, 'legacy'),
    candidate: open(settings.to, 'candidate'),
  };
  const close = async (): Promise<void> => {
    await stores.legacy.close();
    await stores.candidate.close();
  };
  try {
    const { capture } = settings;
    const plan = await planData(inputOf(migration.name, settings), stores, { capture });
    return { migration, settings, stores, plan, close };
  } catch (error) {
    await close();
    throw error;
  }
}

function chosen(migrations: readonly Migration[], name: string | undefined): Migration {
  const known = migrations.map((one) => one.name).join(', ') || 'none';
  const found =
    name === undefined
      ? migrations.filter(({ data }) => data !== null)
      : migrations.filter((one) => one.name === name);
  const [only, another] = found.length === 0 && migrations.length === 1 ? migrations : found;
  if (only !== undefined && another === undefined) return only;
  if (name === undefined) throw fault('FW_MIGRATION_UNNAMED', { known });
  throw fault('FW_MIGRATION_UNKNOWN', { migration: name, known });
}

function inputOf(name: string, { from, to, tables, invariants }: DataSettings): DataPlanInput {
  return { name, from, to, tables, invariants };
}

/** The feeds of a plan. Rejects with `FW_DATA_REFUSED` when the plan does not hold together. */
export function readySide(side: DataSide): ReadySide {
  const { migration, plan, stores } = side;
  if (plan.resolved === null) {
    const first = plan.refused[0]?.message ?? 'no reason was given';
    throw fault('FW_DATA_REFUSED', { count: plan.refused.length, because: first });
  }
  return { ...side, ...feedsOf(migration.name, plan.resolved, side), stores };
}

function feedsOf(
  migration: string,
  resolved: ResolvedPlan,
  { stores, plan, settings }: DataSide,
): { readonly forward: Feed; readonly reverse: Feed } {
  const { legacy, candidate } = stores;
  const schema = bookkeepingSchema(migration);
  const reverse = feedOf({
    direction: 'reverse',
    migration,
    source: candidate,
    follower: legacy,
    mappings: resolved.reverse,
    changes: outboxSource(schema),
    asReplica: plan.legacy.maySetReplicaRole,
  });
  const parts = {
    direction: 'forward',
    migration,
    source: legacy,
    follower: candidate,
    mappings: resolved.forward,
    asReplica: plan.candidate.maySetReplicaRole,
  } as const;
  const forward = feedOf({ ...parts, changes: outboxSource(schema) });
  if (settings.capture !== 'logical') return { forward, reverse };
  const { tables } = forward;
  const changes = logicalSource({ schema, source: legacy, follower: candidate, tables });
  return { forward: feedOf({ ...parts, changes }), reverse };
}

/** Evaluates the invariants of a migration in the direction of a feed. */
export function sideInvariants(
  { settings, forward }: ReadySide,
  feed: Feed,
  clock: Clock,
): Promise<InvariantResult[]> {
  return checkInvariants(feed, settings.invariants, { clock, shapes: forward.mappings });
}

/** Writes down what invariants said, unless one could not be asked: then it is no evidence. */
export async function keepInvariants(
  { stores, forward }: Pick<ReadySide, 'stores' | 'forward'>,
  results: readonly InvariantResult[],
  evaluatedAt: Instant,
): Promise<void> {
  if (results.some(({ state }) => state === 'unsettled')) return;
  const unequal = results.filter(({ state }) => state === 'disagree').map(({ name }) => name);
  const proof = { total: results.length, unequal, evaluatedAt };
  await keepProof(stores.candidate, forward.schema, { name: 'invariants', proof });
}

/** What is told of a switch, and to whom. */
export type SwitchTold = Pick<TurnoverParts['ports'], 'announce' | 'onStep'> & {
  readonly clock: Clock;
};

/** Everything that switching the authority rests on. */
export function turnoverParts(
  side: ReadySide,
  told: SwitchTold,
  { acceptsLoss = false }: { readonly acceptsLoss?: boolean } = {},
): TurnoverParts {
  const { stores, forward, reverse, plan, settings } = side;
  const { fallsAfterMs, patienceMs } = settings.limits;
  const { clock } = told;
  return {
    stores,
    forward,
    reverse,
    captureOf: { legacy: settings.capture, candidate: 'trigger' },
    limits: { fallsAfterMs, patienceMs },
    acceptsLoss,
    blockers: plan.blockers.map(
      ({ table, column, because }) =>
        `${column === null ? table : `${table}.${column}`}: ${because}`,
    ),
    ports: {
      ...told,
      verify: (feed) => verifyStores(feed, { clock }),
      invariants: async (feed) => {
        const results = await sideInvariants(side, feed, clock);
        // Control is to follow the switch by what the switch has seen, however long it took.
        await keepInvariants(side, results, clock.now());
        // What could not be asked about one and the same state does not count as equal.
        return results.filter(({ state }) => state !== 'agree').map(({ name }) => name);
      },
    },
  };
}
