import { fault } from '@falsework/core/errors';
import type { Instant } from '@falsework/core/ports';
import type { Place } from '../cursor/place.ts';
import { parseSnapshot, type Snapshot } from '../cursor/snapshot.ts';
import type { Database } from '../postgres/database.ts';
import { sqlState } from '../postgres/failure.ts';
import { quoteName } from '../postgres/quote.ts';
import { oneRow, type Row, type Session } from '../postgres/session.ts';
import { emitMarker } from './emit-marker.ts';
import type { CaptureKind } from './registry.ts';

/** The source at one instant: what had committed, where and when that was. */
export interface SourceInstant {
  readonly kind: CaptureKind;
  readonly snapshot: Snapshot;
  /** The end of the log just after the snapshot; everything visible in it lies before. */
  readonly lsn: string;
  /** By the source's own clock. */
  readonly at: Instant;
  readonly place: Place;
  /** Raised by the drain now and then, always before the follower hears of it. */
  readonly mark: number;
  /** What had been consumed when events were last thrown away; `null` when none ever were. */
  readonly rotated: Snapshot | null;
}

const INSTANT = (schema: string): string => `
  select c.kind, pg_current_snapshot(), pg_current_wal_insert_lsn(),
         round(extract(epoch from clock_timestamp()) * 1000),
         (select system_identifier from pg_control_system()),
         ('x' || substr(pg_walfile_name(pg_current_wal_insert_lsn()), 1, 8))::bit(32)::int,
         current_database(), c.capture_id, c.mark, c.rotated
    from ${quoteName(schema)}.capture c`;

/**
 * Reads where the source stands. As the first statement of a transaction that reads a snapshot, it
 * tells which one. Throws `FW_DATA_NOT_INSTALLED` when there is no capture.
 */
export async function readInstant(
  session: Session,
  { schema, database }: { readonly schema: string; readonly database: string },
): Promise<SourceInstant> {
  const row = await found(session, { schema, database });
  const [kind, snapshot, lsn, at, systemId, timeline, name, captureId, mark, rotated] = row;
  return {
    kind: kind as CaptureKind,
    snapshot: parseSnapshot(snapshot ?? ''),
    lsn: lsn ?? '',
    at: Number(at),
    place: {
      systemId: systemId ?? '',
      timeline: Number(timeline),
      database: name ?? '',
      captureId: captureId ?? '',
    },
    mark: Number(mark),
    rotated: rotated === null || rotated === undefined ? null : parseSnapshot(rotated),
  };
}

async function found(
  session: Session,
  { schema, database }: { readonly schema: string; readonly database: string },
): Promise<Row> {
  try {
    return await oneRow(session, INSTANT(schema));
  } catch (error) {
    // The table, or the schema that it should be in, is not there.
    if (['42P01', '3F000'].includes(sqlState(error) ?? '')) {
      throw fault('FW_DATA_NOT_INSTALLED', { database, what: 'capture' }, error);
    }
    throw error;
  }
}

/**
 * Returns when everything that was visible at the instant would survive a crash of the source. A
 * transaction that commits with `synchronous_commit = off` is visible before it is on disk. If we
 * took it to the other side and the source then crashed, the transaction would be gone here and
 * stand there; worse, its number would be given out again, and the next bearer of it would be taken
 * for already seen. So where the log is not on disk yet, a commit of our own that carries nothing
 * takes it there. Asked after the rows were read, when most often it has got there by itself.
 */
export async function secure(source: Database, session: Session, lsn: string): Promise<void> {
  const [isFlushed] = await oneRow(session, 'select pg_current_wal_flush_lsn() >= $1::pg_lsn', [
    lsn,
  ]);
  if (isFlushed !== 't') await source.use((own) => emitMarker(own, 'flush'));
}

/** Raises the mark of the source, durably, and gives its new value. */
export async function raiseMark(source: Database, schema: string): Promise<number> {
  const row = await source.use((session) =>
    oneRow(session, `update ${quoteName(schema)}.capture set mark = mark + 1 returning mark`),
  );
  return Number(row[0]);
}
