import { type Relation, relationName } from '../postgres/quote.ts';
import { oneValue, type Session } from '../postgres/session.ts';
import type { Column, ForeignKey, Index, OwnedSequence, Table, Trigger } from './catalogue.ts';

// What Falsework itself puts on a table is not the table's own.
const OWN_TRIGGERS = 'falsework_%';

const HEAD = `
  select json_build_object(
    'oid', c.oid::text,
    'kind', case when c.relpersistence = 'u' then 'unlogged'
                 when c.relispartition then 'partition'
                 when c.relkind = 'p' then 'partitioned'
                 when c.relkind = 'r' and exists (select from pg_inherits where inhparent = c.oid) then 'parent'
                 when c.relkind = 'r' then 'table' else 'other' end,
    'hidesRows', row_security_active(c.oid) or (c.relrowsecurity and not r.rolbypassrls
                   and not r.rolsuper and not pg_has_role(c.relowner, 'usage')),
    'replicaIdentity', case c.relreplident when 'd' then 'default' when 'n' then 'nothing'
                                           when 'f' then 'full' else 'index' end,
    'estimatedRows', case when c.relkind = 'p'
        then (select sum(nullif(k.reltuples, -1))
                from pg_partition_tree(c.oid) t join pg_class k on k.oid = t.relid where t.isleaf)
        else nullif(c.reltuples, -1) end,
    'bytes', case when c.relkind = 'p'
        then (select coalesce(sum(pg_total_relation_size(t.relid)), 0)
                from pg_partition_tree(c.oid) t)
        else pg_total_relation_size(c.oid) end,
    'privileges', array_remove(array[
        case when has_table_privilege(c.oid, 'select') then 'select' end,
        case when has_table_privilege(c.oid, 'insert') then 'insert' end,
        case when has_table_privilege(c.oid, 'update') then 'update' end,
        case when has_table_privilege(c.oid, 'delete') then 'delete' end,
        case when has_table_privilege(c.oid, 'trigger') then 'trigger' end,
        case when pg_has_role(c.relowner, 'usage') then 'own' end], null))
    from pg_class c join pg_namespace n on n.oid = c.relnamespace, pg_roles r
   where n.nspname = $1 and c.relname = $2 and c.relkind in ('r', 'p', 'v', 'm', 'f') and r.rolname = current_user`;

/*
 * Text is ordered byte by byte in C, and by code point, which in UTF-8 is the same, with the
 * built-in provider of PostgreSQL 17. The provider of a database has a column of its own since 15,
 * and its locale another name since 17, hence the detour over JSON.
 */
const BYTE_ORDERED = `
  coalesce(col.collprovider = 'b'
    or (col.collprovider = 'c' and col.collcollate in ('C', 'POSIX'))
    or (col.collprovider = 'd' and coalesce(to_jsonb(d) ->> 'datlocprovider', 'c') = 'b')
    or (col.collprovider = 'd' and coalesce(to_jsonb(d) ->> 'datlocprovider', 'c') = 'c'
        and d.datcollate in ('C', 'POSIX')), true)`;

const COLLATION = `
  case when col.collprovider = 'd'
       then concat_ws(':', coalesce(to_jsonb(d) ->> 'datlocprovider', 'c'), d.datcollate,
              coalesce(to_jsonb(d) ->> 'datlocale', to_jsonb(d) ->> 'daticulocale'),
              to_jsonb(d) ->> 'datcollversion')
       when col.oid is not null
       then concat_ws(':', col.collprovider, col.collcollate, col.collname, col.collversion) end`;

/*
 * Names of types for casts. Those that do not come with the server always carry their schema; the
 * search path is whoever's. `character` and `bit` without a length mean one of it, unless they are
 * called by their names in the catalogue (1042, 1560, and arrays of them).
 */
const TYPE_NAME = (type: string): string => `
  case when ${type}.typnamespace <> 'pg_catalog'::regnamespace
       then quote_ident(${type}.typnamespace::regnamespace::text) || '.' || quote_ident(${type}.typname)
       when ${type}.oid in (1042, 1014, 1560, 1561) then 'pg_catalog.' || ${type}.typname
       else format_type(${type}.oid, null) end`;

// A domain is followed down to what it is made of. Its own length or precision is the one that
// counts, wherever on the way it was given.
const COLUMNS = `
  with recursive base as (
    select a.attnum, a.atttypid as oid, a.atttypmod as mod from pg_attribute a
     where a.attrelid = $1::oid and a.attnum > 0 and not a.attisdropped
    union all
    select b.attnum, t.typbasetype, case when b.mod = -1 then t.typtypmod else b.mod end
      from base b join pg_type t on t.oid = b.oid where t.typtype = 'd')
  select coalesce(json_agg(json_build_object(
    'name', a.attname,
    'type', json_build_object(
       'name', ${TYPE_NAME('t')},
       'full', case when b.mod = -1 or t.typnamespace <> 'pg_catalog'::regnamespace
                    then ${TYPE_NAME('t')} else format_type(b.oid, b.mod) end,
       'kind', case when t.typcategory = 'A' and t.typelem <> 0 then 'array'
                    when t.typtype = 'e' then 'enum' when t.typtype = 'c' then 'composite'
                    when t.typtype = 'r' then 'range' when t.typtype = 'm' then 'multirange' else 'base' end,
       'isBuiltIn', t.typnamespace = 'pg_catalog'::regnamespace,
       'element', (select ${TYPE_NAME('e')} from pg_type e
                    where e.oid = t.typelem and t.typcategory = 'A'),
       'labels', (select coalesce(json_agg(e.enumlabel order by e.enumsortorder), '[]') from pg_enum e where e.enumtypid = b.oid)),
    'isNullable', not a.attnotnull,
    'hasDefault', a.atthasdef and a.attgenerated = '' or a.attidentity <> '',
    'isGenerated', a.attgenerated <> '',
    'identity', case a.attidentity when 'a' then 'always' when 'd' then 'by default' end,
    'isByteOrdered', ${BYTE_ORDERED},
    'collation', ${COLLATION}) order by a.attnum), '[]')
    from pg_attribute a
    join base b on b.attnum = a.attnum
    join pg_type t on t.oid = b.oid and t.typtype <> 'd'
    join pg_database d on d.datname = current_database()
    left join pg_collation col on col.oid = a.attcollation
   where a.attrelid = $1::oid`;

const INDEXES = `
  select coalesce(json_agg(json_build_object(
    'name', i.indexrelid::regclass::text,
    'columns', (select json_agg(a.attname order by k.n) from generate_series(0, i.indnkeyatts - 1) as k(n)
                 left join pg_attribute a on a.attrelid = i.indrelid
                  and a.attnum = i.indkey[k.n] and a.attnum > 0),
    'byteOrdered', (select json_agg(${BYTE_ORDERED} order by k.n)
                      from generate_series(0, i.indnkeyatts - 1) as k(n)
                      left join pg_collation col on col.oid = i.indcollation[k.n]),
    'isKey', i.indisunique and i.indimmediate and i.indisvalid and i.indpred is null and i.indexprs is null
             and not exists (select from pg_attribute a where a.attrelid = i.indrelid
                and a.attnum = any ((i.indkey::int2[])[0:i.indnkeyatts - 1]) and not a.attnotnull),
    'isPrimary', i.indisprimary,
    'isUnique', i.indisunique) order by i.indisprimary desc, i.indexrelid), '[]')
    from pg_index i join pg_class x on x.oid = i.indexrelid join pg_am m on m.oid = x.relam
    join pg_database d on d.datname = current_database()
   where i.indrelid = $1::oid and i.indisvalid and i.indpred is null and m.amname = 'btree'`;

const TRIGGERS = `
  select coalesce(json_agg(json_build_object('name', tgname, 'isEnabled', tgenabled <> 'D') order by tgname), '[]')
    from pg_trigger where tgrelid = $1::oid and not tgisinternal and tgname not like $2`;

const FOREIGN_KEYS = `
  select coalesce(json_agg(json_build_object('name', k.conname,
           'from', json_build_object('schema', fn.nspname, 'table', f.relname),
           'to', json_build_object('schema', tn.nspname, 'table', t.relname)) order by k.conname), '[]')
    from pg_constraint k
    join pg_class f on f.oid = k.conrelid join pg_namespace fn on fn.oid = f.relnamespace
    join pg_class t on t.oid = k.confrelid join pg_namespace tn on tn.oid = t.relnamespace
   where k.contype = 'f' and k.conparentid = 0 and (k.conrelid = $1::oid or k.confrelid = $1::oid)`;

const SEQUENCES = `
  select coalesce(json_agg(json_build_object('column', a.attname,
           'sequence', json_build_object('schema', n.nspname, 'table', s.relname)) order by a.attnum), '[]')
    from pg_depend d
    join pg_class s on s.oid = d.objid and s.relkind = 'S' join pg_namespace n on n.oid = s.relnamespace
    join pg_attribute a on a.attrelid = d.refobjid and a.attnum = d.refobjsubid
   where d.classid = 'pg_class'::regclass and d.refclassid = 'pg_class'::regclass
     and d.refobjid = $1::oid and d.deptype in ('a', 'i')`;

type Head = Omit<
  Table,
  'relation' | 'columns' | 'indexes' | 'triggers' | 'foreignKeys' | 'sequences'
> & { readonly oid: string };

/** Reads one table, view or the like; `null` when there is none of that name. */
async function readTable(session: Session, relation: Relation): Promise<Table | null> {
  const found = await oneValue(session, HEAD, [relation.schema, relation.table]);
  if (found === null) return null;
  const { oid, ...head } = JSON.parse(found) as Head;
  const part = async <T>(sql: string, ...more: string[]): Promise<T> =>
    JSON.parse((await oneValue(session, sql, [oid, ...more])) ?? 'null') as T;
  return {
    ...head,
    relation,
    columns: await part<readonly Column[]>(COLUMNS),
    indexes: await part<readonly Index[]>(INDEXES),
    triggers: await part<readonly Trigger[]>(TRIGGERS, OWN_TRIGGERS),
    foreignKeys: await part<readonly ForeignKey[]>(FOREIGN_KEYS),
    sequences: await part<readonly OwnedSequence[]>(SEQUENCES),
  };
}

/** Reads those of the tables that are there, by `schema.table`. */
export async function readTables(
  session: Session,
  relations: readonly Relation[],
): Promise<ReadonlyMap<string, Table>> {
  const tables = new Map<string, Table>();
  for (const relation of relations) {
    const table = await readTable(session, relation);
    if (table !== null) tables.set(relationName(relation), table);
  }
  return tables;
}
