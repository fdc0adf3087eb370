import { fault } from '@falsework/core/errors';
import type { Clock, Instant } from '@falsework/core/ports';
import { fingerprint } from '@falsework/core/text';
import { pause, systemClock } from '@falsework/system';
import { readInstant } from '../capture/instant.ts';
import type { Snapshot } from '../cursor/snapshot.ts';
import type { Feed } from '../drain/feed.ts';
import { readWatermark } from '../drain/follower.ts';
import type { InvariantInput } from '../mapping/plan-input.ts';
import { isSql, sqlText, tablesIn } from '../mapping/sql.ts';
import type { TableMapping } from '../mapping/table-mapping.ts';
import { classify, sqlState } from '../postgres/failure.ts';
import { parseRelation, quoteName, type Relation, relationName } from '../postgres/quote.ts';
import type { Session } from '../postgres/session.ts';
import { both, call } from './compare-range.ts';
import {
  type InvariantTable,
  type Overlay,
  onFollower,
  onSource,
  readOverlay,
} from './invariant-sql.ts';
import { readInFlight } from './round.ts';
import type { Statement } from './statements.ts';

/** How invariants are evaluated. */
export interface InvariantOptions {
  readonly clock?: Clock;
  readonly signal?: AbortSignal;
  /** How long to wait for an instant that both sides can answer for, in milliseconds; 10,000. */
  readonly patienceMs?: number;
  /**
   * From legacy to candidate, as the plan resolved them: for a feed that goes the other way, since
   * invariants are written in the candidate's columns.
   */
  readonly shapes?: readonly TableMapping[];
}

/**
 * What one invariant came to. `agree`: the same rows on both sides. `unsettled`: there was no
 * instant that both sides could answer for, which is never a pass.
 */
export interface InvariantResult {
  readonly name: string;
  readonly state: 'agree' | 'disagree' | 'unsettled';
  /** Rows of the answer that only one side gave. Answers themselves are not told: they are data. */
  readonly onlySource: number;
  readonly onlyFollower: number;
  /** Of the source's answer: equal for equal answers. */
  readonly digest: string;
  /** The instant of the source for which both answered, by its own clock; `null` for none. */
  readonly at: Instant | null;
  readonly snapshot: Snapshot | null;
}

const PATIENCE_MS = 10_000;
const AGAIN_MS = 50;

/**
 * Evaluates statements that must have the same answer on both stores, at one instant of the source.
 * Rows that are in flight to the follower then are taken from the source on both sides; a statement
 * of the follower's that names its tables itself, and not by `table(…)`, is evaluated at an instant
 * at which nothing is in flight. Answers are compared as sets of printed rows.
 *
 * Rejects with `FW_DATA_INVARIANT` for a statement that cannot be evaluated, and with the
 * `FW_DATA_…` errors of feeds and databases. O(what the statements cost).
 *
 * ```ts
 * const results = await checkInvariants(feed, {
 *   balances: sql`select account, sum(amount_cents) from ${table('entries')} group by 1`,
 * });
 * const isSound = results.every(({ state }) => state === 'agree');
 * ```
 */
export async function checkInvariants(
  feed: Feed,
  invariants: Readonly<Record<string, InvariantInput>>,
  options: InvariantOptions = {},
): Promise<InvariantResult[]> {
  const { clock = systemClock, signal = new AbortController().signal } = options;
  const results: InvariantResult[] = [];
  for (const [name, input] of Object.entries(invariants)) {
    const invariant = prepare(feed, { name, input, shapes: options.shapes ?? feed.mappings });
    const until = clock.monotonicMs() + (options.patienceMs ?? PATIENCE_MS);
    for (;;) {
      const result = await evaluate(feed, invariant);
      if (result !== null || signal.aborted || clock.monotonicMs() >= until) {
        results.push(result ?? unsettled(name));
        break;
      }
      await pause(clock, AGAIN_MS, signal);
    }
  }
  return results;
}

interface Prepared {
  readonly name: string;
  readonly source: string;
  readonly follower: string;
  readonly tables: {
    readonly source: readonly InvariantTable[];
    readonly follower: readonly InvariantTable[];
  };
  /** Mappings of which nothing may be in flight, since the statement reads their tables itself. */
  readonly quiet: readonly TableMapping[];
}

interface Naming {
  readonly name: string;
  readonly input: InvariantInput;
  readonly shapes: readonly TableMapping[];
}

function prepare(feed: Feed, { name, input, shapes }: Naming): Prepared {
  const pair = isSql(input) ? { legacy: input, candidate: input } : input;
  const [source, follower] =
    feed.direction === 'forward' ? [pair.legacy, pair.candidate] : [pair.candidate, pair.legacy];
  const resolve = (names: readonly string[], database: string): InvariantTable[] =>
    [...new Set(names)].map((table) => ({
      name: table,
      ...mappingOf(feed, { name, table, shapes, database }),
    }));
  const tables = {
    source: resolve(tablesIn(source), feed.source.label),
    follower: resolve(tablesIn(follower), feed.follower.label),
  };
  return {
    name,
    source: sqlText(source, quoteName),
    follower: sqlText(follower, quoteName),
    tables,
    quiet: tables.follower.length === 0 ? feed.mappings : [],
  };
}

function mappingOf(
  feed: Feed,
  {
    name,
    table,
    shapes,
    database,
  }: {
    readonly name: string;
    readonly table: string;
    readonly shapes: readonly TableMapping[];
    readonly database: string;
  },
): Omit<InvariantTable, 'name'> {
  const isMeant = (relation: Relation): boolean => {
    const parsed = parseRelation(table, relation.schema);
    return parsed !== null && relationName(parsed) === relationName(relation);
  };
  const bySource = shapes.filter((one) => isMeant(one.source));
  const found = bySource.length > 0 ? bySource : shapes.filter((one) => isMeant(one.follower));
  const [shape, another] = found;
  if (shape === undefined || another !== undefined) {
    const because =
      shape === undefined
        ? `the plan has no table ${table}`
        : `${table} goes to several tables; name one of these instead`;
    throw fault('FW_DATA_INVARIANT', { invariant: name, database, because });
  }
  const isSame = (one: Relation, other: Relation): boolean =>
    relationName(one) === relationName(other);
  const mapping = feed.mappings.find((one) =>
    [
      isSame(one.source, shape.source) && isSame(one.follower, shape.follower),
      isSame(one.source, shape.follower) && isSame(one.follower, shape.source),
    ].includes(true),
  );
  if (mapping === undefined) {
    throw fault('FW_DATA_INVARIANT', {
      invariant: name,
      database,
      because: `the feed does not carry ${table}`,
    });
  }
  return { shape: mapping.definition === shape.definition ? mapping : shape, mapping };
}

/** `null` when there is no telling at this instant. */
function evaluate(feed: Feed, invariant: Prepared): Promise<InvariantResult | null> {
  const reading = { reads: 'snapshot', isReadOnly: true } as const;
  return feed.follower.transaction(reading, async (follower) => {
    const watermark = await readWatermark(follower, feed);
    return feed.source.transaction(reading, async (source) => {
      const { schema, source: database } = feed;
      const instant = await readInstant(source, { schema, database: database.label });
      const overlays = new Map<string, Overlay>();
      const { tables, quiet } = invariant;
      const mappings = new Set([...tables.follower.map(({ mapping }) => mapping), ...quiet]);
      for (const mapping of mappings) {
        const inFlight = await readInFlight({ feed, mapping, source, watermark, instant });
        if ('refused' in inFlight) return null;
        if (quiet.includes(mapping) && inFlight.value.size > 0) return null;
        overlays.set(mapping.id, await readOverlay(source, mapping, [...inFlight.value.values()]));
      }
      const [ofSource, ofFollower] = await both(
        answer(source, {
          invariant,
          database: feed.source.label,
          statement: onSource(invariant.source, tables.source),
        }),
        answer(follower, {
          invariant,
          database: feed.follower.label,
          statement: onFollower(invariant.follower, tables.follower, overlays),
        }),
      );
      return compared(invariant.name, { source: ofSource, follower: ofFollower, instant });
    });
  });
}

async function answer(
  session: Session,
  {
    invariant,
    database,
    statement,
  }: { readonly invariant: Prepared; readonly database: string; readonly statement: Statement },
): Promise<readonly string[]> {
  try {
    return (await session.rows(...call(statement))).map(([row]) => row ?? '').toSorted();
  } catch (error) {
    const state = sqlState(error) ?? '';
    // What lies in the statement itself, and will lie there the next time.
    if (/^(42(?!501)|22|21|0A)/.test(state)) {
      const facts = { invariant: invariant.name, database, because: `SQLSTATE ${state}` };
      throw fault('FW_DATA_INVARIANT', facts, error);
    }
    throw classify(error, { database, operation: 'evaluating an invariant' });
  }
}

function compared(
  name: string,
  {
    source,
    follower,
    instant,
  }: {
    readonly source: readonly string[];
    readonly follower: readonly string[];
    readonly instant: { readonly at: Instant; readonly snapshot: Snapshot };
  },
): InvariantResult {
  const onlySource = surplus(source, follower);
  const onlyFollower = surplus(follower, source);
  return {
    name,
    state: onlySource + onlyFollower === 0 ? 'agree' : 'disagree',
    onlySource,
    onlyFollower,
    digest: fingerprint(JSON.stringify(source)),
    at: instant.at,
    snapshot: instant.snapshot,
  };
}

/** How many of the rows the others lack; the same row may come several times. */
function surplus(rows: readonly string[], others: readonly string[]): number {
  const left = new Map<string, number>();
  for (const row of others) left.set(row, (left.get(row) ?? 0) + 1);
  let count = 0;
  for (const row of rows) {
    const there = left.get(row) ?? 0;
    if (there === 0) count += 1;
    else left.set(row, there - 1);
  }
  return count;
}

function unsettled(name: string): InvariantResult {
  return {
    name,
    state: 'unsettled',
    onlySource: 0,
    onlyFollower: 0,
    digest: '',
    at: null,
    snapshot: null,
  };
}
