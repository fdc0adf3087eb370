import type { SqlPiece } from './data-sql.ts';
import type { Duration } from './migration-config.ts';
import type { EnvReference } from './references.ts';

/** The two stores of a migration, and how the tables of one become the tables of the other. */
export interface DataConfig {
  /** The legacy store, as a postgres:// URL. */
  readonly from: string | EnvReference;
  /** The candidate's store. */
  readonly to: string | EnvReference;
  /** How writes of the legacy store are caught. Default `trigger`. */
  readonly capture?: 'trigger' | 'application' | 'logical';
  /** By table of the legacy store; a list splits its rows over several tables. */
  readonly tables: Readonly<Record<string, DataTableConfig | readonly DataTableConfig[]>>;
  /** Statements that must give the same on both stores. */
  readonly invariants?: Readonly<
    Record<string, SqlPiece | { readonly legacy: SqlPiece; readonly candidate: SqlPiece }>
  >;
  /** How runs that began on the old side are counted. Left out: seal is never reached. */
  readonly workflows?: 'none' | { readonly on: 'legacy' | 'candidate'; readonly count: SqlPiece };
  /**
   * Has the guard keep a read with legacy until the candidate's store has what was written on its
   * key. Left out, reads that it moves may lack writes that were acknowledged already.
   */
  readonly reads?: {
    /**
     * By table of the legacy store: the column that names the key of a read, `'*'` where each
     * change concerns every key, `null` where the reads do not look at the table.
     */
    readonly keys: Readonly<Record<string, string | null>>;
    /**
     * The same by table of the candidate's store, for the time after turnover. Left out,
     * differences of that time count as they are.
     */
    readonly keysBack?: Readonly<Record<string, string | null>>;
  };
  readonly limits?: {
    /** For how long a rehearsal of the way back counts. Default 7d. */
    readonly rehearsalValid?: Duration;
    /** For how long the gap after the seal is kept. Default 14d. */
    readonly retain?: Duration;
    /** When a fence falls by itself. Default 10s. */
    readonly fence?: Duration;
    /** How long writers wait at once for one under way. Default 250ms. */
    readonly patience?: Duration;
    /** Which part of the time comparing may work, above 0 up to 1. Default 1. */
    readonly copyShare?: number;
  };
}

/** One table of the legacy store and the table that its rows go to. */
export interface DataTableConfig {
  readonly to: string;
  /** By column of the candidate's table. Left out: the column of the same name. */
  readonly columns?: Readonly<Record<string, string | SqlPiece | DataColumnConfig>>;
  /** Columns that go nowhere, each with the reason. */
  readonly dropped?: Readonly<Record<string, string>>;
  /** The rows of the legacy table that belong here; all when left out. */
  readonly where?: SqlPiece;
  /** The rows of the candidate's table that belong here. */
  readonly toWhere?: SqlPiece;
  /** Columns that name a row, when they are not the primary key. */
  readonly key?: readonly string[];
  /** The way back, by column of the legacy table, where the mapping does not say it by itself. */
  readonly back?: Readonly<Record<string, string | SqlPiece>>;
}

/** How a column gets its value, when it is more than a name or an expression. */
export interface DataColumnConfig {
  readonly from?: string | SqlPiece;
  readonly constant?: string | number | boolean | null;
  /** True for a column that the candidate's store fills by itself. */
  readonly isOwn?: boolean;
  /** Why it is all right that it holds less. */
  readonly lossy?: string;
  readonly compare?: 'value' | 'text';
}
