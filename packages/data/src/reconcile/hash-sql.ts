import type { ColumnType } from '../catalogue/catalogue.ts';
import { type MappedColumn, type TableMapping, writtenColumns } from '../mapping/table-mapping.ts';
import { isText } from '../mapping/type-traits.ts';
import { quoteName, quoteRelation, type Relation } from '../postgres/quote.ts';

/**
 * How rows are hashed: by the server's own hash of a record, or, where two servers disagree on that
 * hash, by a printed form that is the same everywhere and costs four times as much.
 */
export type Hashing = 'record' | 'text';

/** The rows of one side of a mapping, as SQL that hashes them, walks and finds them. */
export interface HashedTable {
  readonly mapping: TableMapping;
  readonly side: 'source' | 'follower';
  /** For FROM: the table, under the name that expressions of the mapping know it by. */
  readonly from: string;
  /** The rows that belong to the mapping; `null` for all. */
  readonly filter: string | null;
  /** What rows are walked by, one expression per key column. */
  readonly order: readonly string[];
  /** What bounds of ranges are cast to, one type per key column. */
  readonly boundTypes: readonly string[];
  /** The follower's key, printed alike on both sides. */
  readonly printedKey: readonly string[];
  /** A 64-bit hash of everything that is compared. */
  readonly hash: string;
}

/** A side of a mapping; `relation` stands in for its table when that is not to be read itself. */
export function hashedTable(
  mapping: TableMapping,
  side: 'source' | 'follower',
  { hashing, relation }: { readonly hashing: Hashing; readonly relation?: Relation },
): HashedTable {
  const isSource = side === 'source';
  const table = mapping[side];
  const valueOf = (column: MappedColumn): string =>
    isSource ? column.expression : quoteName(column.name);
  const key = mapping.key.map(valueOf);
  return {
    mapping,
    side,
    from: `${quoteRelation(relation ?? table)} as ${quoteName(table.table)}`,
    filter: isSource ? mapping.where : mapping.followerWhere,
    order: mapping.key.map((column) => (isSource ? column.sourceOrder : column.followerOrder)),
    boundTypes: mapping.key.map((column) => column.boundType),
    printedKey: key.map((value) => `(${value})::text`),
    hash: hashOf(mapping, { hashing, valueOf }),
  };
}

/*
 * PostgreSQL combines the hashes of the columns of a record linearly: 31 times what came before,
 * plus the next one. A sum over rows of such hashes is linear too, and does not change modulo 2^64
 * when two rows swap their values of one column. What saves it is that every row is hashed with a
 * seed of its own, its key: then the same value hashes differently in every row. The seed of a
 * single integer is free of charge; that of another key costs one small hash more.
 */
function hashOf(
  mapping: TableMapping,
  {
    hashing,
    valueOf,
  }: { readonly hashing: Hashing; readonly valueOf: (c: MappedColumn) => string },
): string {
  const columns = writtenColumns(mapping);
  if (hashing === 'text') return textHash(columns, valueOf);
  const values = columns.flatMap((column) => hashedValues(column, valueOf(column)));
  const [first] = mapping.key;
  const seed =
    mapping.key.length === 1 &&
    first !== undefined &&
    /^(smallint|integer|bigint)$/.test(first.type.name)
      ? `(${valueOf(first)})::bigint`
      : `hash_record_extended(row(${mapping.key.flatMap((column) => hashedValues(column, valueOf(column))).join(', ')}), 0)`;
  return `hash_record_extended(row(${values.join(', ')}), ${seed})`;
}

/** What is hashed for a column: its value, and what its type leaves out of its own hash. */
function hashedValues(column: MappedColumn, value: string): string[] {
  const { cast } = column.comparison;
  if (cast === 'text') return [`((${value})::text collate "C")`];
  if (cast !== null) return [`(${value})::${cast}`];
  // Collations that take different texts for equal, or depend on a version, must have no say.
  const plain = isCollated(column.type) ? `((${value}) collate "C")` : `(${value})`;
  // {{1,2}} hashes as {1,2} does.
  return column.type.kind === 'array' ? [plain, `array_dims(${value})`] : [plain];
}

function isCollated(type: ColumnType): boolean {
  const element =
    type.kind === 'array' ? { ...type, kind: 'base' as const, name: type.element ?? '' } : type;
  return isText(element);
}

/*
 * Each value goes in with its length before it, and NULL as a dash: so NULL, '' and 'NULL' differ,
 * and no character can move from one column into the next unseen.
 */
function textHash(
  columns: readonly MappedColumn[],
  valueOf: (column: MappedColumn) => string,
): string {
  const fields = columns.map((column) => {
    const text = printed(column, valueOf(column));
    return `coalesce(length(${text}) || ':' || ${text}, '-')`;
  });
  return `('x' || substr(md5(${fields.join(' || ')}), 1, 16))::bit(64)::bigint`;
}

function printed({ type, comparison }: MappedColumn, value: string): string {
  if (comparison.by === 'value' && comparison.cast === null) {
    if (type.name === 'numeric') return `trim_scale(${value})::text`;
    // There is a negative zero, and it equals the other one.
    if (/^(real|double precision)$/.test(type.name)) return `((${value}) + 0)::text`;
  }
  const cast = comparison.cast === null || comparison.cast === 'text' ? '' : `::${comparison.cast}`;
  return `((${value})${cast})::text`;
}

/** ` where …`, for the rows that belong to the mapping, with further conditions. */
export function filtered(table: HashedTable, ...more: readonly string[]): string {
  const all = [...(table.filter === null ? [] : [`(${table.filter})`]), ...more];
  return all.length === 0 ? '' : ` where ${all.join(' and ')}`;
}
