import type { SourceKeyColumn } from '../mapping/table-mapping.ts';
import { quoteLiteral, quoteName, quoteRelation, type Relation } from '../postgres/quote.ts';
import { captureNames } from './names.ts';
import { wakeStatement } from './wake-up.ts';

/** A table whose changes are to be reported, and the columns that name its rows. */
export interface CapturedTable {
  readonly relation: Relation;
  readonly key: readonly SourceKeyColumn[];
}

/** The setting by which our own writes are told from everybody else's; its value is our schema. */
export const ORIGIN_SETTING = 'falsework.origin';

/** The prefix of the message by which readers of the log tell our transactions from others. */
export const ORIGIN_MESSAGE = 'falsework.origin';

/**
 * Statements that mark the present transaction as ours, so that capture on this side does not send
 * it back: a setting that triggers look at, and a message that readers of the log come upon before
 * the first row.
 */
export function markOrigin(schema: string): string[] {
  return [
    `set local ${ORIGIN_SETTING} = ${quoteLiteral(schema)}`,
    `select pg_logical_emit_message(true, ${quoteLiteral(ORIGIN_MESSAGE)}, ${quoteLiteral(schema)})`,
  ];
}

/** The list of key columns of an outbox, `k1, k2`. */
export function keyList(count: number, prefix = ''): string {
  return Array.from({ length: count }, (_, i) => `${prefix}k${i + 1}`).join(', ');
}

/**
 * The outbox of one table: a parent that is read, slots that are written in turn, and the events
 * beside the one per changed row. Number and transaction are the server's to fill in; the number is
 * taken while the row is locked, so that per key the order of numbers is the order of commits.
 */
export function outboxStatements(schema: string, { relation, key }: CapturedTable): string[] {
  const names = captureNames(schema, relation);
  const sequence = quoteRelation(names.sequence);
  const columns = key.map(({ type }, i) => `k${i + 1} ${type.name}`).join(', ');
  const outbox = quoteRelation(names.outbox);
  const children = [...names.slots, names.beside].map(quoteRelation);
  return [
    `create sequence ${sequence}`,
    `create table ${outbox} (
       id bigint not null default nextval(${quoteLiteral(sequence)}::regclass),
       xid xid8 not null default pg_current_xact_id(),
       op "char" not null, ${columns})`,
    ...children.map((child) => `create table ${child} () inherits (${outbox})`),
    ...children.map((child) => `create index on ${child} (xid)`),
  ];
}

/**
 * The functions that report changes into one slot. Rotation replaces them. They run as their owner,
 * so that whoever may write the table needs no right on the outbox; every name and operator in them
 * is qualified, so that no search path changes what they do. A condition on the trigger (`WHEN`)
 * would be evaluated before the call, but costs 5 µs per statement where this costs half of one:
 * PostgreSQL reads it from its text form each time.
 */
export function functionStatements(
  schema: string,
  { relation, key }: CapturedTable,
  slot: number,
): string[] {
  const names = captureNames(schema, relation);
  const into = quoteRelation(names.slots[slot] as Relation);
  const beside = quoteRelation(names.beside);
  const list = keyList(key.length);
  const keyOf = (row: 'old' | 'new'): string =>
    key.map(({ name }) => `${row}.${quoteName(name)}`).join(', ');
  const report = (table: string, op: string, row: 'old' | 'new'): string =>
    `insert into ${table} (op, ${list}) values ('${op}', ${keyOf(row)});`;
  const body = (name: Relation, act: string): string => `
    create or replace function ${quoteRelation(name)}() returns trigger
    language plpgsql security definer as $fw$
    begin
      if ${isOwnWrite(schema)} then return null; end if;
      ${act}${wakeStatement(schema)}
      return null;
    end $fw$`;
  return [
    body(names.insertFunction, report(into, 'I', 'new')),
    body(
      names.updateFunction,
      `if ${isMoved(key)} then ${report(beside, 'D', 'old')} end if;
      ${report(into, 'U', 'new')}`,
    ),
    body(names.deleteFunction, report(into, 'D', 'old')),
    body(names.truncateFunction, `insert into ${beside} (op) values ('T');`),
  ];
}

/**
 * The function by which an application reports a change itself, into one slot. It runs as its
 * owner, like those of the triggers.
 */
export function reportStatement(
  schema: string,
  { relation, key }: CapturedTable,
  slot: number,
): string {
  const names = captureNames(schema, relation);
  const params = key.map(({ type }, i) => `k${i + 1} ${type.name}`).join(', ');
  const list = keyList(key.length);
  const values = key.map((_, i) => `$${i + 2}`).join(', ');
  return `
    create or replace function ${quoteRelation(names.report)}(op "char", ${params}) returns void
    language plpgsql security definer as $fw$
    begin
      insert into ${quoteRelation(names.slots[slot] as Relation)} (op, ${list}) values ($1, ${values});${wakeStatement(schema)}
    end $fw$`;
}

/** The triggers of one table, and whether they fire for replicated writes as well. */
export function triggerStatements(
  schema: string,
  { relation }: CapturedTable,
  { firesAlways }: { readonly firesAlways: boolean },
): string[] {
  const names = captureNames(schema, relation);
  const table = quoteRelation(relation);
  const events = [
    { event: 'insert', level: 'row', calls: names.insertFunction },
    { event: 'update', level: 'row', calls: names.updateFunction },
    { event: 'delete', level: 'row', calls: names.deleteFunction },
    { event: 'truncate', level: 'statement', calls: names.truncateFunction },
  ] as const;
  return events.flatMap(({ event, level, calls }) => {
    const name = quoteName(names.triggers[event]);
    const create = `create trigger ${name} after ${event} on ${table}
       for each ${level} execute function ${quoteRelation(calls)}()`;
    const always = `alter table ${table} enable always trigger ${name}`;
    return firesAlways ? [create, always] : [create];
  });
}

/** The condition, in PL/pgSQL, that it is a drain of ours that writes. */
export function isOwnWrite(schema: string): string {
  const setting = `pg_catalog.current_setting('${ORIGIN_SETTING}', true)`;
  return `${setting} operator(pg_catalog.=) ${quoteLiteral(schema)}`;
}

function isMoved(key: readonly SourceKeyColumn[]): string {
  return key
    .map(({ name, type }) => {
      const [was, is] = [`old.${quoteName(name)}`, `new.${quoteName(name)}`];
      // Only types that come with the server have their operators where they can be named.
      return type.isBuiltIn
        ? `${was} operator(pg_catalog.<>) ${is}`
        : `${was}::text operator(pg_catalog.<>) ${is}::text`;
    })
    .join(' or ');
}
