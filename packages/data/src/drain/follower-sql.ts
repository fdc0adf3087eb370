import type { MappedColumn, TableMapping } from '../mapping/table-mapping.ts';
import { quoteName, quoteRelation, type Relation } from '../postgres/quote.ts';

/** The follower's tables for one migration, all in the schema that bears its name. */
export interface FollowerNames {
  readonly feed: string;
  readonly deadLetter: string;
  readonly truncated: string;
}

/** Quoted names of the follower's own tables. */
export function followerNames(schema: string): FollowerNames {
  const named = (table: string): string => quoteRelation({ schema, table });
  return {
    feed: named('feed'),
    deadLetter: named('dead_letter'),
    truncated: named('truncated'),
  };
}

/** The table of what the drain has seen of one mapping. */
export function seenTable(schema: string, mapping: TableMapping): Relation {
  return { schema, table: `seen_${mapping.id}` };
}

/**
 * What the follower keeps for a feed. In `seen` there is a row per key that the drain has touched,
 * deleted ones included: at which state of the source it was read (`ver`), and which version of the
 * row that was (`mark`). A copy that was read earlier finds it there and stays away.
 */
export function followerStatements(schema: string, mappings: readonly TableMapping[]): string[] {
  const names = followerNames(schema);
  return [
    `create schema if not exists ${quoteName(schema)}`,
    `create table if not exists ${names.feed} (
       direction text primary key,
       snapshot text not null,
       as_of bigint not null,
       current_at bigint not null,
       place jsonb not null,
       mark bigint not null,
       definitions jsonb not null,
       started text not null,
       changes bigint not null default 0)`,
    `create table if not exists ${names.deadLetter} (
       direction text, mapping text, key jsonb, detail text not null,
       attempts integer not null default 1, first_at bigint not null, last_at bigint not null,
       primary key (direction, mapping, key))`,
    `create table if not exists ${names.truncated} (
       direction text, mapping text, ver bigint not null, primary key (direction, mapping))`,
    ...mappings.map((mapping) => seenStatement(schema, mapping)),
  ];
}

function seenStatement(schema: string, mapping: TableMapping): string {
  const columns = mapping.key.map((column, i) => `fw_k${i + 1} ${column.type.name}`).join(', ');
  const key = mapping.key.map((_, i) => `fw_k${i + 1}`).join(', ');
  return `create table if not exists ${quoteRelation(seenTable(schema, mapping))} (
    ${columns}, ver bigint not null, gone boolean not null, mark text, primary key (${key}))`;
}

/**
 * The statements by which rows are written to the follower, guarded: a row that was read at an
 * earlier state of the source than the one that is there changes nothing. Parameters are arrays of
 * printed values, one per column.
 */
export interface ApplyStatements {
  /** $1 the state of the source, $2 the marks, then the written columns. */
  readonly upsert: string;
  /** $1 the state of the source, then the key columns. */
  readonly remove: string;
  /** Deletes every row of the mapping that was read before the state $1. */
  readonly removeAll: string;
  /** As `upsert`, where the rows are known to be gone already: for values that changed places. */
  readonly insertOver: string;
}

/** Builds the statements of one mapping. They depend on nothing but it, so they can be prepared. */
export function applyStatements(schema: string, mapping: TableMapping): ApplyStatements {
  const { key, columns } = mapping;
  const seen = quoteRelation(seenTable(schema, mapping));
  const follower = quoteRelation(mapping.follower);
  const written = [...key, ...columns];
  const k = key.map((_, i) => `fw_k${i + 1}`).join(', ');
  const names = written.map((column) => quoteName(column.name)).join(', ');
  const keyNames = key.map((column) => quoteName(column.name));
  const given = (list: readonly MappedColumn[], first: number): string =>
    list.map((_, i) => `$${first + i}::text[]`).join(', ');
  const typed = (list: readonly MappedColumn[]): string =>
    list
      .map((column, i) => `u.t${i + 1}::${column.type.name} as ${quoteName(column.name)}`)
      .join(', ');
  const aliases = (list: readonly MappedColumn[]): string =>
    list.map((_, i) => `t${i + 1}`).join(', ');
  const matches = (one: string, two: string): string =>
    key.map((column, i) => `${one}.fw_k${i + 1} = ${two}.${quoteName(column.name)}`).join(' and ');
  const rows = `d as materialized (
      select u.fw_m, ${typed(written)} from unnest($2::text[], ${given(written, 3)}) as u(fw_m, ${aliases(written)}))`;
  const guard = (gone: boolean, mark: string): string => `g as (
      insert into ${seen} (${k}, ver, gone, mark)
      select ${keyNames.join(', ')}, $1::bigint, ${gone}, ${mark} from d
      on conflict (${k}) do update set ver = excluded.ver, gone = excluded.gone, mark = excluded.mark
       where ${seen}.ver <= excluded.ver
      returning ${k})`;
  const insert = `insert into ${follower} (${names}) overriding system value
      select ${written.map((column) => `d.${quoteName(column.name)}`).join(', ')}
        from d join g on ${matches('g', 'd')}`;
  const updates = columns.map(
    (column) => `${quoteName(column.name)} = excluded.${quoteName(column.name)}`,
  );
  const conflict = updates.length === 0 ? 'do nothing' : `do update set ${updates.join(', ')}`;
  const mine = mapping.followerWhere === null ? '' : ` and (${mapping.followerWhere})`;
  const table = quoteName(mapping.follower.table);
  return {
    upsert: `with ${rows}, ${guard(false, 'fw_m')} ${insert} on conflict (${keyNames.join(', ')}) ${conflict}`,
    insertOver: `with ${rows}, ${guard(false, 'fw_m')} ${insert}`,
    remove: `with d as materialized (
        select ${typed(key)} from unnest(${given(key, 2)}) as u(${aliases(key)})),
      ${guard(true, 'null')}
      delete from ${follower} using g where ${matches('g', table)}${mine}`,
    removeAll: `with d as materialized (
        select ${keyNames.join(', ')} from ${follower} where true${mine}),
      ${guard(true, 'null')}
      delete from ${follower} using g where ${matches('g', table)}${mine}`,
  };
}
