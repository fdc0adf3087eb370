import type { PostgresServer } from '@falsework/testkit/postgres';
import { installCapture } from '../src/capture/install.ts';
import { logicalSource } from '../src/capture/logical-source.ts';
import { bookkeepingSchema } from '../src/capture/names.ts';
import { outboxSource } from '../src/capture/outbox-source.ts';
import type { CaptureKind } from '../src/capture/registry.ts';
import { readCatalogue } from '../src/catalogue/read-catalogue.ts';
import { drainOnce } from '../src/drain/drain-once.ts';
import { type Direction, type Feed, feedOf } from '../src/drain/feed.ts';
import { startFeed } from '../src/drain/follower.ts';
import type { DataPlanInput, TableInput } from '../src/mapping/plan-input.ts';
import { type ResolvedPlan, resolvePlan, tablesOfPlan } from '../src/plan/resolve-plan.ts';
import { type Database, openDatabase } from '../src/postgres/database.ts';
import type { Param, Row } from '../src/postgres/session.ts';

/** Two databases with tables in them, for one test. */
export interface TwoStores {
  readonly legacy: Database;
  readonly candidate: Database;
  close(): Promise<void>;
}

/** Statements that make the tables of each store. */
export interface Tables {
  readonly legacy: string;
  readonly candidate: string;
}

/** Creates both; on one server, unless the candidate's is given. */
export async function twoStores(
  server: PostgresServer,
  tables: Tables,
  candidateServer: PostgresServer = server,
): Promise<TwoStores> {
  const legacy = openDatabase({ url: await server.createDatabase(), label: 'legacy' });
  const candidate = openDatabase({
    url: await candidateServer.createDatabase(),
    label: 'candidate',
  });
  await execute(legacy, tables.legacy);
  await execute(candidate, tables.candidate);
  return {
    legacy,
    candidate,
    close: async () => {
      await legacy.close();
      await candidate.close();
    },
  };
}

/** Runs statements that give no rows, several at once. */
export async function execute(database: Database, sql: string): Promise<void> {
  await database.use(async ({ client }) => {
    await client.query(sql);
  });
}

/** Runs one statement and gives its rows, as printed. */
export function ask(
  database: Database,
  sql: string,
  params: readonly Param[] = [],
): Promise<readonly Row[]> {
  return database.use((session) => session.rows(sql, params));
}

/** A plan over the two stores; throws what it is refused for. */
export async function resolved(
  stores: TwoStores,
  tables: Readonly<Record<string, TableInput | readonly TableInput[]>>,
): Promise<ResolvedPlan> {
  const input = planOf(stores, tables);
  const names = tablesOfPlan(input);
  const resolution = resolvePlan(input, {
    legacy: await readCatalogue(stores.legacy, names.legacy),
    candidate: await readCatalogue(stores.candidate, names.candidate),
  });
  if ('refused' in resolution) {
    throw new Error(resolution.refused.map(({ message }) => message).join('\n'));
  }
  return resolution.plan;
}

/** What is said of the tables, as a whole plan. */
export function planOf(
  { legacy, candidate }: Pick<TwoStores, 'legacy' | 'candidate'>,
  tables: DataPlanInput['tables'],
): DataPlanInput {
  return { name: 'ledger', from: legacy.url, to: candidate.url, tables };
}

/** How a feed of a test is made. */
export interface FeedOptions {
  readonly tables: DataPlanInput['tables'];
  readonly capture?: CaptureKind;
  readonly direction?: Direction;
  /** Foreign keys and triggers of the follower have their say when false. */
  readonly asReplica?: boolean;
}

/** A feed whose capture is installed and which has begun. */
export async function startedFeed(stores: TwoStores, options: FeedOptions): Promise<Feed> {
  const feed = await feedFor(stores, options);
  await installCapture(feed.source, {
    migration: feed.migration,
    kind: options.capture ?? 'trigger',
    tables: feed.tables,
  });
  await startFeed(feed);
  return feed;
}

/** A feed that is only described. */
export async function feedFor(
  stores: TwoStores,
  { tables, capture = 'trigger', direction = 'forward', asReplica = true }: FeedOptions,
): Promise<Feed> {
  const plan = await resolved(stores, tables);
  const isForward = direction === 'forward';
  const source = isForward ? stores.legacy : stores.candidate;
  const follower = isForward ? stores.candidate : stores.legacy;
  const schema = bookkeepingSchema('ledger');
  const parts = {
    direction,
    migration: 'ledger',
    source,
    follower,
    mappings: isForward ? plan.forward : plan.reverse,
    asReplica,
  };
  const draft = feedOf({ ...parts, changes: outboxSource(schema) });
  if (capture !== 'logical') return draft;
  const changes = logicalSource({ schema, source, follower, tables: draft.tables });
  return feedOf({ ...parts, changes });
}

/** Drains until nothing is left; gives the number of keys that were carried over. */
export async function drainAll(feed: Feed, changesMax = 10_000): Promise<number> {
  for (let keys = 0; ; ) {
    const drained = await drainOnce(feed, { changesMax, retriesDead: true });
    keys += drained?.keys ?? 0;
    if (drained !== null && !drained.isBehind) return keys;
  }
}
