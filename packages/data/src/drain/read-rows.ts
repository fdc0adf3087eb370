import type { KeyColumns } from '../capture/change-source.ts';
import { hasSourceKey, keyOfSourceKey, sourceKeys, whereText } from '../mapping/mapped-sql.ts';
import type { TableMapping } from '../mapping/table-mapping.ts';
import { isRowError, rowErrorDetail } from '../postgres/failure.ts';
import { quoteName, quoteRelation } from '../postgres/quote.ts';
import type { Row, Session } from '../postgres/session.ts';

/** Rows of one mapping as they were at one instant of the source, in columns of printed values. */
export interface RowPage {
  readonly mapping: TableMapping;
  /** Rows that are there: written columns, the key first. */
  readonly present: {
    readonly columns: readonly (readonly (string | null)[])[];
    /** Which version of its row each is, by the transaction that wrote it. */
    readonly marks: readonly string[];
    readonly sourceKeys: readonly (readonly string[])[];
  };
  /** Rows that are not there, or do not belong to the mapping: the follower's key only. */
  readonly absent: {
    readonly columns: readonly (readonly (string | null)[])[];
    readonly sourceKeys: readonly (readonly string[])[];
  };
  /** Rows whose values the mapping's expressions cannot take. */
  readonly poisoned: readonly Poisoned[];
  readonly bytes: number;
}

/** A row that cannot be carried over, by its key, with what may be said of the reason. */
export interface Poisoned {
  readonly mapping: TableMapping;
  readonly sourceKey: readonly string[];
  readonly detail: string;
}

/**
 * Reads the rows that have the given keys of the source. In a transaction that reads a snapshot,
 * these are the rows of that instant, and a key without a row had none then. A row whose values an
 * expression cannot take is found and named, and the others are read without it. Uses savepoints.
 */
export async function readRows(
  session: Session,
  mapping: TableMapping,
  keys: KeyColumns,
): Promise<RowPage> {
  const rows: Row[] = [];
  const poisoned: Poisoned[] = [];
  await readInto(session, { mapping, keys, rows, poisoned });
  return { ...asPage(mapping, rows), poisoned };
}

/** $1… the keys of the source; see {@link RowPage} for what comes back. */
function rowsByKey(mapping: TableMapping): string {
  const source = quoteRelation(mapping.source);
  const table = quoteName(mapping.source.table);
  const list = mapping.columns.map((column) => `${column.expression} as ${quoteName(column.name)}`);
  const found = [`true as fw_there`, `${table}.xmin as fw_mark`, ...list].join(', ');
  const given = mapping.sourceKey.map((_, i) => `e.fw_${i + 1}`);
  const key = mapping.key.map((column) => `k.${quoteName(column.name)}`);
  const columns = mapping.columns.map((column) => `m.${quoteName(column.name)}`);
  return `
    select ${[...given, 'm.fw_there', 'm.fw_mark', ...key, ...columns].join(', ')}
      from ${sourceKeys(mapping, 1)} as e
     cross join lateral ${keyOfSourceKey(mapping, 'e')} as k
      left join lateral (select ${found} from ${source}
                         ${whereText(mapping, hasSourceKey(mapping, 'e'))}) as m on true`;
}

interface Reading {
  readonly mapping: TableMapping;
  readonly keys: KeyColumns;
  readonly rows: Row[];
  readonly poisoned: Poisoned[];
}

async function readInto(session: Session, reading: Reading): Promise<void> {
  const { mapping, keys, rows, poisoned } = reading;
  const count = keys[0]?.length ?? 0;
  if (count === 0) return;
  await session.run('savepoint fw_read');
  try {
    rows.push(...(await session.rows(rowsByKey(mapping), keys)));
    await session.run('release savepoint fw_read');
  } catch (error) {
    if (!isRowError(error)) throw error;
    await session.run('rollback to savepoint fw_read');
    if (count === 1) {
      const sourceKey = keys.map((column) => column[0] as string);
      poisoned.push({ mapping, sourceKey, detail: rowErrorDetail(error) });
      return;
    }
    const half = count >> 1;
    const part = (from: number, to: number): Reading => ({
      ...reading,
      keys: keys.map((column) => column.slice(from, to)),
    });
    await readInto(session, part(0, half));
    await readInto(session, part(half, count));
  }
}

function asPage(mapping: TableMapping, rows: readonly Row[]): Omit<RowPage, 'poisoned'> {
  const width = mapping.sourceKey.length;
  const keyWidth = mapping.key.length;
  const first = width + 2;
  const present = columnsOf(keyWidth + mapping.columns.length);
  const absent = columnsOf(keyWidth);
  const marks: string[] = [];
  const [presentKeys, absentKeys]: [string[][], string[][]] = [[], []];
  let bytes = 0;
  for (const row of rows) {
    const isThere = row[width] !== null;
    const into = isThere ? present : absent;
    for (let i = 0; i < into.length; i += 1) {
      const value = row[first + i] ?? null;
      bytes += value?.length ?? 0;
      into[i]?.push(value);
    }
    if (isThere) marks.push(row[width + 1] ?? '');
    (isThere ? presentKeys : absentKeys).push(row.slice(0, width) as string[]);
  }
  return {
    mapping,
    present: { columns: present, marks, sourceKeys: presentKeys },
    absent: { columns: absent, sourceKeys: absentKeys },
    bytes,
  };
}

function columnsOf(count: number): (string | null)[][] {
  return Array.from({ length: count }, () => []);
}
