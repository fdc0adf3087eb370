import type { Database } from '../postgres/database.ts';
import { coded } from '../postgres/failure.ts';
import { oneRow } from '../postgres/session.ts';

/**
 * Runs `act` while nobody else switches this migration; `null` when somebody does. The lock belongs
 * to a connection, so it goes with the process that holds it, however that ends.
 */
export function withRunLock<T>(
  database: Database,
  schema: string,
  act: () => Promise<T>,
): Promise<T | null> {
  return coded({ database: database.label, operation: 'taking the switch' }, () =>
    database.use(async (session) => {
      const [isOurs] = await oneRow(
        session,
        'select pg_try_advisory_lock(hashtextextended($1, 7))',
        [schema],
      );
      if (isOurs !== 't') return null;
      try {
        return await act();
      } finally {
        await session.rows('select pg_advisory_unlock(hashtextextended($1, 7))', [schema]);
      }
    }),
  );
}
