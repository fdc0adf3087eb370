import { fault } from '@falsework/core/errors';
import { Entries, type Entry, eventsOf, type Position } from './entries.ts';
import { decodeEvent, encodeEvent, type Intent, isIntent, type JournalEvent } from './events.ts';
import { GroupWriter, type OpenSegment, type WriterFigures } from './group-writer.ts';
import { type JournalFiles, openJournalFolder } from './journal-files.ts';
import { lockFolder, type Unlock } from './journal-lock.ts';
import { type JournalLimits, type JournalOptions, limitsOf } from './journal-options.ts';
import { type KeptSegment, loadJournal } from './load-journal.ts';
import { decodeRecord, type LogRecord, recordBytes } from './record.ts';
import { segmentName } from './segment.ts';

/** How full a journal is, and what it has cost. */
export interface JournalUsage extends WriterFigures {
  readonly bytesOnDisk: number;
  readonly segments: number;
  readonly entries: number;
  /** Why segments that are done with could not be removed; `null` when they could. */
  readonly removalFault: string | null;
}

/** Everything about an entry after its intent. */
type LaterEvent = Exclude<JournalEvent, { type: 'intent' }>;

// Ends of writes must find room when new writes no longer do, or a full journal could never empty.
const INTENT_SHARE = 0.9;
// Asking the system costs a thread of the pool; a quarter of a second fills no reserve.
const DISK_LOOK_MS = 250;
// A segment with as little as this left in it is worth copying from, once room is scarce.
const COPY_SHARE = 0.5;

/**
 * Writes on their way to two stores, durable before either has seen them: append-only segments in a
 * folder that one process at a time may use. What an entry is and when it is over, {@link Entries}
 * says; this class keeps it on the disk.
 *
 * Nothing in it is redacted, because what is redacted cannot be sent again: the files are readable
 * by their owner alone, and no content of theirs enters a log or a message.
 */
export class Journal {
  readonly folder: string;
  /** Bytes of records cut short by a crash that opening found and removed. */
  readonly cutBytes: number;
  readonly #entries: Entries;
  readonly #files: JournalFiles;
  readonly #limits: JournalLimits;
  readonly #unlock: Unlock;
  readonly #writer: GroupWriter;
  readonly #segments: Map<number, KeptSegment>;
  readonly #clock: JournalOptions['clock'];
  #freeBytes: number;
  #lookedAtMs: number;
  #removing: Promise<void> | null = null;
  #removalFault: string | null = null;
  #isClosed = false;

  /** Use {@link Journal.open}. */
  private constructor(parts: Parts) {
    const { options, loaded, limits } = parts;
    this.folder = options.folder;
    this.cutBytes = loaded.cutBytes;
    this.#entries = parts.entries;
    this.#files = parts.files;
    this.#limits = limits;
    this.#unlock = parts.unlock;
    this.#segments = loaded.segments;
    this.#clock = options.clock;
    this.#freeBytes = parts.freeBytes;
    this.#lookedAtMs = options.clock.monotonicMs();
    const { files, newSalt } = parts;
    const { segmentBytes, lingerMs } = limits;
    const writing = {
      files,
      newSalt,
      clock: options.clock,
      segmentBytes,
      lingerMs,
      onSegment: (segment: OpenSegment) => this.#onSegment(segment),
      onGroup: (group: readonly LogRecord[], places: readonly Position[]) =>
        this.#onGroup(group, places),
    };
    this.#writer = new GroupWriter(writing, loaded.current);
  }

  /**
   * Opens the journal in a folder, for this process alone. Rejects with FW_GUARD_OPTION,
   * FW_JOURNAL_LOCKED, FW_JOURNAL_CORRUPT or what the file system says. O(bytes on the disk).
   */
  static async open(options: JournalOptions): Promise<Journal> {
    const limits = limitsOf(options);
    const files = options.files ?? (await openJournalFolder(options.folder));
    const unlock = lockFolder(options.folder);
    const newSalt = (): number => {
      const salt = Buffer.alloc(4);
      options.randomBytes(salt);
      return salt.readUInt32LE();
    };
    try {
      const entries = new Entries();
      const loaded = await loadJournal(files, options.folder, entries, newSalt);
      const freeBytes = await files.freeBytes();
      return new Journal({ options, limits, files, unlock, newSalt, entries, loaded, freeBytes });
    } catch (error) {
      unlock();
      throw error;
    }
  }

  /** The entries that are not over. */
  get entries(): Pick<Entries, 'all' | 'get' | 'headOf' | 'lane' | 'lanes' | 'size'> {
    return this.#entries;
  }

  usage(): JournalUsage {
    return {
      ...this.#writer.figures(),
      bytesOnDisk: this.#bytesOnDisk(),
      segments: this.#segments.size,
      entries: this.#entries.size,
      removalFault: this.#removalFault,
    };
  }

  /** Why a write of so many bytes would be refused now; `null` when it would be taken. */
  refusal(bytes = 0): Error | null {
    if (this.#isClosed) return fault('FW_JOURNAL_CLOSED', { folder: this.folder });
    if (this.#writer.failure !== null) return this.#failed(this.#writer.failure);
    const { bytesMax, entriesMax, diskFreeBytesMin } = this.#limits;
    const used = this.#bytesOnDisk() + this.#writer.pendingBytes;
    const limit = Math.floor(bytesMax * INTENT_SHARE);
    if (used + bytes > limit) return full(used, limit, 'bytes');
    if (this.#entries.size >= entriesMax) return full(this.#entries.size, entriesMax, 'writes');
    const free = this.#freeBytes - this.#writer.pendingBytes - bytes;
    return free < diskFreeBytesMin
      ? full(this.#freeBytes, diskFreeBytesMin, 'bytes of free disk')
      : null;
  }

  /**
   * Takes a write. Resolves when it is on the disk: only then may the authority see it. Rejects
   * with FW_JOURNAL_FULL, FW_JOURNAL_FAILED or FW_JOURNAL_CLOSED, and nothing may be sent then.
   */
  async intend(intent: Intent): Promise<Entry> {
    const sequence = this.#entries.nextSequence;
    const record = encodeEvent(sequence, { type: 'intent', intent });
    const refusal = this.refusal(recordBytes(record));
    if (refusal !== null) throw refusal;
    this.#entries.apply(sequence, { type: 'intent', intent });
    await this.#durable(this.#writer.append(record));
    return this.#entries.get(sequence) as Entry;
  }

  /**
   * Notes what became of an entry. It counts in this process at once; the promise resolves when it
   * will also be known after a crash. An event that does not fit the entry's state changes nothing
   * and resolves to false.
   */
  async note(sequence: number, event: LaterEvent, { isUrgent = true } = {}): Promise<boolean> {
    if (this.#isClosed) throw fault('FW_JOURNAL_CLOSED', { folder: this.folder });
    if (this.#entries.apply(sequence, event) === 'ignored') return false;
    const record = encodeEvent(sequence, event);
    await this.#durable(isUrgent ? this.#writer.append(record) : this.#writer.appendLazily(record));
    return true;
  }

  /** What the caller sent. Rejects when the entry is over. */
  async read(sequence: number): Promise<Intent> {
    const position = this.#entries.get(sequence)?.position;
    if (!position) throw new Error(`The journal holds no entry ${sequence}.`);
    try {
      return await this.#readAt(sequence, position);
    } catch (error) {
      // It may have been copied forward meanwhile, and its old segment removed.
      const moved = this.#entries.get(sequence)?.position;
      if (!moved || moved.segment === position.segment) throw error;
      return this.#readAt(sequence, moved);
    }
  }

  async #readAt(sequence: number, { segment, offset, length }: Position): Promise<Intent> {
    const salt = this.#segments.get(segment)?.salt ?? 0;
    const bytes = await this.#files.readPart(segmentName(segment), offset, length);
    const record = decodeRecord(bytes, 0, salt);
    const event = record?.sequence === sequence ? decodeEvent(record) : null;
    if (event?.type === 'intent') return event.intent;
    const because = `the record at byte ${offset}, read again, is damaged`;
    const facts = { folder: this.folder, segment: segmentName(segment), because };
    throw fault('FW_JOURNAL_CORRUPT', facts);
  }

  /** Removes segments in which nothing is unfinished. For tests; it also happens by itself. */
  removeFinished(): Promise<void> {
    this.#removing ??= this.#remove().finally(() => {
      this.#removing = null;
    });
    return this.#removing;
  }

  /** Writes what is left and gives the folder back. Calling it again does nothing. */
  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    await this.#removing;
    await this.#writer.close();
    this.#unlock();
  }

  #bytesOnDisk(): number {
    let bytes = 0;
    for (const segment of this.#segments.values()) bytes += segment.bytes;
    return bytes;
  }

  async #durable<Value>(writing: Promise<Value>): Promise<Value> {
    try {
      return await writing;
    } catch (error) {
      throw this.#failed(error);
    }
  }

  #failed(error: unknown): Error {
    const because = error instanceof Error ? error.message : String(error);
    return fault('FW_JOURNAL_FAILED', { folder: this.folder, because }, error);
  }

  #onSegment(segment: OpenSegment): void {
    this.#segments.set(segment.number, segment);
    // Not awaited: copying entries forward itself waits for the writer, which calls this.
    void this.removeFinished();
  }

  #onGroup(group: readonly LogRecord[], places: readonly Position[]): void {
    for (const [i, record] of group.entries()) {
      const place = places[i] as Position;
      this.#freeBytes -= place.length;
      if (isIntent(record)) this.#entries.place(record.sequence, place);
    }
    const nowMs = this.#clock.monotonicMs();
    const isTimeToLook = nowMs - this.#lookedAtMs >= DISK_LOOK_MS;
    const [oldest] = this.#segments.keys();
    const isOldestOver = oldest !== undefined && this.#entries.countIn(oldest) === 0;
    if (this.#segments.size > 1 && (isOldestOver || isTimeToLook)) void this.removeFinished();
    if (!isTimeToLook) return;
    this.#lookedAtMs = nowMs;
    this.#files.freeBytes().then(
      (free) => {
        this.#freeBytes = free;
      },
      // Not knowing how much room there is, is having none: the next look may know again.
      () => {
        this.#freeBytes = 0;
      },
    );
  }

  async #remove(): Promise<void> {
    try {
      for (;;) {
        const [number] = this.#segments.keys();
        if (number === undefined || number === this.#writer.current.number) break;
        if (this.#entries.countIn(number) > 0) {
          const left = this.#leftIn(number);
          if (!this.#isWorthCopying(number, left)) break;
          await this.#copy(left);
        }
        await this.#files.remove(segmentName(number));
        this.#segments.delete(number);
      }
      this.#removalFault = null;
    } catch (error) {
      this.#removalFault = (error as Error).message;
    }
  }

  /** O(entries), a few times a second at most. */
  #leftIn(number: number): Entry[] {
    return [...this.#entries.all()].filter(({ position }) => position?.segment === number);
  }

  #isWorthCopying(number: number, left: readonly Entry[]): boolean {
    const held = (this.#segments.get(number) as KeptSegment).bytes;
    const needed = left.reduce((sum, { position }) => sum + (position?.length ?? 0), 0);
    return this.#bytesOnDisk() > this.#limits.bytesMax / 2 && needed <= held * COPY_SHARE;
  }

  /**
   * Copies entries to the end, so that the segment in which a dead letter lies does not keep all
   * the newer ones from being removed.
   */
  async #copy(left: readonly Entry[]): Promise<void> {
    for (const { sequence } of left) {
      if (this.#entries.get(sequence) === undefined) continue;
      const intent = await this.read(sequence);
      const entry = this.#entries.get(sequence);
      if (entry === undefined) continue;
      // In one turn with the look above: an event that comes later is also written later.
      const events: JournalEvent[] = [{ type: 'intent', intent }, ...eventsOf(entry)];
      await Promise.all(events.map((event) => this.#writer.append(encodeEvent(sequence, event))));
    }
  }
}

interface Parts {
  readonly options: JournalOptions;
  readonly limits: JournalLimits;
  readonly files: JournalFiles;
  readonly unlock: Unlock;
  readonly newSalt: () => number;
  readonly entries: Entries;
  readonly loaded: Awaited<ReturnType<typeof loadJournal>>;
  readonly freeBytes: number;
}

function full(used: number, limit: number, what: string): Error {
  return fault('FW_JOURNAL_FULL', {
    used: used.toLocaleString('en'),
    limit: limit.toLocaleString('en'),
    what,
  });
}
