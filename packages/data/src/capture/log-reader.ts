import { type EventEmitter, once } from 'node:events';
import { type FalseworkError, fault } from '@falsework/core/errors';
import type { Client } from 'pg';
import { LogicalReplicationService } from 'pg-logical-replication';
import { widenXid } from '../cursor/snapshot.ts';
import type { Database } from '../postgres/database.ts';
import { classify } from '../postgres/failure.ts';
import { relationName } from '../postgres/quote.ts';
import { type CapturedTable, ORIGIN_MESSAGE } from './capture-sql.ts';
import { byName, type JournalEntry } from './journal.ts';
import { formatLsn } from './lsn.ts';
import {
  type LoggedRelation,
  type LoggedRow,
  type LogMessage,
  PgoutputReader,
} from './pgoutput.ts';

/** Lines of the log on their way to the journal. */
export interface LogBatch {
  readonly entries: ReadonlyMap<CapturedTable, readonly JournalEntry[]>;
  /**
   * What committed before it is in this batch or an earlier one; `null` before the first commit.
   */
  readonly upTo: bigint | null;
}

/** What a reader of the log needs to know. */
export interface LogReaderOptions {
  readonly source: Database;
  readonly schema: string;
  readonly slot: string;
  readonly tables: readonly CapturedTable[];
  /** A transaction number near those that will be read, for widening them to 64 bits. */
  readonly nearXid: bigint;
  /** Keeps a batch, durably. The reader reads on when it has resolved. */
  readonly keep: (batch: LogBatch) => Promise<void>;
  /** Called once, when the stream has broken. */
  readonly onEnd: (error: FalseworkError) => void;
}

// So many lines are kept at once at most; one large transaction is kept in several goes.
const BATCH_ENTRIES = 5_000;
// A commit waits so long for others to be kept along with it.
const GATHER_MS = 2;

/**
 * Reads the log of the source from a slot and hands on which rows were written by whom but us. It
 * tells the server how far it has come only when that has been kept.
 */
export class LogReader {
  readonly #options: LogReaderOptions;
  readonly #tables: Map<string, CapturedTable>;
  readonly #service: LogicalReplicationService;
  #entries = new Map<CapturedTable, JournalEntry[]>();
  #count = 0;
  #upTo: bigint | null = null;
  #kept: bigint | null = null;
  #near: bigint;
  #xid = 0n;
  #isOwn = false;
  #keeping: Promise<void> = Promise.resolve();
  #timer: NodeJS.Timeout | null = null;
  #hasEnded = false;

  constructor(options: LogReaderOptions) {
    this.#options = options;
    this.#tables = byName(options.tables);
    this.#near = options.nearXid;
    this.#service = new LogicalReplicationService(
      { connectionString: options.source.url, application_name: 'falsework-data log' },
      { acknowledge: { auto: false, timeoutSeconds: 0 }, flowControl: { enabled: true } },
    );
    this.#service.on('data', (_, message: LogMessage) => this.#read(message));
    this.#service.on('error', (error) => this.#end(error));
    this.#service.on('heartbeat', (_lsn, _at, shouldRespond) => {
      if (shouldRespond && this.#kept !== null) void this.#acknowledge(this.#kept);
    });
  }

  /** Begins to read. Resolves when the server streams; rejects when it does not want to. */
  async start(from: bigint): Promise<void> {
    this.#kept = from;
    const streams = once(this.#service as unknown as EventEmitter, 'start');
    const ended = this.#stream(from);
    ended.catch((error: unknown) => this.#end(error));
    await Promise.race([streams, ended]);
  }

  /** Settles when the stream has ended, and then always rejects. */
  async #stream(from: bigint): Promise<never> {
    const { schema, slot } = this.#options;
    const plugin = new RawPgoutput({ publication: schema });
    await this.#service.subscribe(plugin, slot, formatLsn(from));
    throw new Error('The stream of the log has ended.');
  }

  async stop(): Promise<void> {
    this.#hasEnded = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
    await this.#keeping.catch(() => {});
    await this.#close();
  }

  /** What goes wrong in closing a broken connection tells nobody anything. */
  async #close(): Promise<void> {
    await this.#service.stop().catch(() => {});
  }

  #end(error: unknown): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    const { source, onEnd } = this.#options;
    void this.#close();
    onEnd(classify(error, { database: source.label, operation: 'reading the log' }));
  }

  #read(message: LogMessage): Promise<void> | undefined {
    switch (message.kind) {
      case 'begin':
        this.#xid = widenXid(message.xid, this.#near);
        this.#near = this.#xid;
        this.#isOwn = false;
        return undefined;
      case 'message':
        if (message.prefix === ORIGIN_MESSAGE && message.content === this.#options.schema) {
          this.#isOwn = true;
        }
        return undefined;
      case 'commit':
        this.#upTo = message.endLsn;
        this.#gather();
        return undefined;
      case 'insert':
        this.#add(message.relation, 'I', message.row);
        break;
      case 'update':
        if (message.old !== null) this.#add(message.relation, 'D', message.old);
        this.#add(message.relation, 'U', message.row);
        break;
      case 'delete':
        this.#add(message.relation, 'D', message.old);
        break;
      case 'truncate':
        for (const relation of message.relations) this.#add(relation, 'T', null);
        break;
      case 'other':
        return undefined;
    }
    // Waiting here holds the server back: the stream is paused while a batch is kept.
    return this.#count >= BATCH_ENTRIES ? this.#flush() : undefined;
  }

  #add(relation: LoggedRelation, op: JournalEntry['op'], row: LoggedRow | null): void {
    if (this.#isOwn) return;
    const table = this.#tables.get(relationName(relation));
    if (table === undefined) return;
    const key = row === null ? [] : table.key.map(({ name }) => row.get(name) ?? '');
    let entries = this.#entries.get(table);
    if (entries === undefined) {
      entries = [];
      this.#entries.set(table, entries);
    }
    entries.push({ xid: this.#xid, op, key });
    this.#count += 1;
  }

  #gather(): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = null;
      void this.#flush();
    }, GATHER_MS);
  }

  async #flush(): Promise<void> {
    const batch: LogBatch = { entries: this.#entries, upTo: this.#upTo };
    this.#entries = new Map();
    this.#count = 0;
    const kept = this.#keeping.then(() => this.#keep(batch));
    this.#keeping = kept.catch(() => {});
    try {
      await kept;
    } catch (error) {
      this.#end(error);
    }
  }

  async #keep(batch: LogBatch): Promise<void> {
    if (this.#hasEnded) return;
    await this.#options.keep(batch);
    if (batch.upTo === null) return;
    this.#kept = batch.upTo;
    await this.#acknowledge(batch.upTo);
  }

  /**
   * The library adds one to what it is told, while the server takes the number for the first place
   * that it is to decode next. A commit that begins exactly where the last one ended would then be
   * passed over after a reconnection.
   */
  async #acknowledge(lsn: bigint): Promise<void> {
    await this.#service.acknowledge(formatLsn(lsn - 1n));
  }
}

/** Hands on what the server's plugin says; the library's own reading would turn keys into dates. */
class RawPgoutput {
  readonly name = 'pgoutput';
  readonly options: { readonly publication: string };
  readonly #reader = new PgoutputReader();

  constructor(options: { readonly publication: string }) {
    this.options = options;
  }

  parse(buffer: Buffer): LogMessage {
    return this.#reader.read(buffer);
  }

  async start(client: Client, slot: string, lsn: string): Promise<unknown> {
    const options = `proto_version '1', publication_names '${this.options.publication}', messages 'true'`;
    return client.query(`START_REPLICATION SLOT "${slot}" LOGICAL ${lsn} (${options})`);
  }
}

/** @internal The error for a slot that is not there, or has not kept what is needed. */
export function slotFault(source: Database, slot: string, because: string): FalseworkError {
  return fault('FW_DATA_SLOT', { database: source.label, slot, because });
}
