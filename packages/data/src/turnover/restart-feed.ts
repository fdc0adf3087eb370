import { type SourceInstant, secure } from '../capture/instant.ts';
import { formatSnapshot } from '../cursor/snapshot.ts';
import type { Feed } from '../drain/feed.ts';
import { definitionsOf, lockFollower, versionOf } from '../drain/follower.ts';
import { followerNames } from '../drain/follower-sql.ts';
import { coded } from '../postgres/failure.ts';

/**
 * Begins a feed from the given instant, whatever it knew before: when the authority has moved, what
 * the follower of the other direction had seen says nothing any more. To be called while nobody can
 * write to the source; what a follower keeps must be there.
 */
export async function restartFeed(feed: Feed, at: SourceInstant): Promise<void> {
  const { source, follower, schema, direction } = feed;
  await coded({ database: source.label, operation: 'starting the feed' }, () =>
    source.use((session) => secure(source, session, at.lsn)),
  );
  const { feed: table } = followerNames(schema);
  const snapshot = formatSnapshot(at.snapshot);
  await coded({ database: follower.label, operation: 'starting the feed' }, () =>
    follower.transaction({ reads: 'current' }, async (session) => {
      await lockFollower(session, feed);
      await session.run(`delete from ${table} where direction = $1`, [direction]);
      await session.run(
        `insert into ${table}
           (direction, snapshot, as_of, place, mark, definitions, started, current_at)
         values ($1, $2, $3, $4, $5, $6, $2, $7)`,
        [
          direction,
          snapshot,
          versionOf(at.snapshot),
          JSON.stringify(at.place),
          at.mark,
          JSON.stringify(definitionsOf(feed)),
          at.at,
        ],
      );
    }),
  );
}
