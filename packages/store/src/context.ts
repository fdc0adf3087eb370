import type { Kysely, Transaction } from 'kysely';
import type { Engine } from './schema/changes.ts';
import type { Tables } from './schema/tables.ts';

/** What every statement inside one transaction needs to know. */
export interface Context {
  readonly trx: Transaction<Tables>;
  readonly engine: Engine;
  /** The migration's name as it is stored. */
  readonly migration: string;
}

/** The database, inside a transaction or not. */
export type Database = Kysely<Tables>;

// SQLite takes 32,766 values in one statement, PostgreSQL 65,535; a row has eleven at most.
const ROWS_MAX = 500;

/** Hands rows on in pieces that fit into one statement. */
export async function inPieces<Row>(
  rows: readonly Row[],
  run: (piece: readonly Row[]) => Promise<unknown>,
): Promise<void> {
  for (let from = 0; from < rows.length; from += ROWS_MAX) {
    await run(rows.slice(from, from + ROWS_MAX));
  }
}
