import { fault } from '@falsework/core/errors';
import type { Side } from '@falsework/core/routing';
import type { Database } from '../postgres/database.ts';
import { coded, sqlState } from '../postgres/failure.ts';
import type { Relation } from '../postgres/quote.ts';
import { oneRow, type Session } from '../postgres/session.ts';
import {
  epochTable,
  fenceKey,
  fenceStatements,
  fenceTrigger,
  fenceTriggerStatements,
} from './fence-sql.ts';

/** Whether a store takes writes. */
export interface Epoch {
  readonly side: Side;
  /** Grows whenever the store begins or ceases to take writes. */
  readonly epoch: bigint;
  readonly accepts: boolean;
  /** True for a fence that falls by itself unless it is confirmed. */
  readonly isProvisional: boolean;
  /** The run that closed it last. */
  readonly run: string | null;
}

/** What a fence belongs to. */
export interface FenceInstallation {
  readonly schema: string;
  readonly side: Side;
  readonly tables: readonly Relation[];
  /** Whether the store takes writes as long as nobody has said otherwise. */
  readonly accepts: boolean;
}

// A table is locked for the moment in which its trigger appears. Writers that queue behind us wait
// no longer than this; then they go first and we try again.
const TRIGGER_LOCK_MS = 200;
const TRIGGER_TRIES = 50;

/**
 * Installs the fence on a store, table by table; doing it again adds what is missing. Tables whose
 * owner we are not are fenced for everyone but replication.
 */
export function installFence(database: Database, fence: FenceInstallation): Promise<void> {
  const { schema, side, accepts } = fence;
  return coded({ database: database.label, operation: 'installing the fence' }, async () => {
    await database.transaction({ reads: 'current' }, async (session) => {
      await session.rows('select pg_advisory_xact_lock(hashtextextended($1, 0))', [schema]);
      for (const statement of fenceStatements(schema)) await session.run(statement);
      await session.run(
        `insert into ${epochTable(schema)} (side, accepts) values ($1, $2) on conflict do nothing`,
        [side, accepts],
      );
    });
    for (const relation of await unfenced(database, fence)) {
      await withPatience(() => fenceTable(database, { schema, relation }));
    }
  });
}

/** The tables, their partitions included, that have no fence yet. */
function unfenced(database: Database, { schema, tables }: FenceInstallation): Promise<Relation[]> {
  return database.use(async (session) => {
    const found = await session.rows(UNFENCED, [
      tables.map(({ schema: s }) => s),
      tables.map(({ table }) => table),
      fenceTrigger(schema),
    ]);
    return found.map(([s, table]) => ({ schema: s ?? '', table: table ?? '' }));
  });
}

// A statement that names a partition itself fires no trigger of the table that it belongs to.
const UNFENCED = `
  with named as (
    select c.oid from unnest($1::text[], $2::text[]) as t(s, r)
      join pg_namespace n on n.nspname = t.s
      join pg_class c on c.relnamespace = n.oid and c.relname = t.r)
  select distinct n.nspname, c.relname
    from (select oid from named
          union select p.relid from named, pg_partition_tree(named.oid) p) as a
    join pg_class c on c.oid = a.oid join pg_namespace n on n.oid = c.relnamespace
   where not exists (select from pg_trigger g where g.tgrelid = c.oid and g.tgname = $3)
   order by 1, 2`;

function fenceTable(
  database: Database,
  { schema, relation }: { readonly schema: string; readonly relation: Relation },
): Promise<void> {
  return database.transaction({ reads: 'current' }, async (session) => {
    await session.run(`set local lock_timeout = ${TRIGGER_LOCK_MS}`);
    const [isOwner] = await oneRow(
      session,
      `select pg_has_role(c.relowner, 'usage') from pg_class c join pg_namespace n on n.oid = c.relnamespace
        where n.nspname = $1 and c.relname = $2`,
      [relation.schema, relation.table],
    );
    const firesAlways = isOwner === 't';
    for (const statement of fenceTriggerStatements(schema, relation, { firesAlways })) {
      await session.run(statement);
    }
  });
}

async function withPatience(act: () => Promise<void>): Promise<void> {
  for (let tries = 1; ; tries += 1) {
    try {
      await act();
      return;
    } catch (error) {
      if (sqlState(error) !== '55P03' || tries >= TRIGGER_TRIES) throw error;
    }
  }
}

/** Whether the store takes writes; `null` where there is no fence. */
export async function readEpoch(session: Session, schema: string): Promise<Epoch | null> {
  const [there] = await oneRow(session, 'select to_regclass($1) is not null', [epochTable(schema)]);
  if (there !== 't') return null;
  const [row] = await session.rows(
    `select side, epoch, accepts or coalesce(falls_at < clock_timestamp(), false),
            falls_at is not null, run from ${epochTable(schema)}`,
  );
  if (row === undefined) return null;
  const [side, epoch, accepts, isProvisional, run] = row;
  return {
    side: side as Side,
    epoch: BigInt(epoch ?? 0),
    accepts: accepts === 't',
    isProvisional: isProvisional === 't',
    run: run ?? null,
  };
}

/** How a fence is closed. */
export interface Closing {
  readonly schema: string;
  readonly run: string;
  /** How long it waits at once for the writers under way, while others queue behind it. */
  readonly patienceMs: number;
  /** When it falls by itself unless it is confirmed before. */
  readonly fallsAfterMs: number;
}

/**
 * Ends writing: returns when every writer that had begun is over, and none can begin. The fence
 * falls by itself after a while, so that whoever dies behind it leaves no store that nobody may
 * write to. Rejects with `FW_DATA_BUSY` when a writer does not end in time; nothing was changed
 * then.
 */
export function closeFence(database: Database, closing: Closing): Promise<void> {
  const { schema, run, patienceMs, fallsAfterMs } = closing;
  return coded({ database: database.label, operation: 'fencing the writers' }, () =>
    database.transaction({ reads: 'current' }, async (session) => {
      await session.run(`set local lock_timeout = ${Math.max(1, Math.round(patienceMs))}`);
      await session.rows(`select pg_advisory_xact_lock(${fenceKey(schema)})`);
      await session.run(
        `update ${epochTable(schema)} set accepts = false, epoch = epoch + 1, run = $1,
           falls_at = clock_timestamp() + $2 * interval '1 millisecond'`,
        [run, fallsAfterMs],
      );
    }),
  );
}

/**
 * Makes a closed fence lasting, if it has stood all the time: `check` is asked while nobody can
 * write, and what it throws leaves the fence as it was. Throws `FW_TURNOVER_FENCE_FELL` when the
 * fence is not ours any more or has fallen: somebody may have written since.
 */
export function confirmFence(
  database: Database,
  { schema, run }: Pick<Closing, 'schema' | 'run'>,
  check: (session: Session) => Promise<void>,
): Promise<void> {
  return coded({ database: database.label, operation: 'confirming the fence' }, () =>
    database.transaction({ reads: 'current' }, async (session) => {
      await session.rows(`select pg_advisory_xact_lock(${fenceKey(schema)})`);
      const kept = await session.run(
        `update ${epochTable(schema)} set falls_at = null
          where not accepts and run = $1 and (falls_at is null or falls_at > clock_timestamp())`,
        [run],
      );
      if (kept === 0) throw fault('FW_TURNOVER_FENCE_FELL', { database: database.label });
      await check(session);
    }),
  );
}

/**
 * Lets a store take writes from now on; nothing happens to one that does. Nobody has to be waited
 * for: whoever writes already is not in the way of others who may.
 */
export function openFence(
  database: Database,
  { schema, run }: Pick<Closing, 'schema' | 'run'>,
): Promise<void> {
  return coded({ database: database.label, operation: 'opening the store' }, async () => {
    await database.use((session) =>
      session.run(
        `update ${epochTable(schema)} set accepts = true, falls_at = null, run = $1, epoch = epoch + 1
          where not accepts`,
        [run],
      ),
    );
  });
}

/** Keeps a store that has not taken over from taking writes; nothing happens to a closed one. */
export function keepClosed(
  database: Database,
  { schema, run }: Pick<Closing, 'schema' | 'run'>,
): Promise<void> {
  return coded({ database: database.label, operation: 'closing the store' }, () =>
    database.transaction({ reads: 'current' }, async (session) => {
      const epoch = await readEpoch(session, schema);
      if (epoch === null || (!epoch.accepts && !epoch.isProvisional)) return;
      await session.rows(`select pg_advisory_xact_lock(${fenceKey(schema)})`);
      await session.run(
        `update ${epochTable(schema)} set accepts = false, falls_at = null, run = $1, epoch = epoch + 1
          where accepts or falls_at is not null`,
        [run],
      );
    }),
  );
}

/** Who holds up the fence, for people: how many transactions, and how old the oldest is. */
export async function writersUnderWay(
  session: Session,
  schema: string,
): Promise<{ readonly count: number; readonly oldestMs: number }> {
  const [count, oldest] = await oneRow(
    session,
    `select count(*), coalesce(max(extract(epoch from clock_timestamp() - a.xact_start)) * 1000, 0)
       from pg_locks l join pg_stat_activity a on a.pid = l.pid
      where l.locktype = 'advisory' and l.mode = 'ShareLock' and l.granted
        and (l.classid::bigint << 32 | l.objid::bigint) = $1::bigint`,
    [fenceKey(schema)],
  );
  return { count: Number(count), oldestMs: Math.round(Number(oldest)) };
}
