import type pg from 'pg';

/**
 * A row as the server printed it: text for every value, `null` for NULL. Values travel from one
 * server to the other, and what is never turned into a JavaScript value is never changed by it.
 */
export type Row = readonly (string | null)[];

/** What a statement may be given. Arrays become PostgreSQL arrays. */
export type Param = string | number | bigint | boolean | null | readonly (string | null)[];

/** Statements on one connection, inside or outside a transaction. */
export interface Session {
  /** Runs one statement and gives its rows. Rejects with the driver's own error. */
  rows(sql: string, params?: readonly Param[]): Promise<Row[]>;
  /** Runs one statement and gives the number of rows that it changed. */
  run(sql: string, params?: readonly Param[]): Promise<number>;
  /** The driver's connection, for COPY. */
  readonly client: pg.ClientBase;
}

/** The first row. Throws when there is none: for statements that always give one. */
export async function oneRow(
  session: Session,
  sql: string,
  params: readonly Param[] = [],
): Promise<Row> {
  const [row] = await session.rows(sql, params);
  if (row === undefined) throw new Error('A statement that always gives a row gave none.');
  return row;
}

/** The only value of the only row; `null` when there is no row. */
export async function oneValue(
  session: Session,
  sql: string,
  params: readonly Param[] = [],
): Promise<string | null> {
  const [row] = await session.rows(sql, params);
  return row?.[0] ?? null;
}

// The driver would otherwise parse dates, numbers and JSON, each with its own losses.
const AS_PRINTED = { getTypeParser: () => (text: string) => text };

/** @internal The session of a driver's connection. */
export function sessionOf(client: pg.ClientBase): Session {
  const ask = async (text: string, params: readonly Param[] = []): Promise<pg.QueryArrayResult> =>
    client.query({
      text,
      values: [...params],
      rowMode: 'array',
      types: AS_PRINTED as unknown as pg.CustomTypesConfig,
    });
  return {
    client,
    rows: async (sql, params) => (await ask(sql, params)).rows as Row[],
    run: async (sql, params) => (await ask(sql, params)).rowCount ?? 0,
  };
}
