import { cutBelow, type Snapshot } from '../cursor/snapshot.ts';
import { oneValue, type Row, type Session } from '../postgres/session.ts';
import { keyList } from './capture-sql.ts';
import type { Change, KeyColumns, Window } from './change-source.ts';
import { windowCondition } from './window-sql.ts';

const OPS: Readonly<Record<string, Change['op']>> = {
  I: 'insert',
  U: 'update',
  D: 'delete',
  T: 'truncate',
  R: 'repair',
};

/** Where a window of about `limit` events ends; see `ChangeSource.cut`. */
export async function cutWindow(
  session: Session,
  events: readonly string[],
  { window, limit }: { readonly window: Window; readonly limit: number },
): Promise<Snapshot> {
  const range = events.map(
    (name) => `(select xid from ${name} where xid >= $1::xid8 and xid < $2::xid8)`,
  );
  const ordered = (offset: number): Promise<string | null> =>
    oneValue(
      session,
      `select xid from (${range.join(' union all ')}) as all_events
        order by xid offset ${offset} limit 1`,
      [String(window.after.xmax), String(window.upTo.xmax)],
    );
  const beyond = await ordered(limit);
  if (beyond === null) return window.upTo;
  const first = BigInt((await ordered(0)) ?? beyond);
  const end = BigInt(beyond) > first ? BigInt(beyond) : first + 1n;
  return cutBelow(window.upTo, end);
}

/** True when there is a truncation among the events of the window. */
export async function hasTruncation(
  session: Session,
  events: string,
  window: Window,
): Promise<boolean> {
  const { sql, params } = windowCondition(window);
  const query = `select 1 from ${events} where op = 'T' and ${sql} limit 1`;
  return (await oneValue(session, query, params)) !== null;
}

/** The number of events in the window, counted no further than `most`. */
export async function countEvents(
  session: Session,
  events: readonly string[],
  { window, most }: { readonly window: Window; readonly most: number },
): Promise<number> {
  const { sql, params } = windowCondition(window);
  const each = events.map((name) => `(select xid from ${name} where ${sql})`);
  const counted = await oneValue(
    session,
    `select count(*) from (${each.join(' union all ')} limit ${most}) as w`,
    params,
  );
  return Number(counted);
}

/** Single events in their order. */
export async function listEvents(
  session: Session,
  events: string,
  how: {
    readonly width: number;
    readonly window: Window;
    readonly limit: number;
    readonly afterId?: bigint;
  },
): Promise<Change[]> {
  const { sql, params } = windowCondition(how.window);
  const after = `id > $${params.length + 1}`;
  const rows = await session.rows(
    `select id, xid, op, ${keyList(how.width)} from ${events}
      where ${sql} and ${after} order by id limit ${how.limit}`,
    [...params, how.afterId ?? 0n],
  );
  return rows.map(([id, xid, op, ...key]) => ({
    id: BigInt(id ?? 0),
    xid: BigInt(xid ?? 0),
    op: OPS[op ?? ''] ?? 'update',
    key: op === 'T' ? [] : (key as string[]),
  }));
}

/** Rows of keys as columns of keys. */
export function inColumns(rows: readonly Row[], width: number): KeyColumns {
  return Array.from({ length: width }, (_, i) => rows.map((row) => row[i] as string));
}
