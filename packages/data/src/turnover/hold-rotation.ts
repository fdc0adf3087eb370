import { captureNames } from '../capture/names.ts';
import type { Feed } from '../drain/feed.ts';
import { coded } from '../postgres/failure.ts';
import { quoteRelation } from '../postgres/quote.ts';

/** Lets rotation go on. Never rejects. */
export type Release = () => Promise<void>;

/**
 * Keeps every event of the source's outbox until it is released, whoever drains meanwhile: the
 * tables are locked for reading, so that nobody can empty them. The transaction that holds the
 * locks reads nothing and so holds back no vacuum; it ends with its process, if that is how it
 * ends.
 */
export async function holdRotation(feed: Feed): Promise<Release> {
  if (feed.changes.kind !== 'outbox') return async () => {};
  const { source, schema, tables } = feed;
  const outboxes = tables.flatMap(({ relation }) => {
    const { slots, beside } = captureNames(schema, relation);
    return [...slots, beside].map(quoteRelation);
  });
  const { promise: released, resolve: release } = Promise.withResolvers<void>();
  const { promise: held, resolve, reject } = Promise.withResolvers<void>();
  const holding = coded({ database: source.label, operation: 'keeping the outbox' }, () =>
    source.transaction({ reads: 'current' }, async (session) => {
      await session.run(`lock table ${outboxes.join(', ')} in access share mode`);
      resolve();
      await released;
    }),
  ).catch(reject);
  await held;
  return async () => {
    release();
    await holding;
  };
}
