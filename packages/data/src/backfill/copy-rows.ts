import type { Clock } from '@falsework/core/ports';
import { inColumns } from '../capture/event-queries.ts';
import { secure } from '../capture/instant.ts';
import { actAsDrain } from '../drain/act-as-drain.ts';
import { applyRows } from '../drain/apply-rows.ts';
import { bury } from '../drain/dead-letters.ts';
import { readWatermark, versionOf } from '../drain/follower.ts';
import { readRows } from '../drain/read-rows.ts';
import { coded } from '../postgres/failure.ts';
import { advanceCheckpoint, type SourceKey } from './checkpoint.ts';
import { asVictim, awaitTurn, type ChunkOrder, checkCurrent, instantOf } from './copy-chunk.ts';
import { keysSql, upperKeySql } from './range-sql.ts';

/** What became of a chunk that was copied row by row. */
export interface RowsCopied {
  readonly upTo: SourceKey;
  readonly isLast: boolean;
  readonly walked: number;
  readonly rows: number;
  readonly bytes: number;
  /** Rows that one of the two databases refused. They wait among the dead letters. */
  readonly refused: number;
}

/**
 * Copies a chunk the slow way, after the quick one met a row that is refused: by an expression of
 * the mapping on the source, or by a rule of the follower. The rows that are refused are found and
 * named among the dead letters, where they keep every gate shut; the others are written. All of it
 * and the checkpoint in one transaction.
 */
export function copyRows(order: ChunkOrder, clock: Clock): Promise<RowsCopied> {
  const { feed, mapping, statementTimeoutMs } = order;
  const { source, follower, schema } = feed;
  const operation = 'copying a chunk row by row';
  return coded({ database: follower.label, operation }, () =>
    follower.transaction({ reads: 'current' }, async (target) => {
      const watermark = await readWatermark(target, feed);
      await actAsDrain(target, feed);
      await asVictim(target, statementTimeoutMs);
      return coded({ database: source.label, operation }, () =>
        source.transaction({ reads: 'snapshot', isReadOnly: true }, async (session) => {
          const instant = await instantOf(session, { feed, watermark });
          await asVictim(session, statementTimeoutMs);
          const bounds = { after: order.after, upTo: order.endKey, rows: order.rows };
          const [found] = await session.rows(upperKeySql(mapping, bounds));
          const upTo = (found as SourceKey | undefined) ?? order.endKey;
          const keys = await session.rows(keysSql(mapping, { after: order.after, upTo }));
          const page = await readRows(session, mapping, inColumns(keys, mapping.sourceKey.length));
          await secure(source, session, instant.lsn);
          return coded({ database: follower.label, operation }, async () => {
            await awaitTurn(target, order);
            await checkCurrent(target, { feed, mapping, instant });
            // One less than the snapshot's own: a row that the drain has seen at the same state is
            // not to be touched; see `versionOf`.
            const version = versionOf(instant.snapshot) - 1n;
            const applied = await applyRows(target, { schema, page, version });
            const poisoned = [...page.poisoned, ...applied.poisoned];
            await bury(target, feed, { poisoned, at: clock.now() });
            const refused = poisoned.length;
            const rows = page.present.sourceKeys.length - applied.poisoned.length;
            const isLast = found === undefined || upTo.every((one, i) => one === order.endKey[i]);
            await advanceCheckpoint(
              target,
              { feed, mapping },
              {
                attempt: order.attempt,
                lastKey: upTo,
                isLast,
                rows,
                walked: keys.length,
                bytes: page.bytes,
                snapshot: instant.snapshot,
                at: clock.now(),
              },
            );
            return { upTo, isLast, walked: keys.length, rows, bytes: page.bytes, refused };
          });
        }),
      );
    }),
  );
}
