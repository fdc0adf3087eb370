import type { Feed } from '../drain/feed.ts';
import { coded } from '../postgres/failure.ts';
import { quoteName } from '../postgres/quote.ts';
import { backfillStatements } from './backfill-tables.ts';

/** Creates what a backfill keeps on the follower, where it is not there yet. */
export function prepareBackfill({ follower, schema }: Feed): Promise<void> {
  return coded({ database: follower.label, operation: 'preparing the backfill' }, () =>
    follower.transaction({ reads: 'current' }, async (session) => {
      // Two that create the same at once would fail on each other.
      await session.rows('select pg_advisory_xact_lock(hashtextextended($1, 0))', [schema]);
      await session.run(`create schema if not exists ${quoteName(schema)}`);
      for (const statement of backfillStatements(schema)) await session.run(statement);
    }),
  );
}
