import type { Sql } from './sql.ts';

/** A constant that every row gets. */
export type Constant = string | number | bigint | boolean | null;

/** How one column of the follower gets its value, when it is more than a name or an expression. */
export interface ColumnRule {
  /** A column of the source, or an expression over its columns. */
  readonly from?: string | Sql;
  /** The same value in every row. */
  readonly constant?: Constant;
  /**
   * True for a column that is the follower's own: neither written nor compared. It must be nullable
   * or have a default.
   */
  readonly isOwn?: boolean;
  /** Why it is all right that the column holds less than the source does. */
  readonly lossy?: string;
  /**
   * `value`: equal as the type sees it, so that 1.0 equals 1.00. `text`: equal as printed. `value`
   * where the type has one, when left out.
   */
  readonly compare?: 'value' | 'text';
}

/** How one column of the follower gets its value: a column of that name, an expression, or more. */
export type ColumnInput = string | Sql | ColumnRule;

/** One table of the source and the table of the follower that its rows go to. */
export interface TableInput {
  /** `ledger_entries`, or `schema.table`. */
  readonly to: string;
  /**
   * By column of the follower. Columns that are not named here come from the column of the same
   * name.
   */
  readonly columns?: Readonly<Record<string, ColumnInput>>;
  /** Columns of the source that go nowhere, each with the reason. */
  readonly dropped?: Readonly<Record<string, string>>;
  /** The rows of the source that belong to this mapping; all of them when left out. */
  readonly where?: Sql;
  /** The rows of the follower that belong to this mapping; all of them when left out. */
  readonly toWhere?: Sql;
  /**
   * Columns of the source that name a row, when they are not its primary key. They must be unique
   * and never NULL.
   */
  readonly key?: readonly string[];
  /**
   * The way back, by column of the source: what it is made of on the follower. Only for what the
   * mapping itself does not say.
   */
  readonly back?: Readonly<Record<string, string | Sql>>;
}

/** A statement whose result must be the same on both stores. */
export type InvariantInput = Sql | { readonly legacy: Sql; readonly candidate: Sql };

/**
 * What the data side of a migration is told: two stores, and how the tables of one become the
 * tables of the other. A table may be given several mappings, to be split by rows.
 *
 * ```ts
 * import { type DataPlanInput, sql, table } from '@falsework/data';
 *
 * const input: DataPlanInput = {
 *   name: 'ledger',
 *   from: 'postgres://legacy/ledger',
 *   to: 'postgres://candidate/ledger',
 *   tables: {
 *     entries: { to: 'ledger_entries', columns: { amount_cents: sql`round(amount * 100)` } },
 *   },
 *   invariants: {
 *     balanced: sql`select account, sum(amount_cents) from ${table('entries')} group by 1`,
 *   },
 * };
 * ```
 */
export interface DataPlanInput {
  /** The migration's name; what Falsework puts into the two databases is called after it. */
  readonly name: string;
  /** Address of the legacy store. */
  readonly from: string;
  /** Address of the candidate's store. */
  readonly to: string;
  /** By table of the source. */
  readonly tables: Readonly<Record<string, TableInput | readonly TableInput[]>>;
  readonly invariants?: Readonly<Record<string, InvariantInput>>;
}
