import { cutBelow, formatSnapshot, parseSnapshot, type Snapshot } from '../cursor/snapshot.ts';
import type { Database } from '../postgres/database.ts';
import { coded, sqlState } from '../postgres/failure.ts';
import { quoteName, quoteRelation, type Relation } from '../postgres/quote.ts';
import { oneRow, oneValue, type Session } from '../postgres/session.ts';
import { functionStatements, reportStatement } from './capture-sql.ts';
import { captureNames, SLOTS } from './names.ts';
import { type RegisteredTable, readCaptured } from './registry.ts';

/** What one rotation did. */
export interface Rotated {
  /** Slots that were emptied. */
  readonly emptied: number;
  /** Tables whose writers were moved on to the next slot. */
  readonly moved: number;
}

// Nobody waits behind us for longer than this. A slot that is in use now is emptied another time.
const LOCK_TIMEOUT_MS = 100;

/**
 * Throws away events that every reader has done with, by emptying whole slots: deleting them one by
 * one would cost as much as writing them did, and a vacuum each time. `consumed` is what all
 * readers have taken, durably. A slot is emptied only while nobody writes into it and when
 * everything in it is in `consumed`, whatever the writers of other slots do meanwhile.
 */
export async function rotateOutboxes(
  database: Database,
  { schema, consumed }: { readonly schema: string; readonly consumed: Snapshot },
): Promise<Rotated> {
  return coded({ database: database.label, operation: 'emptying the outbox' }, async () => {
    const tables = await database.use((session) => readCaptured(session, schema));
    let [emptied, moved] = [0, 0];
    for (const table of tables) {
      const names = captureNames(schema, table.relation);
      const next = (table.slot + 1) % SLOTS;
      for (const [i, slot] of [...names.slots, names.beside].entries()) {
        if (i === table.slot) continue;
        if (await emptySlot(database, { schema, slot, consumed })) emptied += 1;
      }
      if (await moveOn(database, { schema, table, next })) moved += 1;
    }
    await database.use((session) => session.run(forgetLeftKeys(schema)));
    return { emptied, moved };
  });
}

// With the events that they belong to, and not before: who looks back that far needs both.
const forgetLeftKeys = (schema: string): string => `
  delete from ${quoteName(schema)}.left_keys as k using ${quoteName(schema)}.capture as c
   where pg_visible_in_snapshot(k.xid, c.rotated::pg_snapshot)`;

interface Emptying {
  readonly schema: string;
  readonly slot: Relation;
  readonly consumed: Snapshot;
}

/**
 * True when the slot was emptied. A writer holds its lock on a slot until its transaction ends, so
 * under our lock every event in it has either committed or is gone, and can be looked at.
 */
async function emptySlot(
  database: Database,
  { schema, slot, consumed }: Emptying,
): Promise<boolean> {
  const name = quoteRelation(slot);
  const [isEmpty] = await database.use((session) =>
    oneRow(session, `select not exists (select from ${name})`),
  );
  if (isEmpty === 't') return false;
  return withoutWaiting(() =>
    database.transaction({ reads: 'current' }, async (session) => {
      await session.run(`set local lock_timeout = ${LOCK_TIMEOUT_MS}`);
      await session.run(`lock table ${name} in access exclusive mode`);
      const [isConsumed] = await oneRow(
        session,
        `select not exists (select from ${name} where not pg_visible_in_snapshot(xid, $1::pg_snapshot))`,
        [formatSnapshot(consumed)],
      );
      if (isConsumed !== 't') return false;
      await noteThrownAway(session, { schema, slot, consumed });
      await session.run(`truncate ${name}`);
      return true;
    }),
  );
}

/**
 * Notes up to where events are gone, because whoever comes with an older cursor must be told that
 * something is missing. That is the newest event of the slot, and not all that readers have taken
 * by now: a cursor of a moment ago misses nothing of what was written seconds before it.
 */
async function noteThrownAway(
  session: Session,
  { schema, slot, consumed }: Emptying,
): Promise<void> {
  const newest = `select xid from ${quoteRelation(slot)} order by xid desc limit 1`;
  const xid = await oneValue(session, newest);
  const before = await oneValue(
    session,
    `select rotated from ${quoteName(schema)}.capture for update`,
  );
  const known = before === null ? 0n : parseSnapshot(before).xmax;
  const end = BigInt(xid ?? 0) + 1n;
  // Of what was noted before nothing is forgotten: another slot may have had newer events.
  const gone = cutBelow(consumed, end > known ? end : known);
  await session.run(`update ${quoteName(schema)}.capture set rotated = $1`, [formatSnapshot(gone)]);
}

interface Move {
  readonly schema: string;
  readonly table: RegisteredTable;
  readonly next: number;
}

/** Sends writers to the next slot, if they have one to leave and the next one is empty. */
async function moveOn(database: Database, { schema, table, next }: Move): Promise<boolean> {
  const names = captureNames(schema, table.relation);
  return database.transaction({ reads: 'current' }, async (session) => {
    if (!(await shouldMove(session, { names: names.slots, from: table.slot, to: next })))
      return false;
    const { relation } = table;
    // The registry's row keeps two rotations from replacing the functions at once.
    const claimed = await session.run(
      `update ${quoteName(schema)}.captured set slot = $3, rotated_at = now()
        where schema_name = $1 and table_name = $2 and slot = $4`,
      [relation.schema, relation.table, next, table.slot],
    );
    if (claimed === 0) return false;
    const kind = await oneValue(session, `select kind from ${quoteName(schema)}.capture`);
    const statements =
      kind === 'application'
        ? [reportStatement(schema, table, next)]
        : functionStatements(schema, table, next);
    for (const statement of statements) await session.run(statement);
    return true;
  });
}

async function shouldMove(
  session: Session,
  {
    names,
    from,
    to,
  }: { readonly names: readonly Relation[]; readonly from: number; readonly to: number },
): Promise<boolean> {
  const [present, next] = [names[from] as Relation, names[to] as Relation];
  const [answer] = await oneRow(
    session,
    `select exists (select from ${quoteRelation(present)})
        and not exists (select from ${quoteRelation(next)})`,
  );
  return answer === 't';
}

async function withoutWaiting(act: () => Promise<boolean>): Promise<boolean> {
  try {
    return await act();
  } catch (error) {
    if (sqlState(error) === '55P03') return false;
    throw error;
  }
}
