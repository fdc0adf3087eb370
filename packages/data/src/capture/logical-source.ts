import type { FalseworkError } from '@falsework/core/errors';
import type { Snapshot } from '../cursor/snapshot.ts';
import type { Database } from '../postgres/database.ts';
import { coded } from '../postgres/failure.ts';
import type { Session } from '../postgres/session.ts';
import type { CapturedTable } from './capture-sql.ts';
import type { Change, ChangeSource, KeyColumns, Window } from './change-source.ts';
import { emitMarker } from './emit-marker.ts';
import { countEvents, cutWindow, hasTruncation, inColumns, listEvents } from './event-queries.ts';
import type { SourceInstant } from './instant.ts';
import {
  forgetJournal,
  journalStatements,
  journalTable,
  keepJournalPlace,
  readJournalPlace,
  writeJournal,
} from './journal.ts';
import { type LogBatch, LogReader, slotFault } from './log-reader.ts';
import { slotName } from './logical-install.ts';
import { parseLsn } from './lsn.ts';

/** Between which stores the log is carried. */
export interface LogicalParts {
  readonly schema: string;
  readonly source: Database;
  /** Where the journal is kept: beside what it is for. */
  readonly follower: Database;
  readonly tables: readonly CapturedTable[];
}

/** A source of changes that holds a stream open. */
export interface LogicalSource extends ChangeSource {
  readonly kind: 'logical';
  /** Ends the stream. The slot stays, and with it what the server has to keep. */
  close(): Promise<void>;
}

/**
 * Changes from the server's own log. A reader keeps which rows were written in a journal beside the
 * follower, by transaction, and from there they are read like those of an outbox. The stream is
 * opened when it is first needed, and again after it has broken. Throws `FW_DATA_SLOT` when the
 * server no longer has what was not read yet.
 */
export function logicalSource(parts: LogicalParts): LogicalSource {
  return new JournaledSource(parts);
}

const SETTLE_TIMEOUT_MS = 30_000;

class JournaledSource implements LogicalSource {
  readonly kind = 'logical';
  readonly #parts: LogicalParts;
  #reader: LogReader | null = null;
  #starting: Promise<void> | null = null;
  #kept = 0n;
  #broken: FalseworkError | null = null;
  readonly #waiting = new Set<() => void>();

  constructor(parts: LogicalParts) {
    this.#parts = parts;
  }

  async settle(instant: SourceInstant): Promise<void> {
    await this.#started(instant);
    const wanted = parseLsn(instant.lsn);
    if (this.#kept >= wanted) return;
    const { source } = this.#parts;
    await coded({ database: source.label, operation: 'reading the log' }, async () => {
      // Without something behind it the server would not tell that the log goes no further.
      await source.use((session) => emitMarker(session, 'settle'));
      await this.#until(wanted);
    });
  }

  cut(
    _: Session,
    tables: readonly CapturedTable[],
    how: { readonly window: Window; readonly limit: number },
  ): Promise<Snapshot> {
    return this.#ask((session) => cutWindow(session, this.#all(tables), how));
  }

  isTruncated(_: Session, table: CapturedTable, window: Window): Promise<boolean> {
    return this.#ask((session) => hasTruncation(session, this.#journal(table), window));
  }

  async *pages(
    _: Session,
    table: CapturedTable,
    { window, size }: { readonly window: Window; readonly size: number },
  ): AsyncIterable<KeyColumns> {
    const width = table.key.length;
    for (let afterId = 0n; ; ) {
      const from = afterId;
      const page = await this.#ask((session) =>
        listEvents(session, this.#journal(table), { width, window, limit: size, afterId: from }),
      );
      const keys = new Map(
        page.filter(({ op }) => op !== 'truncate').map(({ key }) => [JSON.stringify(key), key]),
      );
      if (keys.size > 0) yield inColumns([...keys.values()], width);
      if (page.length < size) return;
      afterId = page.at(-1)?.id ?? afterId;
    }
  }

  count(
    _: Session,
    tables: readonly CapturedTable[],
    how: { readonly window: Window; readonly most: number },
  ): Promise<number> {
    return this.#ask((session) => countEvents(session, this.#all(tables), how));
  }

  changes(
    _: Session,
    table: CapturedTable,
    how: { readonly window: Window; readonly limit: number },
  ): Promise<Change[]> {
    const width = table.key.length;
    return this.#ask((session) => listEvents(session, this.#journal(table), { ...how, width }));
  }

  async forget(_: Database, consumed: Snapshot): Promise<void> {
    const { schema, tables } = this.#parts;
    await this.#ask((session) => forgetJournal(session, schema, { tables, consumed }));
  }

  async close(): Promise<void> {
    await this.#starting?.catch(() => {});
    const reader = this.#reader;
    this.#reader = null;
    await reader?.stop();
  }

  #ask<T>(act: (session: Session) => Promise<T>): Promise<T> {
    const { follower } = this.#parts;
    return coded({ database: follower.label, operation: 'reading the journal' }, () =>
      follower.use(act),
    );
  }

  #journal(table: CapturedTable): string {
    return journalTable(this.#parts.schema, table);
  }

  #all(tables: readonly CapturedTable[]): string[] {
    return tables.map((table) => this.#journal(table));
  }

  /** Opens the stream unless it is open. Two callers at once wait for the same opening. */
  async #started(instant: SourceInstant): Promise<void> {
    if (this.#reader !== null) return;
    this.#starting ??= this.#start(instant).finally(() => {
      this.#starting = null;
    });
    await this.#starting;
  }

  async #start(instant: SourceInstant): Promise<void> {
    const { schema, source, follower, tables } = this.#parts;
    const { captureId } = instant.place;
    const slot = slotName(schema, captureId);
    const from = await this.#place(captureId);
    await coded({ database: source.label, operation: 'reading the log' }, async () => {
      await source.use((session) => checkSlot(session, { source, slot, from }));
      const reader = new LogReader({
        source,
        schema,
        slot,
        tables,
        nearXid: instant.snapshot.xmax,
        keep: (batch) =>
          coded({ database: follower.label, operation: 'keeping the journal' }, () =>
            this.#keep(captureId, batch),
          ),
        onEnd: (error) => this.#ended(error),
      });
      this.#broken = null;
      this.#kept = from ?? 0n;
      this.#reader = reader;
      await reader.start(from ?? 0n);
    });
  }

  async #place(captureId: string): Promise<bigint | null> {
    const { schema, follower, tables } = this.#parts;
    return coded({ database: follower.label, operation: 'preparing the journal' }, async () => {
      const place = await follower.transaction({ reads: 'current' }, async (session) => {
        for (const statement of journalStatements(schema, tables)) await session.run(statement);
        return readJournalPlace(session, schema);
      });
      return place?.captureId === captureId ? place.lsn : null;
    });
  }

  async #keep(captureId: string, { entries, upTo }: LogBatch): Promise<void> {
    const { schema, follower } = this.#parts;
    await follower.transaction({ reads: 'current' }, async (session) => {
      for (const [table, lines] of entries) {
        await writeJournal(session, schema, { table, entries: lines });
      }
      if (upTo !== null) await keepJournalPlace(session, schema, { captureId, lsn: upTo });
    });
    if (upTo === null) return;
    this.#kept = upTo;
    for (const wake of this.#waiting) wake();
  }

  #ended(error: FalseworkError): void {
    this.#reader = null;
    this.#broken = error;
    for (const wake of this.#waiting) wake();
  }

  #until(wanted: bigint): Promise<void> {
    return new Promise((resolve, reject) => {
      const { source, schema } = this.#parts;
      const timer = setTimeout(() => {
        end();
        reject(slotFault(source, schema, `it was silent for ${SETTLE_TIMEOUT_MS / 1_000} s`));
      }, SETTLE_TIMEOUT_MS);
      const look = (): void => {
        if (this.#kept < wanted && this.#broken === null) return;
        end();
        if (this.#kept >= wanted) resolve();
        else reject(this.#broken as FalseworkError);
      };
      const end = (): void => {
        clearTimeout(timer);
        this.#waiting.delete(look);
      };
      this.#waiting.add(look);
      look();
    });
  }
}

/** Throws `FW_DATA_SLOT` unless the slot still has everything from `from` on. */
async function checkSlot(
  session: Session,
  {
    source,
    slot,
    from,
  }: { readonly source: Database; readonly slot: string; readonly from: bigint | null },
): Promise<void> {
  const [row] = await session.rows(
    `select confirmed_flush_lsn, coalesce(wal_status, 'reserved'), restart_lsn is null, active
       from pg_replication_slots where slot_name = $1`,
    [slot],
  );
  if (row === undefined) throw slotFault(source, slot, 'there is no such slot any more');
  const [confirmed, status, isInvalid] = row;
  if (status === 'lost' || isInvalid === 't') {
    throw slotFault(source, slot, 'the server has thrown away log that was not read yet');
  }
  if (from !== null && parseLsn(confirmed ?? '0/0') > from) {
    throw slotFault(source, slot, 'it was made anew, or somebody else has read from it');
  }
}
