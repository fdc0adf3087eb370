import type { Database, TransactionMode } from '../postgres/database.ts';
import { coded } from '../postgres/failure.ts';
import type { Session } from '../postgres/session.ts';

/**
 * A transaction whose errors have our codes and say which store they come from, also when another
 * one is opened inside it, and when the store is gone before there is a transaction.
 */
export function codedTransaction<T>(
  database: Database,
  { mode, operation }: { readonly mode: TransactionMode; readonly operation: string },
  use: (session: Session) => Promise<T>,
): Promise<T> {
  const doing = { database: database.label, operation };
  return coded(doing, () =>
    database.transaction(mode, (session) =>
      use({
        client: session.client,
        rows: (sql, params) => coded(doing, () => session.rows(sql, params)),
        run: (sql, params) => coded(doing, () => session.run(sql, params)),
      }),
    ),
  );
}
