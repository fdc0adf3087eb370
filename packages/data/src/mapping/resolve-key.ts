import { type FalseworkError, fault } from '@falsework/core/errors';
import type { Column, Index, Table } from '../catalogue/catalogue.ts';
import { quoteName, relationName } from '../postgres/quote.ts';
import type { KeyColumn, MappedColumn, SourceKeyColumn } from './table-mapping.ts';
import { castOf, isOrderedAlike, isText } from './type-traits.ts';

/** The columns by which the source names its rows, or why there are none. */
export function sourceKeyOf(
  table: Table,
  asked: readonly string[] | undefined,
): readonly SourceKeyColumn[] | FalseworkError {
  const names = asked ?? keyIndex(table)?.columns ?? [];
  const columns = names.map((name) => table.columns.find((column) => column.name === name));
  const name = relationName(table.relation);
  if (columns.length === 0) {
    const because =
      'it has neither a primary key nor a unique index over columns that are NOT NULL';
    return fault('FW_DATA_KEY', { table: name, because });
  }
  const missing = names.find((_, i) => columns[i] === undefined);
  if (missing !== undefined) {
    return fault('FW_DATA_KEY', { table: name, because: `it has no column ${missing}` });
  }
  const isNaming = table.indexes.some(
    (index) => index.isKey && index.columns.every((column) => names.includes(column ?? '')),
  );
  if (!isNaming) {
    const because = `no unique index says that ${names.join(', ')} names one row, and none of it may be NULL`;
    return fault('FW_DATA_KEY', { table: name, because });
  }
  return (columns as Column[]).map((column) => ({ name: column.name, type: column.type }));
}

/**
 * The follower's key with the order in which both sides are walked, or why that is not possible.
 */
export function followerKeyOf(
  { source, follower }: { readonly source: Table; readonly follower: Table },
  mapped: readonly MappedColumn[],
): readonly KeyColumn[] | FalseworkError {
  const name = relationName(follower.relation);
  const index = keyIndex(follower);
  if (index === undefined) {
    const because =
      'it has neither a primary key nor a unique index over columns that are NOT NULL';
    return fault('FW_DATA_KEY', { table: name, because });
  }
  const columns = index.columns.map((column) => mapped.find((one) => one.name === column));
  const unfilled = index.columns.find((_, i) => columns[i] === undefined);
  if (unfilled !== undefined) {
    const because = `its key column ${unfilled} is filled by nothing, so a row could not be found again`;
    return fault('FW_DATA_KEY', { table: name, because });
  }
  return (columns as MappedColumn[]).map((column) => ordered(column, { source, follower }));
}

/** The index whose columns name rows: the primary key before any other. */
function keyIndex(table: Table): (Index & { readonly columns: readonly string[] }) | undefined {
  const found = table.indexes.find((index) => index.isPrimary && index.isKey);
  const chosen = found ?? table.indexes.find((index) => index.isKey);
  return chosen as (Index & { readonly columns: readonly string[] }) | undefined;
}

function ordered(
  column: MappedColumn,
  { source, follower }: { readonly source: Table; readonly follower: Table },
): KeyColumn {
  const from = source.columns.find((one) => one.name === column.from);
  const to = follower.columns.find((one) => one.name === column.name);
  const boundType = castOf(column.type) ?? column.type.name;
  const followerName = quoteName(column.name);
  if (from !== undefined && isOrderedAlike(from.type) && isOrderedAlike(column.type)) {
    // Without a cast around it the source's own index serves, also for a narrower integer.
    const sourceOrder = isComparable(from, column) ? quoteName(from.name) : column.expression;
    return { ...column, sourceOrder, followerOrder: followerName, boundType };
  }
  if (isOrderedAlike(column.type)) {
    return { ...column, sourceOrder: column.expression, followerOrder: followerName, boundType };
  }
  if (isText(column.type) && from !== undefined && isText(from.type)) {
    const bytes = (name: string, isAlready: boolean): string =>
      isAlready ? name : `${name} COLLATE "C"`;
    return {
      ...column,
      sourceOrder: bytes(quoteName(from.name), from.isByteOrdered),
      followerOrder: bytes(followerName, to?.isByteOrdered ?? false),
      boundType: 'text',
    };
  }
  // Printed alike on both servers, and so ordered alike byte by byte.
  return {
    ...column,
    sourceOrder: `(${column.expression})::text COLLATE "C"`,
    followerOrder: `${followerName}::text COLLATE "C"`,
    boundType: 'text',
  };
}

const INTEGERS = new Set(['smallint', 'integer', 'bigint']);

/** True when an index on the one can be asked with values of the other. */
function isComparable(from: Column, column: MappedColumn): boolean {
  if (from.type.name === column.type.name) return true;
  return INTEGERS.has(from.type.name) && INTEGERS.has(column.type.name);
}
