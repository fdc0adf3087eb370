import { quoteRelation } from '../postgres/quote.ts';

/** The follower's tables of a backfill, quoted. */
export interface BackfillNames {
  /** One row per mapping: how far it was copied. */
  readonly checkpoint: string;
  /** One row per direction: what people allow. */
  readonly limits: string;
}

/** Names of the tables that a backfill keeps on the follower. */
export function backfillNames(schema: string): BackfillNames {
  return {
    checkpoint: quoteRelation({ schema, table: 'backfill_checkpoint' }),
    limits: quoteRelation({ schema, table: 'backfill_limits' }),
  };
}

/**
 * Creates what a backfill keeps, where it is not there yet. The checkpoint is written in the
 * transaction that writes the rows, so the two never disagree, whatever is killed and when.
 * `attempt` is raised by whoever takes over: a predecessor that is still alive finds another number
 * there and gives up. `end_key` is the last key at the start; rows beyond it are told by capture.
 */
export function backfillStatements(schema: string): string[] {
  const { checkpoint, limits } = backfillNames(schema);
  return [
    `create table if not exists ${checkpoint} (
       direction text, mapping text, definition text not null, attempt integer not null,
       state text not null, last_key text[], end_key text[],
       rows bigint not null default 0, walked bigint not null default 0,
       bytes bigint not null default 0, chunks integer not null default 0,
       statistics_rows bigint not null, snapshot text not null,
       started_at bigint not null, updated_at bigint not null, finished_at bigint,
       primary key (direction, mapping))`,
    `create table if not exists ${limits} (direction text primary key, limits jsonb not null)`,
  ];
}
