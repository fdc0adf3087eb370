import type { Database } from '@falsework/data';

/*
 * Everything that a migration could leave behind in a database, one line each. What the server
 * itself brings along is left out; numbers of objects are not in it, names and definitions are.
 */
const OBJECTS = `
  with own as (select oid, nspname from pg_namespace
                where nspname !~ '^pg_' and nspname <> 'information_schema')
  select line from (
    select 'schema ' || nspname from own
    union all
    select format('%s %s.%s %s', case relkind when 'r' then 'table' when 'S' then 'sequence'
                  when 'v' then 'view' else 'relation ' || relkind::text end, nspname, relname,
                  coalesce(reloptions::text, ''))
      from pg_class join own on own.oid = relnamespace where relkind <> 'i'
    union all
    select format('column %s %s %s %s %s %s', attrelid::regclass, attnum, attname,
                  format_type(atttypid, atttypmod), attnotnull, pg_get_expr(adbin, adrelid))
      from pg_attribute a join pg_class c on c.oid = attrelid join own on own.oid = relnamespace
      left join pg_attrdef d on adrelid = attrelid and adnum = attnum
     where attnum > 0 and not attisdropped and relkind <> 'i'
    union all
    select format('constraint %s %s %s', conrelid::regclass, conname, pg_get_constraintdef(p.oid))
      from pg_constraint p join own on own.oid = connamespace
    union all
    select pg_get_indexdef(indexrelid) from pg_index join pg_class c on c.oid = indexrelid
      join own on own.oid = relnamespace
    union all
    select format('%s %s', pg_get_triggerdef(t.oid), tgenabled) from pg_trigger t
      join pg_class c on c.oid = tgrelid join own on own.oid = relnamespace where not tgisinternal
    union all
    select pg_get_functiondef(p.oid) from pg_proc p join own on own.oid = pronamespace
     where prokind in ('f', 'p')
    union all
    select format('type %s %s', t.oid::regtype, (select string_agg(enumlabel, ' ' order by enumsortorder)
                  from pg_enum where enumtypid = t.oid))
      from pg_type t join own on own.oid = typnamespace where typtype in ('e', 'd')
    union all
    select format('policy %s %s', polrelid::regclass, polname) from pg_policy
    union all
    select 'event trigger ' || evtname from pg_event_trigger
    union all
    select 'publication ' || pubname from pg_publication
    union all
    select 'slot ' || slot_name from pg_replication_slots
    union all
    select 'extension ' || extname from pg_extension
    union all
    select format('setting %s', setconfig) from pg_db_role_setting
  ) as found (line) order by line collate "C"`;

/** What two looks at a database have in only one of them. */
export interface CatalogueDifference {
  readonly added: readonly string[];
  readonly removed: readonly string[];
}

/** Describes every object of a database, from PostgreSQL's own catalogue. */
export async function readObjects(database: Database): Promise<readonly string[]> {
  const rows = await database.use((session) => session.rows(OBJECTS));
  return rows.map(([line]) => line ?? '');
}

/** What came, and what went, between two looks. */
export function objectsDifference(
  before: readonly string[],
  after: readonly string[],
): CatalogueDifference {
  const [known, present] = [new Set(before), new Set(after)];
  return {
    added: after.filter((line) => !known.has(line)),
    removed: before.filter((line) => !present.has(line)),
  };
}
