import type { Feed } from '../drain/feed.ts';
import { coded } from '../postgres/failure.ts';
import { quoteName, quoteRelation } from '../postgres/quote.ts';

/** The follower's tables of reconciling, quoted. */
export interface ReconcileNames {
  /** One row per pass over one mapping. */
  readonly pass: string;
  /** The shares of a pass, each walked by itself. */
  readonly share: string;
  /** Keys that were in flight when they were come by. */
  readonly recheck: string;
  /** Rows on which the stores disagree, or did. */
  readonly divergence: string;
  /** What repairs did. */
  readonly repair: string;
  /** Writes to the follower that are not ours. */
  readonly rogue: string;
}

/** Names of the tables that reconciling keeps on the follower. */
export function reconcileNames(schema: string): ReconcileNames {
  const named = (table: string): string => quoteRelation({ schema, table });
  return {
    pass: named('reconcile_pass'),
    share: named('reconcile_share'),
    recheck: named('reconcile_recheck'),
    divergence: named('reconcile_divergence'),
    repair: named('reconcile_repair'),
    rogue: named('rogue_write'),
  };
}

/*
 * Keys are kept as the arrays of printed values that they are. They stand beside the rows that they
 * name, in a database where whoever may read the one may read the other; they go nowhere else.
 *
 * `oldest` is the watermark of the first comparison that a pass rests on: what had changed on the
 * source by then was compared. `retries` of a key in flight is a counter and not a flag: one that
 * is come by again while it is being rechecked must stay, so a recheck takes off what it found when
 * it began, and only what comes to nothing is removed.
 */
function statements(schema: string): string[] {
  const names = reconcileNames(schema);
  return [
    `create schema if not exists ${quoteName(schema)}`,
    `create table if not exists ${names.pass} (
       pass bigint generated always as identity primary key,
       direction text not null, mapping text not null, definition text not null,
       hashing text not null, state text not null, oldest text, oldest_at bigint,
       rows bigint not null default 0, in_flight bigint not null default 0,
       divergences bigint not null default 0,
       canaries_planted integer not null default 0, canaries_found integer not null default 0,
       started_at bigint not null, finished_at bigint)`,
    `create index if not exists reconcile_pass_mapping on ${names.pass} (direction, mapping, pass)`,
    `create table if not exists ${names.share} (
       pass bigint, number integer, lower_key text[], upper_key text[], last_key text[],
       is_done boolean not null default false, rows bigint not null default 0,
       primary key (pass, number))`,
    `create table if not exists ${names.recheck} (
       direction text, mapping text, key text[], source_key text[] not null,
       retries integer not null default 1, primary key (direction, mapping, key))`,
    `create table if not exists ${names.divergence} (
       direction text, mapping text, key text[], source_key text[], kind text not null,
       first_pass bigint not null, last_pass bigint not null, found_at bigint not null,
       resolved_at bigint, resolution text, primary key (direction, mapping, key))`,
    `create table if not exists ${names.repair} (
       id bigint generated always as identity primary key, direction text not null,
       mapping text not null, key text[] not null, kind text not null, action text not null,
       outcome text not null, repaired_by text not null, at bigint not null)`,
    `create table if not exists ${names.rogue} (
       id bigint generated always as identity primary key, direction text not null,
       mapping text not null, op "char" not null, key text[],
       role name not null default session_user, program text,
       is_repaired boolean not null default false,
       at timestamptz not null default clock_timestamp())`,
    `create index if not exists rogue_write_key on ${names.rogue} (direction, mapping, key)`,
  ];
}

/** Creates what reconciling keeps, where it is not there yet. */
export function prepareReconcile(feed: Feed): Promise<void> {
  const { follower, schema } = feed;
  return coded({ database: follower.label, operation: 'preparing to reconcile' }, () =>
    follower.transaction({ reads: 'current' }, async (session) => {
      await session.rows('select pg_advisory_xact_lock(hashtextextended($1, 0))', [schema]);
      for (const statement of statements(schema)) await session.run(statement);
    }),
  );
}
