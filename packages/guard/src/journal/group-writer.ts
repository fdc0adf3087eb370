import type { Clock } from '@falsework/core/ports';
import type { Position } from './entries.ts';
import type { JournalFile, JournalFiles } from './journal-files.ts';
import { encodeRecord, type LogRecord, recordBytes } from './record.ts';
import { SEGMENT_HEAD_BYTES, segmentHead, segmentName } from './segment.ts';

/** A segment that is written to. */
export interface OpenSegment {
  readonly number: number;
  readonly salt: number;
  readonly file: JournalFile;
  bytes: number;
}

/** What writing has cost so far, in this process. */
export interface WriterFigures {
  readonly records: number;
  readonly groups: number;
  readonly bytes: number;
  /** Milliseconds that syncs took, all together and the longest. */
  readonly syncMs: number;
  readonly syncMsMax: number;
}

export interface WriterOptions {
  readonly files: JournalFiles;
  readonly clock: Pick<Clock, 'monotonicMs' | 'after'>;
  readonly newSalt: () => number;
  readonly segmentBytes: number;
  /** How long a record waits for company that nobody waits for. */
  readonly lingerMs: number;
  /** A new segment has been begun. */
  readonly onSegment: (segment: OpenSegment) => void;
  /** A group is on the disk; called before anybody who waits for it goes on. */
  readonly onGroup: (group: readonly LogRecord[], places: readonly Position[]) => void;
}

interface Pending {
  readonly record: LogRecord;
  readonly resolve: (position: Position) => void;
  readonly reject: (error: unknown) => void;
}

// One buffer is filled per group. Larger groups save no more syncs and cost memory.
const GROUP_BYTES_MAX = 4 * 1_024 * 1_024;

/**
 * Appends records to segments, many with one sync: what comes while a sync is under way is written
 * with the next one. Alone on an idle disk a record pays one sync; under load the cost is shared by
 * all that came meanwhile.
 *
 * After a failed write or sync nothing is known about what the disk has, not even by trying again
 * (a second fsync may well succeed with the data lost), so every later append is refused.
 */
export class GroupWriter {
  readonly #options: WriterOptions;
  #segment: OpenSegment;
  #pending: Pending[] = [];
  #pendingBytes = 0;
  #isFlushing = false;
  #isLingering = false;
  #failure: unknown = null;
  #idle: (() => void)[] = [];
  #figures = { records: 0, groups: 0, bytes: 0, syncMs: 0, syncMsMax: 0 };

  constructor(options: WriterOptions, segment: OpenSegment) {
    this.#options = options;
    this.#segment = segment;
  }

  /** Why nothing can be written any more; `null` while it can. */
  get failure(): unknown {
    return this.#failure;
  }

  get pendingBytes(): number {
    return this.#pendingBytes;
  }

  /** The segment that is written to. */
  get current(): OpenSegment {
    return this.#segment;
  }

  figures(): WriterFigures {
    return { ...this.#figures };
  }

  /** Resolves with its place when the record is on the disk. Rejects with what the disk said. */
  append(record: LogRecord): Promise<Position> {
    const place = this.#enqueue(record);
    this.#begin();
    return place;
  }

  /** As `append`, but waits a moment for others that need the sync more. */
  appendLazily(record: LogRecord): Promise<Position> {
    const place = this.#enqueue(record);
    if (!this.#isLingering && !this.#isFlushing) {
      this.#isLingering = true;
      this.#options.clock.after(this.#options.lingerMs, () => this.#begin());
    }
    return place;
  }

  /** Writes what is left and closes the segment. Nothing may be appended afterwards. */
  async close(): Promise<void> {
    this.#begin();
    if (this.#isFlushing) await new Promise<void>((resolve) => this.#idle.push(resolve));
    await this.#segment.file.close();
  }

  #enqueue(record: LogRecord): Promise<Position> {
    if (this.#failure !== null) return Promise.reject(this.#failure);
    this.#pendingBytes += recordBytes(record);
    return new Promise((resolve, reject) => {
      this.#pending.push({ record, resolve, reject });
    });
  }

  #begin(): void {
    this.#isLingering = false;
    if (this.#isFlushing || this.#pending.length === 0) return;
    this.#isFlushing = true;
    void this.#flush();
  }

  async #flush(): Promise<void> {
    // Everything that comes in this turn of the event loop goes with the first group.
    await Promise.resolve();
    while (this.#pending.length > 0 && this.#failure === null) {
      const group = this.#nextGroup();
      try {
        const places = await this.#write(group);
        for (const [i, { resolve }] of group.entries()) resolve(places[i] as Position);
      } catch (error) {
        this.#fail(error, group);
      }
    }
    this.#isFlushing = false;
    for (const resolve of this.#idle.splice(0)) resolve();
  }

  #nextGroup(): Pending[] {
    let bytes = 0;
    let count = 0;
    for (const { record } of this.#pending) {
      bytes += recordBytes(record);
      if (count > 0 && bytes > GROUP_BYTES_MAX) break;
      count += 1;
    }
    return this.#pending.splice(0, count);
  }

  async #write(group: readonly Pending[]): Promise<Position[]> {
    const bytes = group.reduce((sum, { record }) => sum + recordBytes(record), 0);
    const { segmentBytes, clock, onGroup } = this.#options;
    const isBegun = this.#segment.bytes > SEGMENT_HEAD_BYTES;
    if (isBegun && this.#segment.bytes + bytes > segmentBytes) await this.#roll();
    const segment = this.#segment;
    const batchStart = segment.bytes;
    const into = Buffer.allocUnsafe(bytes);
    const places: Position[] = [];
    let offset = 0;
    for (const { record } of group) {
      const end = encodeRecord(record, { into, offset, salt: segment.salt, batchStart });
      places.push({
        segment: segment.number,
        offset: batchStart + offset,
        length: end - offset,
      });
      offset = end;
    }
    await segment.file.write(into, batchStart);
    const beginMs = clock.monotonicMs();
    await segment.file.sync();
    this.#count(group.length, bytes, clock.monotonicMs() - beginMs);
    segment.bytes += bytes;
    this.#pendingBytes -= bytes;
    onGroup(
      group.map(({ record }) => record),
      places,
    );
    return places;
  }

  /** Begins the next segment. All of this one is on the disk: the last group was synced. */
  async #roll(): Promise<void> {
    const { files, newSalt, onSegment } = this.#options;
    const number = this.#segment.number + 1;
    const next = await beginSegment(files, number, newSalt());
    await this.#segment.file.close();
    this.#segment = next;
    onSegment(next);
  }

  #count(records: number, bytes: number, syncMs: number): void {
    const figures = this.#figures;
    figures.records += records;
    figures.groups += 1;
    figures.bytes += bytes;
    figures.syncMs += syncMs;
    figures.syncMsMax = Math.max(figures.syncMsMax, syncMs);
  }

  #fail(error: unknown, group: readonly Pending[]): void {
    this.#failure = error;
    for (const { reject } of [...group, ...this.#pending.splice(0)]) reject(error);
  }
}

/** Makes an empty segment, durable with its name. */
export async function beginSegment(
  files: JournalFiles,
  number: number,
  salt: number,
): Promise<OpenSegment> {
  const file = await files.create(segmentName(number), segmentHead(number, salt));
  return { number, salt, file, bytes: SEGMENT_HEAD_BYTES };
}
