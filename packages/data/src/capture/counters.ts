import type { Instant } from '@falsework/core/ports';
import { quoteName, quoteRelation, type Relation } from '../postgres/quote.ts';
import { oneRow, type Session } from '../postgres/session.ts';
import type { Counters } from './completeness.ts';
import { captureNames } from './names.ts';

// The rows of a partitioned table are counted with its partitions.
const CHANGES = `
  select coalesce(sum(pg_stat_get_tuples_inserted(relid) + pg_stat_get_tuples_updated(relid)
                      + pg_stat_get_tuples_deleted(relid)), 0)
    from (select relid from pg_partition_tree($1::regclass)
          union select $1::regclass) as parts`;

const EVENTS = `
  select coalesce(sum(pg_stat_get_tuples_inserted(to_regclass(name))), 0)
    from unnest($1::text[]) as slots(name)`;

/** Reads the counters of a captured table and of its outbox. */
export async function readCounters(
  session: Session,
  {
    schema,
    relation,
    at,
  }: { readonly schema: string; readonly relation: Relation; readonly at: Instant },
): Promise<Counters> {
  const slots = captureNames(schema, relation).slots.map(quoteRelation);
  // Within one transaction statistics are read once and then remembered, so each reading is its
  // own; the outbox first, so that an event between the two shows as a change too many and not as
  // one too few, which nobody would look into.
  const [events] = await oneRow(session, EVENTS, [slots]);
  const [changes] = await oneRow(session, CHANGES, [quoteRelation(relation)]);
  return { at, changes: Number(changes), events: Number(events) };
}

/** Remembers a settled reading as the one that later ones are judged against. */
export async function keepBaseline(
  session: Session,
  schema: string,
  { relation, counters }: { readonly relation: Relation; readonly counters: Counters },
): Promise<void> {
  await session.run(
    `update ${quoteName(schema)}.captured set base_changes = $3, base_events = $4
      where schema_name = $1 and table_name = $2`,
    [relation.schema, relation.table, counters.changes, counters.events],
  );
}

/** The reading that later ones are judged against; `null` while there is none. */
export async function readBaseline(
  session: Session,
  schema: string,
  relation: Relation,
): Promise<Counters | null> {
  const [row] = await session.rows(
    `select base_changes, base_events from ${quoteName(schema)}.captured
      where schema_name = $1 and table_name = $2 and base_changes is not null`,
    [relation.schema, relation.table],
  );
  return row === undefined ? null : { at: 0, changes: Number(row[0]), events: Number(row[1]) };
}
