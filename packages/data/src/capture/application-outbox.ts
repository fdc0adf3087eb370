import { fault } from '@falsework/core/errors';
import { parseRelation, quoteRelation, relationName } from '../postgres/quote.ts';
import type { CapturedTable } from './capture-sql.ts';
import { bookkeepingSchema, captureNames } from './names.ts';

/**
 * The caller's open transaction: anything that runs a statement with parameters on one connection,
 * such as a client of `pg`.
 */
export interface CallerTransaction {
  query(text: string, values: unknown[]): Promise<unknown>;
}

/** A change that an application made and now reports. */
export interface ReportedChange {
  /** `entries` or `schema.table`, as in the plan. */
  readonly table: string;
  readonly op: 'insert' | 'update' | 'delete';
  /** The values of the key columns, in the order of the plan. */
  readonly key: readonly unknown[];
}

/** Reports changes from inside the caller's own transactions, where triggers are not wanted. */
export interface ApplicationOutbox {
  /**
   * Reports one change. It becomes known if and when the caller's transaction commits. To be called
   * for every row that is written, before or after; a change of a key is a delete of the old key
   * and an insert of the new one. Throws `FW_DATA_TABLE` for a table that is not captured; other
   * errors are the driver's own, as they would be for the caller's statements.
   */
  write(transaction: CallerTransaction, change: ReportedChange): Promise<void>;
}

const OPS = { insert: 'I', update: 'U', delete: 'D' } as const;

/**
 * The outbox that an application writes itself.
 *
 * ```ts
 * await client.query('begin');
 * await client.query('update entries set amount = $2 where id = $1', [7, '10.00']);
 * await outbox.write(client, { table: 'entries', op: 'update', key: [7] });
 * await client.query('commit');
 * ```
 */
export function applicationOutbox(
  migration: string,
  tables: readonly CapturedTable[],
  defaultSchema = 'public',
): ApplicationOutbox {
  const schema = bookkeepingSchema(migration);
  const statements = new Map(
    tables.map(({ relation, key }) => {
      const values = key.map(({ type }, i) => `$${i + 2}::${type.name}`).join(', ');
      const name = quoteRelation(captureNames(schema, relation).report);
      return [relationName(relation), `select ${name}($1::"char", ${values})`];
    }),
  );
  return {
    write: async (transaction, { table, op, key }) => {
      const relation = parseRelation(table, defaultSchema);
      const statement = relation === null ? undefined : statements.get(relationName(relation));
      if (statement === undefined) {
        throw fault('FW_DATA_TABLE', {
          table,
          database: 'the outbox',
          because: 'it is not captured',
        });
      }
      await transaction.query(statement, [OPS[op], ...key]);
    },
  };
}
