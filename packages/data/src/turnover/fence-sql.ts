import { fingerprint } from '@falsework/core/text';
import { ORIGIN_SETTING } from '../capture/capture-sql.ts';
import { quoteLiteral, quoteName, quoteRelation, type Relation } from '../postgres/quote.ts';

/**
 * What a fenced writer gets: PostgreSQL's own code for a transaction that may only read. Pools and
 * drivers that know of failover take it for "this is not the primary any more" and connect anew,
 * which is exactly what is wanted of them.
 */
export const FENCED_STATE = '25006';

/** The table that says whether this store takes writes. */
export function epochTable(schema: string): string {
  return quoteRelation({ schema, table: 'epoch' });
}

/** The function that an application may call in its own transaction, instead of triggers. */
export function fenceFunction(schema: string): string {
  return quoteRelation({ schema, table: 'fence_check' });
}

/** The name of the trigger on each table. */
export function fenceTrigger(schema: string): string {
  return `${schema}_fence`;
}

/**
 * The advisory lock that writers share and a switch takes for itself. Made from the schema's name
 * here and not by the server's hash, which the next major version may compute otherwise.
 */
export function fenceKey(schema: string): string {
  return BigInt.asIntN(64, BigInt(`0x${fingerprint(`${schema} fence`).slice(0, 16)}`)).toString();
}

/**
 * What the fence consists of, but for the triggers. Doing it again changes nothing.
 *
 * Writers share an advisory lock until they commit; whoever switches takes it alone, so it waits
 * for the writers that are under way, and those that come later queue behind it. A row that all of
 * them lock FOR SHARE would do the same with three faults: each writer would write to that row's
 * page and to the log, a switch could starve (a locker of a row that is locked for sharing passes
 * by whoever waits to change it), and the row would be the hottest in the store. Only where a
 * transaction keeps one snapshot is the row locked as well: there a plain read would see the store
 * as it was, and the lock fails with a serialization error instead.
 */
export function fenceStatements(schema: string): string[] {
  const s = quoteName(schema);
  const table = epochTable(schema);
  const accepts = '(accepts or falls_at < pg_catalog.clock_timestamp())';
  const check = fenceFunction(schema);
  return [
    `create schema if not exists ${s}`,
    `create table if not exists ${table} (
       one boolean primary key default true check (one),
       side text not null,
       epoch bigint not null default 1,
       accepts boolean not null,
       falls_at timestamptz,
       run bigint)`,
    `create or replace function ${check}() returns bigint
     language plpgsql volatile security definer as $fw$
     declare
       takes boolean;
       present bigint;
     begin
       if pg_catalog.current_setting('${ORIGIN_SETTING}', true)
            operator(pg_catalog.=) ${quoteLiteral(schema)} then return null; end if;
       perform pg_catalog.pg_advisory_xact_lock_shared(${fenceKey(schema)});
       if pg_catalog.current_setting('transaction_isolation') operator(pg_catalog.=) 'read committed' then
         select ${accepts}, epoch into takes, present from ${table};
       else
         select ${accepts}, epoch into takes, present from ${table} for share;
       end if;
       if takes is not true then
         raise exception 'falsework: this store takes no writes (epoch %)', present
           using errcode = '${FENCED_STATE}',
                 hint = 'The other store has taken over, or is about to. Try again there.';
       end if;
       return present;
     end $fw$`,
    `create or replace function ${quoteRelation({ schema, table: 'fence' })}() returns trigger
     language plpgsql security definer as $fw$
     begin
       perform ${check}();
       return null;
     end $fw$`,
    `grant usage on schema ${s} to public`,
  ];
}

/** The trigger on one table, and whether it fires for replicated writes as well. */
export function fenceTriggerStatements(
  schema: string,
  relation: Relation,
  { firesAlways }: { readonly firesAlways: boolean },
): string[] {
  const table = quoteRelation(relation);
  const name = quoteName(fenceTrigger(schema));
  const create = `create trigger ${name} before insert or update or delete or truncate on ${table}
     for each statement execute function ${quoteRelation({ schema, table: 'fence' })}()`;
  const always = `alter table ${table} enable always trigger ${name}`;
  return firesAlways ? [create, always] : [create];
}
