/** A table by schema and name, as PostgreSQL stores them: unquoted. */
export interface Relation {
  readonly schema: string;
  readonly table: string;
}

/**
 * A name as SQL takes it. Always quoted, so that a name can neither be a keyword nor end its own
 * quotation.
 */
export function quoteName(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** A table as SQL takes it, with its schema, so that no search path decides which one is meant. */
export function quoteRelation({ schema, table }: Relation): string {
  return `${quoteName(schema)}.${quoteName(table)}`;
}

/**
 * A constant as SQL takes it. Only for what cannot be a parameter: constant columns of a mapping,
 * which become part of views and hashes, and literals of statements that define things.
 */
export function quoteLiteral(text: string): string {
  const doubled = text.replaceAll("'", "''");
  // With a backslash inside, the meaning of plain quotes would hang on a setting of the server.
  return doubled.includes('\\') ? `E'${doubled.replaceAll('\\', '\\\\')}'` : `'${doubled}'`;
}

/** A table for people and for stored rows: `public.entries`. */
export function relationName({ schema, table }: Relation): string {
  return `${schema}.${table}`;
}

const NAME = /^(?:"((?:[^"]|"")+)"|([^".]+))(?:\.(?:"((?:[^"]|"")+)"|([^".]+)))?$/;

/**
 * Reads `table`, `schema.table`, or either part in double quotes. `null` when it is none of these.
 */
export function parseRelation(text: string, defaultSchema: string): Relation | null {
  const found = NAME.exec(text);
  if (found === null) return null;
  const first = found[1]?.replaceAll('""', '"') ?? found[2] ?? '';
  const second = found[3]?.replaceAll('""', '"') ?? found[4];
  return second === undefined
    ? { schema: defaultSchema, table: first }
    : { schema: first, table: second };
}

/** The beginning of a name, fit to be part of a longer one: PostgreSQL cuts names at 63 bytes. */
export function slug(name: string): string {
  return name
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '_')
    .slice(0, 24);
}
