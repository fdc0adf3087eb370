import { quoteLiteral, quoteName } from '../postgres/quote.ts';

/** A table of the plan, named as in `tables`; stands for the mapped rows on either side. */
export interface TableReference {
  readonly table: string;
}

/** A column by name, quoted for you. */
export interface ColumnReference {
  readonly column: string;
}

/** A piece of SQL. Text is taken as it is written; everything else in it is quoted. */
export interface Sql {
  readonly sql: readonly (string | TableReference)[];
}

/** What may stand in a piece of SQL besides its own text. */
export type SqlValue =
  | Sql
  | TableReference
  | ColumnReference
  | string
  | number
  | bigint
  | boolean
  | null;

/**
 * A piece of SQL that a mapping or an invariant consists of. Numbers, strings and so on become
 * quoted constants; {@link column} and {@link table} become quoted names; other pieces are put in
 * as they are. It is the author's own text, run with the rights of the role that migrates.
 *
 * ```ts
 * import { column, sql, table } from '@falsework/data';
 *
 * const cents = sql`round(${column('amount')} * ${100})`;
 * const balanced = sql`select account, sum(amount_cents) from ${table('entries')} group by 1`;
 * ```
 */
export function sql(text: TemplateStringsArray, ...values: readonly SqlValue[]): Sql {
  const parts: (string | TableReference)[] = [];
  for (const [i, piece] of text.entries()) {
    parts.push(piece);
    if (i < values.length) parts.push(...partsOf(values[i] as SqlValue));
  }
  return { sql: joined(parts) };
}

/** A table of the plan inside {@link sql}: its mapped rows, whichever store is asked. */
export function table(name: string): TableReference {
  return { table: name };
}

/** A column inside {@link sql}, quoted. */
export function column(name: string): ColumnReference {
  return { column: name };
}

/** True for a piece of SQL, also one that was written as `{ sql: "…" }` in YAML or JSON. */
export function isSql(value: unknown): value is Sql {
  if (typeof value !== 'object' || value === null || !('sql' in value)) return false;
  return typeof value.sql === 'string' || Array.isArray(value.sql);
}

/**
 * The text of a piece of SQL. `tableText` gives the text for each table of the plan that it names.
 */
export function sqlText(
  piece: Sql | { readonly sql: string },
  tableText: (name: string) => string,
): string {
  if (typeof piece.sql === 'string') return piece.sql;
  return piece.sql
    .map((part) => (typeof part === 'string' ? part : tableText(part.table)))
    .join('');
}

/** Names of the tables of the plan that a piece of SQL mentions. */
export function tablesIn(piece: Sql | { readonly sql: string }): string[] {
  if (typeof piece.sql === 'string') return [];
  return piece.sql.flatMap((part) => (typeof part === 'string' ? [] : [part.table]));
}

/** A constant as SQL takes it. */
export function constantText(value: string | number | bigint | boolean | null): string {
  if (value === null) return 'NULL';
  if (typeof value === 'string') return quoteLiteral(value);
  // `Infinity` and `NaN` are no numbers to SQL, but PostgreSQL reads them from text.
  if (typeof value === 'number' && !Number.isFinite(value)) return quoteLiteral(String(value));
  return String(value);
}

function partsOf(value: SqlValue): readonly (string | TableReference)[] {
  if (typeof value !== 'object' || value === null) return [constantText(value)];
  if ('column' in value) return [quoteName(value.column)];
  if ('table' in value) return [value];
  return value.sql;
}

function joined(parts: readonly (string | TableReference)[]): (string | TableReference)[] {
  const result: (string | TableReference)[] = [];
  for (const part of parts) {
    const last = result.at(-1);
    if (typeof part === 'string' && typeof last === 'string') {
      result[result.length - 1] = last + part;
    } else if (part !== '') {
      result.push(part);
    }
  }
  return result;
}
