import type { Snapshot } from '../cursor/snapshot.ts';
import type { Database } from '../postgres/database.ts';
import type { Session } from '../postgres/session.ts';
import type { CapturedTable } from './capture-sql.ts';
import type { SourceInstant } from './instant.ts';

/** The transactions that ended between two instants of the source. */
export interface Window {
  readonly after: Snapshot;
  readonly upTo: Snapshot;
}

/** Keys of the source in columns: one array of printed values per key column, equally long. */
export type KeyColumns = readonly (readonly string[])[];

/**
 * A change as capture reports it: that a row was written, not what was written. The row itself is
 * read from the source when it is needed, at an instant that is known; so a change can be told
 * twice, late or out of order, and the row that is read is still the right one.
 */
export interface Change {
  /** Per table in order of commit for one key. */
  readonly id: bigint;
  readonly xid: bigint;
  /** `repair` asks for a row to be read again; nothing had changed. */
  readonly op: 'insert' | 'update' | 'delete' | 'truncate' | 'repair';
  /** Empty for a truncation. */
  readonly key: readonly string[];
}

/**
 * Where changes of the source are known from: an outbox that triggers or the application fill, or
 * the server's own log. Every method takes the session on the source in whose snapshot the caller
 * reads rows, so that changes and rows are of one instant.
 */
export interface ChangeSource {
  readonly kind: 'outbox' | 'logical';
  /** Returns when every change that was visible at the instant can be read from here. */
  settle(instant: SourceInstant): Promise<void>;
  /**
   * Where a window of about `limit` changes, over all the tables, ends: `upTo` itself, or an
   * earlier point of it. A single transaction is never divided.
   */
  cut(
    session: Session,
    tables: readonly CapturedTable[],
    { window, limit }: { readonly window: Window; readonly limit: number },
  ): Promise<Snapshot>;
  /** True when the table was truncated inside the window. */
  isTruncated(session: Session, table: CapturedTable, window: Window): Promise<boolean>;
  /** The keys that changed inside the window, each once per page, in pages of at most `size`. */
  pages(
    session: Session,
    table: CapturedTable,
    { window, size }: { readonly window: Window; readonly size: number },
  ): AsyncIterable<KeyColumns>;
  /**
   * The number of changes inside the window over all the tables, counted no further than `most`.
   */
  count(
    session: Session,
    tables: readonly CapturedTable[],
    { window, most }: { readonly window: Window; readonly most: number },
  ): Promise<number>;
  /** Single changes in their order, for readers that want each of them. */
  changes(
    session: Session,
    table: CapturedTable,
    { window, limit }: { readonly window: Window; readonly limit: number },
  ): Promise<Change[]>;
  /** Throws away what every reader has taken, durably. Whoever comes later is told. */
  forget(source: Database, consumed: Snapshot): Promise<void>;
}
