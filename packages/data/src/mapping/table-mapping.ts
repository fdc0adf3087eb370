import type { ColumnType } from '../catalogue/catalogue.ts';
import type { Relation } from '../postgres/quote.ts';
import type { Comparison } from './type-traits.ts';

/** A column of the follower and what fills it. */
export interface MappedColumn {
  readonly name: string;
  readonly type: ColumnType;
  /** SQL over the columns of the source, cast to what the column takes. */
  readonly expression: string;
  /** The column of the source when the expression is nothing else. */
  readonly from: string | null;
  readonly comparison: Comparison;
  /** Why it is all right that it holds less than the source does; `null` when it holds as much. */
  readonly lossy: string | null;
  /** Identity columns that are always generated take a value only when they are told to. */
  readonly isIdentityAlways: boolean;
}

/** A column of the key, with the order in which both sides walk through it. */
export interface KeyColumn extends MappedColumn {
  /** SQL over the source to order by: alone with its column where an index can be used. */
  readonly sourceOrder: string;
  /** The same order on the follower. */
  readonly followerOrder: string;
  /** What a bound of a range is cast to. */
  readonly boundType: string;
}

/** A column by which the source names a row. */
export interface SourceKeyColumn {
  readonly name: string;
  readonly type: ColumnType;
}

/**
 * How the rows of one table become rows of another, resolved against both catalogues. It says
 * nothing of which side is legacy: turned round, it describes the way back.
 */
export interface TableMapping {
  /** Stable, short, fit for names in the database. */
  readonly id: string;
  readonly source: Relation;
  readonly follower: Relation;
  /** What a change of the source is reported by. */
  readonly sourceKey: readonly SourceKeyColumn[];
  /** The follower's key, in the order of its index. Functions of the source's key alone. */
  readonly key: readonly KeyColumn[];
  /** The other columns that are written and compared. */
  readonly columns: readonly MappedColumn[];
  /** SQL over the columns of the source; `null` for every row. */
  readonly where: string | null;
  /** SQL over the columns of the follower; `null` for every row. */
  readonly followerWhere: string | null;
  /** Changes whenever anything above does: evidence belongs to one definition. */
  readonly definition: string;
}

/** All columns that are written, the key first. */
export function writtenColumns(mapping: TableMapping): readonly MappedColumn[] {
  return [...mapping.key, ...mapping.columns];
}
