import { type FalseworkError, fault } from '@falsework/core/errors';
import type { Clock } from '@falsework/core/ports';
import { pause } from '@falsework/system';
import { type CapturedTable, keyList } from '../capture/capture-sql.ts';
import { emitMarker } from '../capture/emit-marker.ts';
import type { SourceInstant } from '../capture/instant.ts';
import { readJournalPlace } from '../capture/journal.ts';
import { parseLsn } from '../capture/lsn.ts';
import { captureNames } from '../capture/names.ts';
import { type RegisteredTable, readCaptured } from '../capture/registry.ts';
import type { Feed } from '../drain/feed.ts';
import { presentInstant } from '../drain/follower.ts';
import { coded, sqlState } from '../postgres/failure.ts';
import { quoteName, quoteRelation, relationName } from '../postgres/quote.ts';
import { oneValue, type Session } from '../postgres/session.ts';
import type { CaptureSeen } from './events.ts';

/** What was seen of capture, and what was not. */
export interface CaptureSighting {
  readonly seen: readonly { readonly table: string; readonly seen: CaptureSeen }[];
  readonly missing: readonly FalseworkError[];
}

// How long the server's log may take to be read past a mark that was just written to it.
const LOG_TIMEOUT_MS = 15_000;
const LOG_LOOK_MS = 200;
// Between two looks a few milliseconds apart there are not nearly as many changes.
const EVENTS_MAX = 10_000;
const TRIGGERS = 4;

/**
 * Looks whether capture reports changes, by making some. A table that is captured by triggers has
 * one row written over with its own values, in a transaction that is rolled back once the event is
 * seen in the outbox; so nobody sees it and nothing is changed. Then a request to read that row
 * again is committed and looked for where the drain reads, through the `ChangeSource`.
 */
export async function seeCapture(feed: Feed, clock: Clock): Promise<CaptureSighting> {
  const { source, schema, changes } = feed;
  const instant = await presentInstant(feed);
  if (changes.kind === 'logical') return seeLog(feed, clock);
  const registered = await coded({ database: source.label, operation: 'reading capture' }, () =>
    source.use((session) => readCaptured(session, schema)),
  );
  const seen: { table: string; seen: CaptureSeen }[] = [];
  const missing: FalseworkError[] = [];
  for (const table of feed.tables) {
    const name = relationName(table.relation);
    const known = registered.find((one) => relationName(one.relation) === name);
    const found =
      known === undefined
        ? refuse(feed, name, 'it is not captured')
        : await seeTable(feed, known, instant.kind === 'trigger');
    if (typeof found === 'string') seen.push({ table: name, seen: found });
    else missing.push(found);
  }
  return { seen, missing };
}

async function seeTable(
  feed: Feed,
  table: RegisteredTable,
  isByTriggers: boolean,
): Promise<CaptureSeen | FalseworkError> {
  const { source } = feed;
  return coded({ database: source.label, operation: 'trying capture' }, async () => {
    const name = relationName(table.relation);
    if (isByTriggers && !(await hasTriggers(feed, table))) {
      return refuse(feed, name, 'its triggers are missing or disabled');
    }
    const touched = isByTriggers ? await touch(feed, table) : 'nothing';
    if (touched === 'unreported') {
      return refuse(feed, name, 'a change that was tried on it was not reported');
    }
    const reported = await report(feed, table);
    if (reported === 'unseen') {
      return refuse(feed, name, 'a committed event of it did not come out of its outbox');
    }
    if (!isByTriggers) return 'application';
    return touched === 'reported' ? 'change' : 'triggers';
  });
}

async function hasTriggers(
  { source, schema }: Feed,
  { relation }: CapturedTable,
): Promise<boolean> {
  const { triggers } = captureNames(schema, relation);
  const count = await source.use((session) =>
    oneValue(
      session,
      `select count(*) from pg_trigger where tgrelid = $1::regclass and tgname = any ($2::text[])
        and tgenabled in ('O', 'A') and not tgisinternal`,
      [quoteRelation(relation), Object.values(triggers)],
    ),
  );
  return Number(count) === TRIGGERS;
}

/** Writes one row over with what it holds, looks for the event, and takes it all back. */
async function touch(
  { source, schema }: Feed,
  { relation, key, firesAlways }: RegisteredTable,
): Promise<'reported' | 'unreported' | 'nothing'> {
  const table = quoteRelation(relation);
  return source.use(async (session) => {
    const column = await oneValue(session, WRITABLE_COLUMN, [table]);
    if (column === null) return 'nothing';
    await session.run('begin');
    try {
      await session.run(`set local lock_timeout = '1s'`);
      // Where it may be, the table's own triggers are passed by: some forbid any update.
      if (firesAlways) await passTriggersBy(session);
      const names = key.map(({ name }) => quoteName(name));
      const changed = await session.run(
        `update ${table} set ${column} = ${column} where (${names.join(', ')}) in
           (select ${names.join(', ')} from ${table} limit 1 for update skip locked)`,
      );
      if (changed === 0) return 'nothing';
      const outbox = quoteRelation(captureNames(schema, relation).outbox);
      const events = await oneValue(
        session,
        `select count(*) from ${outbox} where xid = pg_current_xact_id()`,
      );
      return events === '0' ? 'unreported' : 'reported';
    } catch (error) {
      // The row or the table is not ours to write, now or ever; its triggers are there all the
      // same.
      if (sqlState(error) === null) throw error;
      return 'nothing';
    } finally {
      await session.run('rollback');
    }
  });
}

const WRITABLE_COLUMN = `
  select quote_ident(attname) from pg_attribute
   where attrelid = $1::regclass and attnum > 0 and not attisdropped and attgenerated = ''
     and attidentity <> 'a' and has_column_privilege(attrelid, attnum, 'update')
   order by attnum desc limit 1`;

async function passTriggersBy(session: Session): Promise<void> {
  await session.run('savepoint fw_role');
  try {
    await session.run('set local session_replication_role = replica');
  } catch (error) {
    if (sqlState(error) !== '42501') throw error;
    await session.run('rollback to savepoint fw_role');
  }
}

/** Commits a request to read one row again, and looks for it where the drain does. */
async function report(feed: Feed, table: CapturedTable): Promise<'seen' | 'unseen' | 'nothing'> {
  const { source, schema, changes } = feed;
  const before = await presentInstant(feed);
  const beside = quoteRelation(captureNames(schema, table.relation).beside);
  const names = table.key.map(({ name }) => quoteName(name)).join(', ');
  const list = keyList(table.key.length);
  const [row] = await source.use((session) =>
    session.rows(
      `insert into ${beside} (op, ${list})
       select 'R', ${names} from ${quoteRelation(table.relation)} limit 1 returning id`,
    ),
  );
  if (row === undefined) return 'nothing';
  const after = await presentInstant(feed);
  await changes.settle(after);
  const window = { after: before.snapshot, upTo: after.snapshot };
  const events = await source.use((session) =>
    changes.changes(session, table, { window, limit: EVENTS_MAX }),
  );
  const isSeen = events.some(({ id }) => String(id) === row[0]) || events.length === EVENTS_MAX;
  return isSeen ? 'seen' : 'unseen';
}

async function seeLog(feed: Feed, clock: Clock): Promise<CaptureSighting> {
  const { source, tables, changes } = feed;
  const names = tables.map(({ relation }) => relationName(relation));
  await coded({ database: source.label, operation: 'trying capture' }, () =>
    source.use((session) => emitMarker(session, 'backfill')),
  );
  const instant = await presentInstant(feed);
  try {
    await changes.settle(instant);
  } catch (error) {
    // Only one process at a time can read the log; it may be the drain's, and then its journal
    // shows that it does.
    if (!(await isJournaled(feed, clock, instant))) {
      const because = 'the log was not read past a mark that was written to it';
      return { seen: [], missing: names.map((name) => refuse(feed, name, because, error)) };
    }
  }
  return { seen: names.map((table) => ({ table, seen: 'log' })), missing: [] };
}

async function isJournaled(
  { follower, schema }: Feed,
  clock: Clock,
  { lsn, place }: SourceInstant,
): Promise<boolean> {
  const until = clock.monotonicMs() + LOG_TIMEOUT_MS;
  const never = new AbortController().signal;
  for (;;) {
    const read = await coded({ database: follower.label, operation: 'reading the journal' }, () =>
      follower.use((session) => readJournalPlace(session, schema)).catch(absent),
    );
    if (read?.captureId === place.captureId && read.lsn >= parseLsn(lsn)) return true;
    if (clock.monotonicMs() >= until) return false;
    await pause(clock, LOG_LOOK_MS, never);
  }
}

function absent(error: unknown): null {
  if (sqlState(error) === '42P01') return null;
  throw error;
}

function refuse(
  { source }: Feed,
  ...[table, because, cause]: [table: string, because: string, cause?: unknown]
): FalseworkError {
  return fault('FW_DATA_BACKFILL_CAPTURE', { table, database: source.label, because }, cause);
}
