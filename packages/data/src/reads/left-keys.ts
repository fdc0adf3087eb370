import { isOwnWrite } from '../capture/capture-sql.ts';
import { captureNames } from '../capture/names.ts';
import { type RegisteredTable, readCaptured } from '../capture/registry.ts';
import type { Feed } from '../drain/feed.ts';
import { coded } from '../postgres/failure.ts';
import {
  quoteLiteral,
  quoteName,
  quoteRelation,
  type Relation,
  relationName,
} from '../postgres/quote.ts';
import { oneValue, type Session } from '../postgres/session.ts';
import { type FenceKey, fencedTables } from './fenced-tables.ts';

/**
 * Has the source note the key of a read that a row belonged to, whenever it is given to another or
 * removed, in the writer's own transaction. An outbox names rows; to which key one of them belonged
 * between two transactions nobody can tell afterwards, and a fence has to hold up every key for as
 * long as such a row is on its way. It is noted for tables that triggers capture, and whose rows do
 * not have the key of a read in their own. Doing it again changes nothing; with other `keys` it
 * goes over to them, and with `null` nothing is noted any more. Throws `FW_FENCE_TABLE`, and the `FW_DATA_…` errors of databases.
 *
 * ```ts
 * await installCapture(legacy, { migration: 'ledger', kind: 'trigger', tables: feed.tables });
 * await recordLeftKeys(feed, { accounts: 'id', entries: 'account' });
 * ```
 */
export async function recordLeftKeys(
  feed: Feed,
  keys: Readonly<Record<string, FenceKey>> | null,
): Promise<void> {
  const wanted = new Map<string, string>();
  for (const table of keys === null ? [] : fencedTables(feed, keys)) {
    if (table.kind !== 'looked-up') continue;
    const [place] = table.places;
    if (place !== undefined) wanted.set(relationName(place.table.relation), table.column);
  }
  const { source, schema } = feed;
  await coded({ database: source.label, operation: 'noting the keys of reads' }, () =>
    source.transaction({ reads: 'current' }, async (session) => {
      // Locked, so that two processes do not do it at once.
      const kind = `select kind from ${quoteName(schema)}.capture for update`;
      if ((await oneValue(session, kind)) !== 'trigger') return;
      const noted = await notedColumns(session, schema);
      for (const table of await readCaptured(session, schema)) {
        const name = relationName(table.relation);
        const column = wanted.get(name);
        if (noted.get(name) === column) continue;
        await stopNoting(session, schema, table.relation);
        if (column !== undefined) await beginNoting(session, { schema, table, column });
      }
    }),
  );
}

/** A table of the source, and the column that names the key of a read. */
export interface NotedTable {
  readonly relation: Relation;
  readonly column: string;
}

/**
 * The condition that every key which a row of the table has left since a snapshot ($1, $2) was
 * noted. The trigger waited for the writers before it, so what they had written is in any snapshot
 * in which the trigger is.
 */
export function isNoted(schema: string, { relation, column }: NotedTable): string {
  return `exists (select from ${quoteName(schema)}.fenced
    where schema_name = ${quoteLiteral(relation.schema)} and table_name = ${quoteLiteral(relation.table)}
      and column_name = ${quoteLiteral(column)} and since < $1::xid8 and since <> all ($2::xid8[]))`;
}

async function notedColumns(session: Session, schema: string): Promise<Map<string, string>> {
  const rows = await session.rows(
    `select schema_name, table_name, column_name from ${quoteName(schema)}.fenced`,
  );
  return new Map(
    rows.map(([of, table, column]) => [
      relationName({ schema: of ?? '', table: table ?? '' }),
      column ?? '',
    ]),
  );
}

async function stopNoting(session: Session, schema: string, relation: Relation): Promise<void> {
  const { leftTrigger } = captureNames(schema, relation);
  await session.run(
    `drop trigger if exists ${quoteName(leftTrigger)} on ${quoteRelation(relation)}`,
  );
  await session.run(
    `delete from ${quoteName(schema)}.fenced where schema_name = $1 and table_name = $2`,
    [relation.schema, relation.table],
  );
}

interface Noting {
  readonly schema: string;
  readonly table: RegisteredTable;
  readonly column: string;
}

/**
 * The trigger fires at every update and looks for itself: with `UPDATE OF` it would not see a
 * column that another trigger sets. As in capture, all names and operators are qualified.
 */
async function beginNoting(session: Session, { schema, table, column }: Noting): Promise<void> {
  const { relation, firesAlways } = table;
  const names = captureNames(schema, relation);
  const [on, trigger] = [quoteRelation(relation), quoteName(names.leftTrigger)];
  const [was, is] = [`old.${quoteName(column)}`, `new.${quoteName(column)}`];
  await session.run(`
    create or replace function ${quoteRelation(names.leftFunction)}() returns trigger
    language plpgsql security definer as $fw$
    begin
      if ${isOwnWrite(schema)} or ${was} is null then return null; end if;
      if tg_op operator(pg_catalog.=) 'UPDATE' then
        if ${was}::text operator(pg_catalog.=) ${is}::text then return null; end if;
      end if;
      insert into ${quoteName(schema)}.left_keys (key) values (${was}::text);
      return null;
    end $fw$`);
  await session.run(`
    create trigger ${trigger} after update or delete on ${on}
       for each row execute function ${quoteRelation(names.leftFunction)}()`);
  if (firesAlways) await session.run(`alter table ${on} enable always trigger ${trigger}`);
  await session.run(
    `insert into ${quoteName(schema)}.fenced (schema_name, table_name, column_name)
     values ($1, $2, $3)`,
    [relation.schema, relation.table, column],
  );
}
