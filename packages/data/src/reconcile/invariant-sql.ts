import { type RowPage, readRows } from '../drain/read-rows.ts';
import { followerWhereText, mappedRows, whereText } from '../mapping/mapped-sql.ts';
import { type TableMapping, writtenColumns } from '../mapping/table-mapping.ts';
import { quoteName, quoteRelation } from '../postgres/quote.ts';
import type { Session } from '../postgres/session.ts';
import { type KeyPair, keySet } from './keys.ts';
import type { Statement } from './statements.ts';

/** A table of the plan that an invariant names, and how to make its rows on either side. */
export interface InvariantTable {
  /** As the invariant calls it. */
  readonly name: string;
  /** From legacy to candidate: its columns are what the invariant is written in. */
  readonly shape: TableMapping;
  /** Of the feed: the same as `shape`, or the way back. */
  readonly mapping: TableMapping;
}

/** Rows in flight of one mapping, as the source has them. */
export interface Overlay {
  readonly keys: readonly KeyPair[];
  readonly page: RowPage;
}

/** Reads the source's rows for the keys in flight. */
export async function readOverlay(
  source: Session,
  mapping: TableMapping,
  keys: readonly KeyPair[],
): Promise<Overlay> {
  const width = { source: mapping.sourceKey.length, follower: mapping.key.length };
  return { keys, page: await readRows(source, mapping, keySet(keys, width).source) };
}

/**
 * The invariant on the source: the tables that it names are put in front of it under their names.
 */
export function onSource(query: string, tables: readonly InvariantTable[]): Statement {
  const parts = tables.map(({ name, shape, mapping }) => {
    const rows = shape === mapping ? mappedRows(mapping) : candidateRows(shape);
    return `${quoteName(name)} as (${rows})`;
  });
  return { sql: wrapped(query, parts), params: [] };
}

/**
 * The same on the follower. Rows in flight are taken from the source: so both sides answer for the
 * same instant of it, and what is left to disagree is what the follower holds for good.
 */
export function onFollower(
  query: string,
  tables: readonly InvariantTable[],
  overlays: ReadonlyMap<string, Overlay>,
): Statement {
  const params: (readonly (string | null)[])[] = [];
  const parts = tables.map(({ name, shape, mapping }) => {
    const overlay = overlays.get(mapping.id);
    const rows = followerRows(mapping, overlay, params);
    if (shape === mapping) return `${quoteName(name)} as (${rows})`;
    // On the way back the follower is the legacy store, and the invariant speaks of the candidate's
    // columns: they are made of the legacy ones as on the way there.
    const list = writtenColumns(shape).map((one) => `${one.expression} as ${quoteName(one.name)}`);
    const legacy = `(${rows}) as ${quoteName(shape.source.table)}`;
    return `${quoteName(name)} as (select ${list.join(', ')} from ${legacy}${whereText(shape)})`;
  });
  return { sql: wrapped(query, parts), params };
}

function wrapped(query: string, parts: readonly string[]): string {
  const head = parts.length === 0 ? '' : `with ${parts.join(', ')} `;
  // As a row of its own text, so that any number of columns of any type can be compared.
  return `${head}select fw_row::text from (${query}) as fw_row`;
}

function candidateRows(shape: TableMapping): string {
  const list = writtenColumns(shape).map(({ name }) => quoteName(name));
  return `select ${list.join(', ')} from ${quoteRelation(shape.follower)}${followerWhereText(shape)}`;
}

function followerRows(
  mapping: TableMapping,
  overlay: Overlay | undefined,
  params: (readonly (string | null)[])[],
): string {
  const columns = writtenColumns(mapping);
  const names = columns.map(({ name }) => quoteName(name)).join(', ');
  const table = quoteName(mapping.follower.table);
  const base = `select ${names} from ${quoteRelation(mapping.follower)}`;
  if (overlay === undefined || overlay.keys.length === 0) {
    return `${base}${followerWhereText(mapping)}`;
  }
  const keys = keySet(overlay.keys, { source: 0, follower: mapping.key.length }).follower;
  const gone = unnested(mapping.key, params.length + 1);
  params.push(...keys);
  const isGone = mapping.key.map(
    ({ name }) => `${table}.${quoteName(name)} = g.${quoteName(name)}`,
  );
  const kept = `not exists (select from (${gone}) as g where ${isGone.join(' and ')})`;
  const present = unnested(columns, params.length + 1);
  params.push(...overlay.page.present.columns);
  return `${base}${followerWhereText(mapping, kept)} union all ${present}`;
}

function unnested(columns: readonly TableMapping['columns'][number][], first: number): string {
  const list = columns.map(
    ({ name, type }, i) => `u.t${i + 1}::${type.name} as ${quoteName(name)}`,
  );
  const given = columns.map((_, i) => `$${first + i}::text[]`).join(', ');
  const aliases = columns.map((_, i) => `t${i + 1}`).join(', ');
  return `select ${list.join(', ')} from unnest(${given}) as u(${aliases})`;
}
