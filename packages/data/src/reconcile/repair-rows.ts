import { type RowPage, readRows } from '../drain/read-rows.ts';
import type { TableMapping } from '../mapping/table-mapping.ts';
import { quoteName } from '../postgres/quote.ts';
import type { Session } from '../postgres/session.ts';
import { filtered, hashedTable } from './hash-sql.ts';
import { keySet, keyText } from './keys.ts';

/** A row that is to be made equal again. */
export interface Divergent {
  readonly key: readonly string[];
  readonly sourceKey: readonly string[] | null;
}

/** The rows of the source by which divergent rows are repaired. */
export interface RepairRows {
  readonly page: RowPage;
  /** Keys of the follower whose row the source has, by {@link keyText}. */
  readonly present: ReadonlySet<string>;
}

/**
 * Reads the source's rows for keys of the follower, at the instant of the session's snapshot. Where
 * the source's own key is not known, the source is asked which row would come to have this one;
 * that can take a scan of the table.
 */
export async function readRepairRows(
  source: Session,
  mapping: TableMapping,
  divergent: readonly Divergent[],
): Promise<RepairRows> {
  const unknown = divergent.filter(({ sourceKey }) => sourceKey === null);
  const foundKeys = await findSourceKeys(source, mapping, unknown);
  const keys: (readonly string[])[] = [];
  const orphans: (readonly string[])[] = [];
  for (const { key, sourceKey } of divergent) {
    const known = sourceKey ?? foundKeys.get(keyText(key));
    if (known === undefined) orphans.push(key);
    else keys.push(known);
  }
  const width = { source: mapping.sourceKey.length, follower: mapping.key.length };
  const pairs = keys.map((one) => ({ source: one, follower: [] }));
  const page = await readRows(source, mapping, keySet(pairs, width).source);
  const absent = {
    columns: page.absent.columns.map((column, i) => [
      ...column,
      ...orphans.map((key) => key[i] ?? null),
    ]),
    sourceKeys: [...page.absent.sourceKeys, ...orphans],
  };
  const [first = []] = page.present.columns;
  const present = first.map((_, row) =>
    keyText(mapping.key.map((_column, i) => page.present.columns[i]?.[row] ?? '')),
  );
  return { page: { ...page, absent }, present: new Set(present) };
}

async function findSourceKeys(
  source: Session,
  mapping: TableMapping,
  unknown: readonly Divergent[],
): Promise<ReadonlyMap<string, readonly string[]>> {
  if (unknown.length === 0) return new Map();
  const table = hashedTable(mapping, 'source', { hashing: 'record' });
  const names = mapping.key.map((_, i) => `t${i + 1}`);
  const given = names.map((_, i) => `$${i + 1}::text[]`).join(', ');
  const isSame = table.printedKey.map((value, i) => `${value} = u.t${i + 1}`);
  const own = mapping.sourceKey.map(
    ({ name }) => `(${quoteName(mapping.source.table)}.${quoteName(name)})::text`,
  );
  const rows = await source.rows(
    `select u.n - 1, ${own.join(', ')}
       from unnest(${given}) with ordinality as u(${names.join(', ')}, n)
       join ${table.from} on ${isSame.join(' and ')}${filtered(table)}`,
    mapping.key.map((_, i) => unknown.map(({ key }) => key[i] ?? '')),
  );
  return new Map(
    rows.map(([n, ...sourceKey]) => [
      keyText(unknown[Number(n)]?.key ?? []),
      sourceKey as string[],
    ]),
  );
}
