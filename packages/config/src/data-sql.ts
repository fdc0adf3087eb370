/** A table of the plan inside a piece of SQL: each store gets the name that it has there. */
export interface TableReference {
  readonly table: string;
}

/** A piece of SQL as data. In YAML and JSON `sql` may be one text. */
export interface SqlPiece {
  readonly sql: readonly (string | TableReference)[];
}

/**
 * A piece of SQL for the mapping of a column or for an invariant. What stands in it is written by
 * whoever migrates and goes to the databases as it is; only tables may be filled in.
 *
 * ```ts
 * import { sql, table } from '@falsework/config';
 *
 * const balanced = sql`select account, sum(amount_cents) from ${table('entries')} group by 1`;
 * ```
 */
export function sql(texts: TemplateStringsArray, ...tables: readonly TableReference[]): SqlPiece {
  const parts = texts.flatMap((text, i): (string | TableReference)[] => {
    const reference = tables[i];
    return reference === undefined ? [text] : [text, reference];
  });
  // An empty text before, between or after tables says nothing, and would be refused as SQL.
  return { sql: parts.filter((part) => part !== '') };
}

/** Names a table of the plan, as it is called in the legacy store. */
export function table(name: string): TableReference {
  return { table: name };
}
