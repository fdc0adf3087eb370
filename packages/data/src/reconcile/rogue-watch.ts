import { ORIGIN_SETTING } from '../capture/capture-sql.ts';
import type { Feed } from '../drain/feed.ts';
import type { TableMapping } from '../mapping/table-mapping.ts';
import { coded } from '../postgres/failure.ts';
import { quoteLiteral, quoteName, quoteRelation, type Relation } from '../postgres/quote.ts';
import { oneRow, type Session } from '../postgres/session.ts';
import { prepareReconcile, reconcileNames } from './reconcile-tables.ts';

/** Writes to the follower that are not the drain's, per mapping. */
export interface RogueWrites {
  readonly mapping: string;
  readonly count: number;
  /** Roles that did them. */
  readonly roles: readonly string[];
  /** By the follower's clock. */
  readonly lastAt: number;
}

function functionName(feed: Feed, mapping: TableMapping): Relation {
  return { schema: feed.schema, table: `rogue_${feed.direction}_${mapping.id}` };
}

function triggerNames(feed: Feed, mapping: TableMapping): { row: string; truncate: string } {
  const stem = `${feed.schema}_rogue_${mapping.id.slice(-8)}`;
  return { row: stem, truncate: `${stem}_t` };
}

/**
 * Watches the follower's tables of a feed for writes that are not ours, and notes who made them.
 * Nothing is prevented: a follower that refused writes would take down whoever makes them. The
 * watch also sees writes under `session_replication_role = replica` where our role owns the table.
 * To be taken off again before the follower becomes the authority.
 */
export function installRogueWatch(feed: Feed): Promise<void> {
  return prepareReconcile(feed).then(() =>
    coded({ database: feed.follower.label, operation: 'installing the watch' }, async () => {
      for (const mapping of feed.mappings) {
        await feed.follower.transaction({ reads: 'current' }, async (session) => {
          if (await isWatched(session, feed, mapping)) return;
          for (const statement of watchStatements(feed, mapping)) await session.run(statement);
          const [owns] = await oneRow(
            session,
            `select pg_has_role(relowner, 'usage') from pg_class where oid = $1::regclass`,
            [quoteRelation(mapping.follower)],
          );
          if (owns === 't')
            for (const one of alwaysStatements(feed, mapping)) await session.run(one);
        });
      }
    }),
  );
}

/** Takes the watch off again. Nothing is to be done where there is none. */
export function removeRogueWatch(feed: Feed): Promise<void> {
  return coded({ database: feed.follower.label, operation: 'removing the watch' }, async () => {
    for (const mapping of feed.mappings) {
      const { row, truncate } = triggerNames(feed, mapping);
      const table = quoteRelation(mapping.follower);
      await feed.follower.transaction({ reads: 'current' }, async (session) => {
        for (const name of [row, truncate]) {
          await session.run(`drop trigger if exists ${quoteName(name)} on ${table}`);
        }
        await session.run(
          `drop function if exists ${quoteRelation(functionName(feed, mapping))}()`,
        );
      });
    }
  });
}

/** True when somebody watches the follower's table of this mapping. */
export async function isWatched(
  session: Session,
  feed: Feed,
  mapping: TableMapping,
): Promise<boolean> {
  const [there] = await oneRow(
    session,
    `select exists (select from pg_trigger
       where tgrelid = $1::regclass and tgname = $2 and tgenabled <> 'D')`,
    [quoteRelation(mapping.follower), triggerNames(feed, mapping).row],
  );
  return there === 't';
}

/** What the watch has noted, per mapping; mappings without such writes are left out. */
export async function readRogueWrites(session: Session, feed: Feed): Promise<RogueWrites[]> {
  const rows = await session.rows(
    `select mapping, count(*), to_json(array_agg(distinct role)), round(extract(epoch from max(at)) * 1000)
       from ${reconcileNames(feed.schema).rogue} where direction = $1 group by 1 order by 1`,
    [feed.direction],
  );
  return rows.map(([mapping, count, roles, at]) => ({
    mapping: mapping ?? '',
    count: Number(count),
    roles: JSON.parse(roles ?? '[]') as string[],
    lastAt: Number(at),
  }));
}

/*
 * A function of its own per mapping, because the columns of the key are known when it is made: a
 * general one would have to look them up for every row. It runs as its owner, so that whoever
 * writes needs no right on our table, and every name in it is qualified.
 */
function watchStatements(feed: Feed, mapping: TableMapping): string[] {
  const into = reconcileNames(feed.schema).rogue;
  const name = quoteRelation(functionName(feed, mapping));
  const table = quoteRelation(mapping.follower);
  const keyOf = (row: 'old' | 'new'): string =>
    `array[${mapping.key.map((column) => `${row}.${quoteName(column.name)}::pg_catalog.text`).join(', ')}]`;
  const values = [feed.direction, mapping.id].map(quoteLiteral).join(', ');
  const note = (op: string, key: string): string =>
    `insert into ${into} (direction, mapping, op, key, program)
       values (${values}, '${op}', ${key}, pg_catalog.current_setting('application_name', true));`;
  const { row, truncate } = triggerNames(feed, mapping);
  return [
    `create or replace function ${name}() returns trigger language plpgsql security definer as $fw$
     begin
       if pg_catalog.current_setting('${ORIGIN_SETTING}', true) operator(pg_catalog.=) ${quoteLiteral(feed.schema)} then
         return null;
       end if;
       case tg_op
         when 'TRUNCATE' then ${note('T', 'null')}
         when 'DELETE' then ${note('D', keyOf('old'))}
         when 'INSERT' then ${note('I', keyOf('new'))}
         else ${note('U', keyOf('new'))}
           if ${keyOf('old')} operator(pg_catalog.<>) ${keyOf('new')} then ${note('D', keyOf('old'))} end if;
       end case;
       return null;
     end $fw$`,
    `create trigger ${quoteName(row)} after insert or update or delete on ${table}
       for each row execute function ${name}()`,
    `create trigger ${quoteName(truncate)} after truncate on ${table}
       for each statement execute function ${name}()`,
  ];
}

function alwaysStatements(feed: Feed, mapping: TableMapping): string[] {
  const { row, truncate } = triggerNames(feed, mapping);
  const table = quoteRelation(mapping.follower);
  return [row, truncate].map(
    (name) => `alter table ${table} enable always trigger ${quoteName(name)}`,
  );
}
