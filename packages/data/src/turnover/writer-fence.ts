import type { CallerTransaction } from '../capture/application-outbox.ts';
import { bookkeepingSchema } from '../capture/names.ts';
import { sqlState } from '../postgres/failure.ts';
import { FENCED_STATE, fenceFunction } from './fence-sql.ts';

/** How an application takes part in a switch by itself, where triggers are not wanted. */
export interface WriterFence {
  /**
   * To be called in the caller's transaction, before its first write. Until that transaction ends
   * no switch can complete. Rejects with the driver's error when the store takes no writes; see
   * {@link isFenced}.
   */
  enter(transaction: CallerTransaction): Promise<void>;
}

/**
 * The fence that an application calls itself.
 *
 * ```ts
 * await client.query('begin');
 * await fence.enter(client);
 * await client.query('update entries set amount = $2 where id = $1', [7, '10.00']);
 * await client.query('commit');
 * ```
 */
export function writerFence(migration: string): WriterFence {
  const statement = `select ${fenceFunction(bookkeepingSchema(migration))}()`;
  return {
    enter: async (transaction) => {
      await transaction.query(statement, []);
    },
  };
}

/**
 * True for the error that a writer gets from a store that takes no writes, whichever of its
 * statements it came from. The transaction is over; it may be tried again on the other store.
 */
export function isFenced(error: unknown): boolean {
  return sqlState(error) === FENCED_STATE;
}
