import { markOrigin } from '../capture/capture-sql.ts';
import type { Session } from '../postgres/session.ts';
import type { Feed } from './feed.ts';

/**
 * Tells capture on the follower that the writes of this transaction are ours, and lets them pass by
 * foreign keys and triggers where the role may: those have had their say on the source.
 */
export async function actAsDrain(session: Session, feed: Feed): Promise<void> {
  for (const statement of markOrigin(feed.schema)) await session.run(statement);
  if (feed.asReplica) await session.run('set local session_replication_role = replica');
}
