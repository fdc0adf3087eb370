import { quoteName, quoteRelation, type Relation } from '../postgres/quote.ts';
import { oneRow, type Session } from '../postgres/session.ts';
import type { CapturedTable } from './capture-sql.ts';

/** How changes are caught. */
export type CaptureKind = 'trigger' | 'application' | 'logical';

/** A captured table with what changes about it. */
export interface RegisteredTable extends CapturedTable {
  readonly slot: number;
  readonly firesAlways: boolean;
}

/** The version of the tables below; a later one brings its own statements to get there. */
export const CAPTURE_VERSION = 1;

/** Creates what the registry consists of, where it is not there yet. */
export function registryStatements(schema: string): string[] {
  const s = quoteName(schema);
  return [
    `create schema if not exists ${s}`,
    `create table if not exists ${s}.capture (
       one boolean primary key default true check (one),
       migration text not null,
       kind text not null,
       capture_id uuid not null default gen_random_uuid(),
       version integer not null,
       mark bigint not null default 0,
       rotated text,
       installed_at timestamptz not null default now())`,
    `create table if not exists ${s}.captured (
       schema_name text, table_name text, key jsonb not null,
       slot integer not null default 0, rotated_at timestamptz not null default now(),
       fires_always boolean not null, base_changes bigint, base_events bigint,
       primary key (schema_name, table_name))`,
    // For reads of the follower; see reads/left-keys.ts.
    `create table if not exists ${s}.fenced (
       schema_name text, table_name text, column_name text not null,
       since xid8 not null default pg_current_xact_id(),
       primary key (schema_name, table_name))`,
    `create table if not exists ${s}.left_keys (
       xid xid8 not null default pg_current_xact_id(), key text not null)`,
    `create index if not exists left_keys_xid on ${s}.left_keys (xid)`,
  ];
}

/** True when capture has left its registry in the schema. */
export async function isInstalled(session: Session, schema: string): Promise<boolean> {
  const table = quoteRelation({ schema, table: 'capture' });
  const [there] = await oneRow(session, 'select to_regclass($1) is not null', [table]);
  return there === 't';
}

/** The number of the installation. Only where {@link isInstalled}. */
export async function readCaptureId(session: Session, schema: string): Promise<string> {
  const [id] = await oneRow(session, `select capture_id from ${quoteName(schema)}.capture`);
  return id ?? '';
}

/** The tables that are captured, in the order of their names. */
export async function readCaptured(session: Session, schema: string): Promise<RegisteredTable[]> {
  const rows = await session.rows(
    `select schema_name, table_name, key, slot, fires_always
       from ${quoteName(schema)}.captured order by 1, 2`,
  );
  return rows.map(([schemaName, table, key, slot, always]) => ({
    relation: { schema: schemaName ?? '', table: table ?? '' } satisfies Relation,
    key: JSON.parse(key ?? '[]') as CapturedTable['key'],
    slot: Number(slot),
    firesAlways: always === 't',
  }));
}
