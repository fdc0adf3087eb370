import type { Instant } from '@falsework/core/ports';
import { fingerprint, formatDuration } from '@falsework/core/text';
import type { Feed } from '../drain/feed.ts';
import type { Stores } from '../plan/plan-data.ts';
import type { Database } from '../postgres/database.ts';
import { coded } from '../postgres/failure.ts';
import type { Relation } from '../postgres/quote.ts';
import { quoteName, quoteRelation } from '../postgres/quote.ts';
import { oneRow, oneValue } from '../postgres/session.ts';

/** The last time that the way back was tried, as it is on record. */
export interface Rehearsal {
  readonly at: Instant;
  /** How long writers would have waited. */
  readonly rollbackMs: number;
  readonly expiresAt: Instant;
  /** Marked rows that were written on the candidate's store, and those that reached legacy's. */
  readonly probes: number;
  readonly arrived: number;
  /** Real rows that were taken back through the mapping, in a transaction that was undone. */
  readonly rowsTried: number;
  /** True while mappings and columns are what they were. */
  readonly isSameShape: boolean;
}

const table = (schema: string): string => quoteRelation({ schema, table: 'rehearsal' });

/** Writes a rehearsal down. */
export async function noteRehearsal(
  stores: Stores,
  feed: Feed,
  rehearsal: Omit<Rehearsal, 'isSameShape'>,
): Promise<void> {
  const shape = await shapeOf(stores, feed);
  const { candidate } = stores;
  await coded({ database: candidate.label, operation: 'noting a rehearsal' }, () =>
    candidate.transaction({ reads: 'current' }, async (session) => {
      await session.run(`create schema if not exists ${quoteName(feed.schema)}`);
      await session.run(
        `create table if not exists ${table(feed.schema)} (
           at bigint primary key, rollback_ms double precision not null, expires_at bigint not null,
           probes integer not null, arrived integer not null, rows_tried integer not null, shape text not null)`,
      );
      const { at, rollbackMs, expiresAt, probes, arrived, rowsTried } = rehearsal;
      await session.run(
        `insert into ${table(feed.schema)} values ($1, $2, $3, $4, $5, $6, $7)
         on conflict (at) do nothing`,
        [at, rollbackMs, expiresAt, probes, arrived, rowsTried, shape],
      );
    }),
  );
}

/** The latest rehearsal; `null` when there was none. */
export async function readRehearsal(stores: Stores, feed: Feed): Promise<Rehearsal | null> {
  const { candidate } = stores;
  const row = await coded({ database: candidate.label, operation: 'reading rehearsals' }, () =>
    candidate.use(async (session) => {
      const [there] = await oneRow(session, 'select to_regclass($1) is not null', [
        table(feed.schema),
      ]);
      if (there !== 't') return undefined;
      const [latest] = await session.rows(
        `select at, rollback_ms, expires_at, probes, arrived, rows_tried, shape
           from ${table(feed.schema)} order by at desc limit 1`,
      );
      return latest;
    }),
  );
  if (row === undefined) return null;
  const [at, rollbackMs, expiresAt, probes, arrived, rowsTried, shape] = row;
  return {
    at: Number(at),
    rollbackMs: Number(rollbackMs),
    expiresAt: Number(expiresAt),
    probes: Number(probes),
    arrived: Number(arrived),
    rowsTried: Number(rowsTried),
    isSameShape: shape === (await shapeOf(stores, feed)),
  };
}

/** Why a rehearsal says nothing of the present any more; `null` when it does. */
export function rehearsalVoid(rehearsal: Rehearsal, now: Instant): string | null {
  if (!rehearsal.isSameShape) return 'a mapping or a column has changed since the rehearsal';
  if (rehearsal.arrived < rehearsal.probes) return 'not every probe of the rehearsal arrived';
  if (now < rehearsal.expiresAt) return null;
  return `the rehearsal of ${formatDuration(now - rehearsal.at)} ago has expired`;
}

/**
 * Everything about the stores that a rehearsal rests on: by what the rows are mapped, and what the
 * columns of both sides are, those that no mapping names included.
 */
async function shapeOf(stores: Stores, { mappings }: Feed): Promise<string> {
  const sources = mappings.map((mapping) => mapping.source);
  const followers = mappings.map((mapping) => mapping.follower);
  const parts = [
    mappings.map(({ id, definition }) => `${id} ${definition}`).join(),
    await columnsOf(stores.legacy, sources),
    await columnsOf(stores.candidate, followers),
  ];
  return fingerprint(parts.join('\n'));
}

const COLUMNS = `
  select string_agg(concat_ws(' ', n.nspname, c.relname, a.attname, format_type(a.atttypid, a.atttypmod),
                              a.attnotnull), ',' order by n.nspname, c.relname, a.attnum)
    from unnest($1::text[], $2::text[]) as t(s, r)
    join pg_namespace n on n.nspname = t.s
    join pg_class c on c.relnamespace = n.oid and c.relname = t.r
    join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped`;

async function columnsOf(database: Database, relations: readonly Relation[]): Promise<string> {
  const params = [relations.map(({ schema }) => schema), relations.map((one) => one.table)];
  return coded({ database: database.label, operation: 'reading columns' }, async () => {
    return (await database.use((session) => oneValue(session, COLUMNS, params))) ?? '';
  });
}
