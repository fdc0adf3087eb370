import type { Feed } from '../drain/feed.ts';
import { type TableMapping, writtenColumns } from '../mapping/table-mapping.ts';
import { quoteName, quoteRelation } from '../postgres/quote.ts';
import type { Row, Session } from '../postgres/session.ts';
import { codedTransaction } from './coded-transaction.ts';
import { attempt } from './compare-carefully.ts';
import { compareRange } from './compare-range.ts';
import { filtered, type HashedTable, type Hashing, hashedTable } from './hash-sql.ts';
import { keyText } from './keys.ts';
import { EVERYTHING } from './range.ts';

/** What became of the drifts that a pass planted. */
export interface Canaries {
  readonly planted: number;
  readonly found: number;
  /** Rows that were not planted and were found nevertheless: the check cries wolf. */
  readonly false: number;
}

const SHADOW = { schema: 'pg_temp', table: 'falsework_canary' };
const ROWS = 64;

const RELEASING = { mode: { reads: 'current' }, operation: 'releasing canaries' } as const;

/**
 * Copies a few rows into tables that nobody else sees, on both servers, plants drifts in them and
 * looks for these with the very statements that compare the real tables. A pass whose canaries are
 * not found is worth nothing: its expressions, hashes or ranges do not see what they should. The
 * tables are temporary and gone when this returns.
 */
export function releaseCanaries(
  feed: Feed,
  mapping: TableMapping,
  hashing: Hashing,
): Promise<Canaries> {
  return codedTransaction(feed.source, RELEASING, (source) =>
    codedTransaction(feed.follower, RELEASING, async (follower) => {
      const rows = await copyRows({ source, follower, mapping, hashing });
      const planted = await plant({ source, follower, mapping, rows });
      const tables = {
        source: hashedTable(mapping, 'source', { hashing, relation: SHADOW }),
        follower: hashedTable(mapping, 'follower', { hashing, relation: SHADOW }),
      };
      const at = { source, follower, tables, inFlight: new Map() };
      const { differing } = await compareRange(at, EVERYTHING);
      const found = new Set(differing.map(({ key }) => keyText(key)));
      const wanted = new Set(planted.map(keyText));
      return {
        planted: wanted.size,
        found: [...wanted].filter((key) => found.has(key)).length,
        false: [...found].filter((key) => !wanted.has(key)).length,
      };
    }),
  );
}

interface Shadow {
  readonly source: Session;
  readonly follower: Session;
  readonly mapping: TableMapping;
}

/**
 * Makes both shadows alike, from rows of the source, and gives their written columns as printed.
 */
async function copyRows({
  source,
  follower,
  mapping,
  hashing,
}: Shadow & { readonly hashing: Hashing }): Promise<Row[]> {
  const real = hashedTable(mapping, 'source', { hashing });
  const shadow = hashedTable(mapping, 'source', { hashing, relation: SHADOW });
  const columns = writtenColumns(mapping);
  await source.run(
    `create temporary table falsework_canary on commit drop as
     select ${quoteName(mapping.source.table)}.* from ${real.from}${filtered(real)} limit ${ROWS}`,
  );
  const names = columns.map(({ name }) => quoteName(name)).join(', ');
  await follower.run(
    `create temporary table falsework_canary on commit drop as
     select * from ${quoteRelation(mapping.follower)} with no data`,
  );
  const printed = columns.map(({ expression }) => `(${expression})::text`).join(', ');
  const read = (): Promise<Row[]> =>
    source.rows(`select ${printed} from ${shadow.from}${filtered(shadow)}`);
  let rows = await attempt(source, read);
  if (rows === null) {
    await dropUnprintable(source, shadow, printed);
    rows = await read();
  }
  const typed = columns.map(({ type }, i) => `u.t${i + 1}::${type.name}`).join(', ');
  const given = columns.map((_, i) => `$${i + 1}::text[]`).join(', ');
  const aliases = columns.map((_, i) => `t${i + 1}`).join(', ');
  await follower.run(
    `insert into pg_temp.falsework_canary (${names}) select ${typed} from unnest(${given}) as u(${aliases})`,
    columns.map((_, i) => rows.map((row) => row[i] ?? null)),
  );
  return rows;
}

/**
 * Drops rows whose values an expression cannot take: a pass finds them, but they make no canaries.
 */
async function dropUnprintable(
  source: Session,
  shadow: HashedTable,
  printed: string,
): Promise<void> {
  const places = await source.rows('select ctid::text from pg_temp.falsework_canary');
  for (const [place = null] of places) {
    const row = filtered(shadow, 'ctid = $1::tid');
    const isFine = await attempt(source, () =>
      source.rows(`select ${printed} from ${shadow.from}${row}`, [place]),
    );
    if (isFine !== null) continue;
    await source.run('delete from pg_temp.falsework_canary where ctid = $1::tid', [place]);
  }
}

interface Planting extends Shadow {
  readonly rows: readonly Row[];
}

/**
 * Plants one drift of each kind that the rows allow, each on rows of its own, and gives the keys
 * that must be found.
 */
async function plant(planting: Planting): Promise<(readonly string[])[]> {
  const free = planting.rows.map((_, i) => i);
  const keys: (readonly string[])[] = [];
  for (const drift of DRIFTS) {
    const used = await drift(planting, free);
    for (const i of used) {
      free.splice(free.indexOf(i), 1);
      keys.push(keyOf(planting, i));
    }
  }
  return keys;
}

/** Plants a drift on some of the free rows and gives those that it took. */
type Drift = (planting: Planting, free: readonly number[]) => Promise<readonly number[]>;

const missing: Drift = async ({ follower, mapping, rows }, free) => {
  const [i] = free;
  if (i === undefined) return [];
  await follower.run(
    `delete from pg_temp.falsework_canary where ${hasKey(mapping, 1)}`,
    keyParams(mapping, rows[i]),
  );
  return [i];
};

/** A row that only the follower has is one that the source has lost. */
const extra: Drift = async ({ source, mapping, rows }, free) => {
  const [i] = free;
  if (i === undefined) return [];
  const key = mapping.key.map(({ expression }, n) => `(${expression})::text = $${n + 1}`);
  const table = quoteName(mapping.source.table);
  await source.run(
    `delete from pg_temp.falsework_canary as ${table} where ${key.join(' and ')}`,
    keyParams(mapping, rows[i]),
  );
  return [i];
};

/** Two rows change one value for another: the drift to which linear checksums are blind. */
const swapped: Drift = async (planting, free) => {
  const { mapping, rows } = planting;
  for (const column of valueColumns(mapping).filter(({ isExact }) => isExact)) {
    const first = free.find((i) => rows[i]?.[column.at] !== null);
    const value = first === undefined ? null : rows[first]?.[column.at];
    const second = free.find((i) => ![null, value].includes(rows[i]?.[column.at] ?? null));
    if (first === undefined || second === undefined) continue;
    await setValue(planting, column, { row: first, value: rows[second]?.[column.at] ?? null });
    await setValue(planting, column, { row: second, value: value ?? null });
    return [first, second];
  }
  return [];
};

const nulled: Drift = async (planting, free) => {
  for (const column of valueColumns(planting.mapping)) {
    const row = free.find((i) => planting.rows[i]?.[column.at] !== null);
    if (row === undefined) continue;
    await setValue(planting, column, { row, value: null });
    return [row];
  }
  return [];
};

/**
 * NULL becomes an empty text, or a text gets a blank at its end: what careless hashes leave out.
 */
const blurred: Drift = async (planting, free) => {
  for (const column of valueColumns(planting.mapping).filter(({ isPlainText }) => isPlainText)) {
    const row = free[0];
    if (row === undefined) return [];
    const was = planting.rows[row]?.[column.at] ?? null;
    await setValue(planting, column, { row, value: was === null ? '' : `x${was.slice(1)} ` });
    return [row];
  }
  return [];
};

const DRIFTS: readonly Drift[] = [swapped, missing, extra, nulled, blurred];

interface ValueColumn {
  readonly name: string;
  readonly type: string;
  /** Its place among the written columns. */
  readonly at: number;
  readonly isPlainText: boolean;
  /** True where values that print differently are different. */
  readonly isExact: boolean;
}

// 1.0 and 1.00 are equal where values are compared, so exchanging them would be no drift.
const EXACT =
  /^(smallint|integer|bigint|boolean|uuid|text|character varying|bytea|date|timestamp|numeric\()/;

function valueColumns(mapping: TableMapping): ValueColumn[] {
  return mapping.columns.map(({ name, type, comparison }, i) => ({
    name,
    type: type.name,
    at: mapping.key.length + i,
    // A limit on the length could cut off what is added.
    isPlainText: type.name === 'text',
    isExact: comparison.by === 'text' || (type.kind === 'base' && EXACT.test(type.full)),
  }));
}

async function setValue(
  { follower, mapping, rows }: Planting,
  column: ValueColumn,
  { row, value }: { readonly row: number; readonly value: string | null },
): Promise<void> {
  await follower.run(
    `update pg_temp.falsework_canary set ${quoteName(column.name)} = $1::${column.type}
      where ${hasKey(mapping, 2)}`,
    [value, ...keyParams(mapping, rows[row])],
  );
}

function hasKey(mapping: TableMapping, first: number): string {
  return mapping.key
    .map(({ name, type }, i) => `${quoteName(name)} = $${first + i}::${type.name}`)
    .join(' and ');
}

function keyParams(mapping: TableMapping, row: Row | undefined): string[] {
  return mapping.key.map((_, i) => row?.[i] ?? '');
}

function keyOf({ mapping, rows }: Planting, i: number): readonly string[] {
  return keyParams(mapping, rows[i]);
}
