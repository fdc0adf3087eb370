import { oneRow, type Session } from '../postgres/session.ts';
import type { Server } from './catalogue.ts';

// `pg_walfile_name` does not work on a standby; there the last checkpoint's timeline will do, since
// nothing is going to be written.
const SERVER = `
  select current_setting('server_version_num')::int / 10000,
         current_setting('server_version'),
         (select system_identifier from pg_control_system()),
         case when pg_is_in_recovery() then (select timeline_id from pg_control_checkpoint())
              else ('x' || substr(pg_walfile_name(pg_current_wal_insert_lsn()), 1, 8))::bit(32)::int
         end,
         current_database(),
         pg_encoding_to_char((select encoding from pg_database where datname = current_database())),
         pg_is_in_recovery(),
         current_setting('wal_level'),
         coalesce(current_schema(), 'public'),
         current_user,
         r.rolsuper,
         r.rolsuper or r.rolreplication,
         has_database_privilege(current_database(), 'create'),
         has_database_privilege(current_database(), 'temporary')
    from pg_roles r where r.rolname = current_user`;

// Before 15 only a superuser could; the function that knows better is as old as the right itself.
const MAY_SET = `select has_parameter_privilege('session_replication_role', 'set')`;

/** What a server is, and what our role may do there. */
export async function readServer(session: Session): Promise<Server> {
  const row = await oneRow(session, SERVER);
  const [major, version, systemId, timeline, database, encoding, standby, walLevel, ...rest] = row;
  const [schema, role, superuser, replicate, create, temporary] = rest;
  const isSuperuser = superuser === 't';
  return {
    major: Number(major),
    version: version ?? '',
    systemId: systemId ?? '',
    timeline: Number(timeline),
    database: database ?? '',
    encoding: encoding ?? '',
    isStandby: standby === 't',
    walLevel: walLevel ?? '',
    defaultSchema: schema ?? 'public',
    role: role ?? '',
    isSuperuser,
    mayReplicate: replicate === 't',
    mayCreateSchema: create === 't',
    mayCreateTemporary: temporary === 't',
    maySetReplicaRole: isSuperuser || (Number(major) >= 15 && (await maySet(session))),
  };
}

async function maySet(session: Session): Promise<boolean> {
  return (await oneRow(session, MAY_SET))[0] === 't';
}
