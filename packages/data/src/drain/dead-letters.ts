import type { Instant } from '@falsework/core/ports';
import type { KeyColumns } from '../capture/change-source.ts';
import type { TableMapping } from '../mapping/table-mapping.ts';
import { oneValue, type Session } from '../postgres/session.ts';
import type { Feed } from './feed.ts';
import { followerNames } from './follower-sql.ts';
import type { Poisoned, RowPage } from './read-rows.ts';

/** A row that could not be carried over. As long as there is one, no gate opens. */
export interface DeadLetter {
  readonly mapping: string;
  /** Of the source, as printed. */
  readonly key: readonly string[];
  /** What the server said of it, without the row. */
  readonly detail: string;
  readonly attempts: number;
  readonly firstAt: Instant;
  readonly lastAt: Instant;
}

/** The number of rows that could not be carried over. */
export async function countDeadLetters(session: Session, feed: Feed): Promise<number> {
  const table = followerNames(feed.schema).deadLetter;
  const sql = `select count(*) from ${table} where direction = $1`;
  return Number(await oneValue(session, sql, [feed.direction]));
}

/** The rows that could not be carried over, the oldest first, at most `limit` of them. */
export async function listDeadLetters(
  session: Session,
  feed: Feed,
  limit: number,
): Promise<DeadLetter[]> {
  const rows = await session.rows(
    `select mapping, key, detail, attempts, first_at, last_at
       from ${followerNames(feed.schema).deadLetter} where direction = $1
      order by first_at, mapping, key limit ${limit}`,
    [feed.direction],
  );
  return rows.map(([mapping, key, detail, attempts, firstAt, lastAt]) => ({
    mapping: mapping ?? '',
    key: JSON.parse(key ?? '[]') as string[],
    detail: detail ?? '',
    attempts: Number(attempts),
    firstAt: Number(firstAt),
    lastAt: Number(lastAt),
  }));
}

/** Keys of the source of one mapping that could not be carried over, in columns. */
export async function deadKeys(
  session: Session,
  feed: Feed,
  { mapping, limit }: { readonly mapping: TableMapping; readonly limit: number },
): Promise<KeyColumns> {
  const rows = await session.rows(
    `select key from ${followerNames(feed.schema).deadLetter}
      where direction = $1 and mapping = $2 order by last_at limit ${limit}`,
    [feed.direction, mapping.id],
  );
  const keys = rows.map(([key]) => JSON.parse(key ?? '[]') as string[]);
  return mapping.sourceKey.map((_, i) => keys.map((key) => key[i] ?? ''));
}

/** Remembers rows that could not be carried over; again for those that are known already. */
export async function bury(
  session: Session,
  feed: Feed,
  { poisoned, at }: { readonly poisoned: readonly Poisoned[]; readonly at: Instant },
): Promise<void> {
  if (poisoned.length === 0) return;
  await session.run(
    `insert into ${followerNames(feed.schema).deadLetter} as d
       (direction, mapping, key, detail, first_at, last_at)
     select $1, u.mapping, u.key::jsonb, min(u.detail), $5, $5
       from unnest($2::text[], $3::text[], $4::text[]) as u(mapping, key, detail) group by 2, 3
     on conflict (direction, mapping, key) do update
       set detail = excluded.detail, attempts = d.attempts + 1, last_at = excluded.last_at`,
    [
      feed.direction,
      poisoned.map(({ mapping }) => mapping.id),
      poisoned.map(({ sourceKey }) => JSON.stringify(sourceKey)),
      poisoned.map(({ detail }) => detail),
      at,
    ],
  );
}

/** Forgets those rows of a page that got through after all. */
export async function raise(
  session: Session,
  feed: Feed,
  { page, poisoned }: { readonly page: RowPage; readonly poisoned: readonly Poisoned[] },
): Promise<void> {
  const failed = new Set(poisoned.map(({ sourceKey }) => JSON.stringify(sourceKey)));
  const keys = [...page.present.sourceKeys, ...page.absent.sourceKeys]
    .map((key) => JSON.stringify(key))
    .filter((key) => !failed.has(key));
  if (keys.length === 0) return;
  await session.run(
    `delete from ${followerNames(feed.schema).deadLetter}
      where direction = $1 and mapping = $2 and key = any ($3::text[]::jsonb[])`,
    [feed.direction, page.mapping.id, keys],
  );
}
