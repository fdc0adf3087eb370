import { fault } from '@falsework/core/errors';
import type { Clock } from '@falsework/core/ports';
import { beginSegment, GroupWriter, type OpenSegment } from '../../journal/group-writer.ts';
import { type JournalFiles, openJournalFolder } from '../../journal/journal-files.ts';
import { lockFolder, type Unlock } from '../../journal/journal-lock.ts';
import { scanSegment, segmentName } from '../../journal/segment.ts';
import type { IdentifierPair, IdentifierStore } from './identifier-table.ts';

export interface IdentifierFileOptions {
  /** A folder of its own; made when missing. */
  readonly folder: string;
  readonly clock: Clock;
  readonly randomBytes: (into: Uint8Array) => void;
  /** The file system; another one only in tests. */
  readonly files?: JournalFiles;
}

const NUMBER = 1;
const PAIR = 1;
// Pairs are never removed, so one file is enough: a table at its limit takes about 150 MiB.
const FILE_BYTES_MAX = 2 ** 31;

/**
 * Pairs of identifiers in an append-only file of the journal's format: synced in groups, torn tail
 * cut, for one process alone.
 */
export class IdentifierFile implements IdentifierStore {
  readonly #pairs: readonly IdentifierPair[];
  readonly #writer: GroupWriter;
  readonly #unlock: Unlock;
  #isClosed = false;

  private constructor(parts: {
    readonly pairs: readonly IdentifierPair[];
    readonly writer: GroupWriter;
    readonly unlock: Unlock;
  }) {
    this.#pairs = parts.pairs;
    this.#writer = parts.writer;
    this.#unlock = parts.unlock;
  }

  /** Rejects with FW_JOURNAL_LOCKED, FW_JOURNAL_CORRUPT or what the file system says. */
  static async open(options: IdentifierFileOptions): Promise<IdentifierFile> {
    const { folder, clock, randomBytes } = options;
    const files = options.files ?? (await openJournalFolder(folder));
    const unlock = lockFolder(folder);
    try {
      const newSalt = (): number => {
        const salt = Buffer.alloc(4);
        randomBytes(salt);
        return salt.readUInt32LE();
      };
      const { pairs, segment } = await loadPairs(files, folder, newSalt);
      const ignore = (): void => {};
      const limits = { segmentBytes: FILE_BYTES_MAX, lingerMs: 0 };
      const hooks = { onSegment: ignore, onGroup: ignore };
      const writer = new GroupWriter({ files, clock, newSalt, ...limits, ...hooks }, segment);
      return new IdentifierFile({ pairs, writer, unlock });
    } catch (error) {
      unlock();
      throw error;
    }
  }

  load(): Promise<readonly IdentifierPair[]> {
    return Promise.resolve(this.#pairs);
  }

  async append({ kind, legacy, candidate }: IdentifierPair): Promise<void> {
    const payload = Buffer.from(JSON.stringify({ kind, legacy, candidate }));
    await this.#writer.append({ type: PAIR, sequence: 0, payload });
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    await this.#writer.close();
    this.#unlock();
  }
}

async function loadPairs(
  files: JournalFiles,
  folder: string,
  newSalt: () => number,
): Promise<{ readonly pairs: IdentifierPair[]; readonly segment: OpenSegment }> {
  const name = segmentName(NUMBER);
  if (!(await files.list()).includes(name)) {
    return { pairs: [], segment: await beginSegment(files, NUMBER, newSalt()) };
  }
  const scan = scanSegment(await files.read(name), { number: NUMBER, isNewest: true });
  if (scan.corruption !== null) {
    throw fault('FW_JOURNAL_CORRUPT', { folder, segment: name, because: scan.corruption });
  }
  if (scan.salt === null) {
    await files.remove(name);
    return { pairs: [], segment: await beginSegment(files, NUMBER, newSalt()) };
  }
  const pairs = scan.records.map(
    ({ payload }) => JSON.parse(Buffer.from(payload).toString()) as IdentifierPair,
  );
  const file = await files.resume(name, scan.soundBytes);
  return { pairs, segment: { number: NUMBER, salt: scan.salt, file, bytes: scan.soundBytes } };
}
