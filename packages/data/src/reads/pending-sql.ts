import { type CapturedTable, keyList } from '../capture/capture-sql.ts';
import { captureNames } from '../capture/names.ts';
import type { Snapshot } from '../cursor/snapshot.ts';
import { hasSourceKey, keyOfSourceKey, unnestText, whereText } from '../mapping/mapped-sql.ts';
import { quoteName, quoteRelation } from '../postgres/quote.ts';
import type { Param } from '../postgres/session.ts';
import type { FencedTable, RowPlace } from './fenced-tables.ts';
import { isNoted } from './left-keys.ts';

/** The parameters of {@link pendingStatement}: since when. */
export function pendingParams({ xmax, xip }: Snapshot): readonly Param[] {
  return [String(xmax), xip.map(String)];
}

// What committed since: no upper end, because the statement itself sees no more than what has. Two
// ranges of the index, as in window-sql.ts.
const SINCE = '(xid >= $1::xid8 or xid = any ($2::xid8[]))';

/**
 * One statement, so that one instant of the source is seen: where that is, and what has changed
 * since a snapshot ($1, $2), at most one more than `limit` of each table. Its rows are: kind
 * (`place`, `key`, `row`, `again` for a row that was under a key which nobody knows, or `every`),
 * number of the place, two printed forms of a key, and a list in JSON: what the place is, or the
 * follower's key of the row.
 */
export function pendingStatement(
  schema: string,
  tables: readonly FencedTable[],
  limit: number,
): string {
  const places = placesOf(tables);
  const numberOf = (place: RowPlace): number => places.indexOf(place);
  const parts = tables.flatMap((table) => partsOf({ schema, limit, numberOf }, table));
  const all = [leftPart(schema, limit), ...parts].map((part) => `(${part})`);
  return [placePart(schema), ...all].join('\n union all ');
}

/** All places of rows that have to be looked up, in the order of their numbers. */
export function placesOf(tables: readonly FencedTable[]): RowPlace[] {
  return tables.flatMap((table) => (table.kind === 'looked-up' ? table.places : []));
}

// As `readInstant` does, whose answer would be a second statement and so of another instant.
const placePart = (schema: string): string => `
  select 'place' as kind, null::bigint as place, null::text as one, null::text as two, array_to_json(array[
         (select system_identifier from pg_control_system())::text,
         ('x' || substr(pg_walfile_name(pg_current_wal_insert_lsn()), 1, 8))::bit(32)::int::text,
         current_database()::text, c.capture_id::text, c.mark::text, c.rotated,
         pg_snapshot_xmax(pg_current_snapshot())::text])::text as key
    from ${quoteName(schema)}.capture c`;

/** Keys that rows have left: see left-keys.ts. */
const leftPart = (schema: string, limit: number): string => `
  select distinct 'key', null::bigint, key, null::text, null::text
    from ${quoteName(schema)}.left_keys where ${SINCE} limit ${limit + 1}`;

interface Writing {
  readonly schema: string;
  readonly limit: number;
  readonly numberOf: (place: RowPlace) => number;
}

function partsOf(writing: Writing, fenced: FencedTable): string[] {
  const { schema, limit } = writing;
  if (fenced.kind === 'every') return [everyPart(schema, fenced.table, 'true')];
  if (fenced.kind === 'reported') {
    const { table, ordinal } = fenced;
    const outbox = quoteRelation(captureNames(schema, table.relation).outbox);
    const keys = `select distinct 'key', null::bigint, k${ordinal}::text, null::text, null::text
      from ${outbox} where op <> 'T' and ${SINCE} limit ${limit + 1}`;
    return [keys, everyPart(schema, table, `op = 'T'`)];
  }
  const [first] = fenced.places;
  const rows = fenced.places.map((place) => rowsPart(writing, place, fenced.column));
  return first === undefined ? rows : [...rows, everyPart(schema, first.table, `op = 'T'`)];
}

function everyPart(schema: string, { relation }: CapturedTable, condition: string): string {
  const outbox = quoteRelation(captureNames(schema, relation).outbox);
  return `select 'every', null::bigint, null::text, null::text, null::text
    from ${outbox} where ${condition} and ${SINCE} limit 1`;
}

/** Rows that have changed, with the key that each belongs to now, as either store prints it. */
function rowsPart({ schema, limit, numberOf }: Writing, place: RowPlace, key: string): string {
  const { table, mapping, column } = place;
  const outbox = quoteRelation(captureNames(schema, table.relation).outbox);
  const width = table.key.length;
  const list = keyList(width);
  const isKnown = isNoted(schema, { relation: table.relation, column: key });
  const named = Array.from({ length: width }, (_, i) => `o.k${i + 1} as fw_${i + 1}`).join(', ');
  const printed = mapping.key.map(({ name }) => `k.${quoteName(name)}::text`).join(', ');
  return `
    select e.fw_kind, ${numberOf(place)}::bigint, s.fw_one, s.fw_two, array_to_json(array[${printed}])::text
      from (select ${named}, o.fw_kind from (
              select ${list}, case when count(distinct xid) > 1 and not ${isKnown}
                       then 'again' else 'row' end as fw_kind
                from ${outbox} where op <> 'T' and ${SINCE} group by ${list} limit ${limit + 1}) as o) as e
     cross join lateral ${keyOfSourceKey(mapping, 'e')} as k
      left join lateral (
        select ${quoteName(key)}::text as fw_one, (${column.expression})::text as fw_two
          from ${quoteRelation(mapping.source)}${whereText({ ...mapping, where: null }, hasSourceKey(mapping, 'e'))}
      ) as s on true`;
}

/**
 * The keys that rows of the follower belong to which are to be replaced: $1… their own keys, as
 * text arrays.
 */
export function formerKeysStatement({ mapping, column }: RowPlace): string {
  const matches = mapping.key
    .map(({ name, type }, i) => `f.${quoteName(name)} = u.t${i + 1}::${type.name}`)
    .join(' and ');
  return `select distinct f.${quoteName(column.name)}::text
    from ${unnestText(mapping.key.length, 1)} join ${quoteRelation(mapping.follower)} as f on ${matches}`;
}
