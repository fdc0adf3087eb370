import type { CaptureKind } from '../capture/registry.ts';
import type { TableMapping } from '../mapping/table-mapping.ts';
import { quoteRelation, relationName } from '../postgres/quote.ts';
import { oneRow, type Session } from '../postgres/session.ts';

/** How often a table is written, on average since its server last forgot its statistics. */
export interface WriteRate {
  readonly table: string;
  /** Key columns, by which the size of an event goes. */
  readonly keyColumns: number;
  readonly writesPerSecond: number;
}

/** What capture costs the writers of one table. */
export interface CaptureCost extends WriteRate {
  /** Added to each written row, in microseconds. */
  readonly perRowUs: number;
  /** Written to the disk of the source beside the row itself. */
  readonly bytesPerSecond: number;
}

// Measured on PostgreSQL 18 with pgbench: the trigger's call, the row of the outbox with its index
// entry, and the log of both. The application's own call saves the trigger.
const TRIGGER_US = 12;
const APPLICATION_US = 15;
// A row of the outbox is 24 bytes of header, 17 of number, transaction and kind, 8 for each column
// of the key; its index entry 20; and all of it once more in the log.
const EVENT_BYTES = 2 * (24 + 17 + 20);
const KEY_BYTES = 2 * 8;

/** What capture of a kind costs where rows are written so often. */
export function captureCost(rate: WriteRate, kind: CaptureKind): CaptureCost {
  const { writesPerSecond, keyColumns } = rate;
  if (kind === 'logical') return { ...rate, perRowUs: 0, bytesPerSecond: 0 };
  const bytes = EVENT_BYTES + keyColumns * KEY_BYTES;
  return {
    ...rate,
    perRowUs: kind === 'trigger' ? TRIGGER_US : APPLICATION_US,
    bytesPerSecond: Math.round(writesPerSecond * bytes),
  };
}

const RATE = `
  select coalesce(sum(pg_stat_get_tuples_inserted(relid) + pg_stat_get_tuples_updated(relid)
                      + pg_stat_get_tuples_deleted(relid)), 0)
         / greatest(1, extract(epoch from now() - coalesce(
             (select stats_reset from pg_stat_database where datname = current_database()),
             pg_postmaster_start_time())))
    from (select relid from pg_partition_tree($1::regclass) union select $1::regclass) as parts`;

/** Reads how often the tables of a plan are written, each once. */
export async function readWriteRates(
  session: Session,
  mappings: readonly TableMapping[],
): Promise<WriteRate[]> {
  const sources = new Map(mappings.map((mapping) => [relationName(mapping.source), mapping]));
  const rates: WriteRate[] = [];
  for (const [table, { source, sourceKey }] of sources) {
    const [perSecond] = await oneRow(session, RATE, [quoteRelation(source)]);
    rates.push({ table, keyColumns: sourceKey.length, writesPerSecond: Number(perSecond) });
  }
  return rates;
}
