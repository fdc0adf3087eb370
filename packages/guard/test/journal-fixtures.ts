import { randomFillSync } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SimClock } from '@falsework/testkit';
import { afterEach } from 'vitest';
import {
  type Intent,
  Journal,
  type JournalFile,
  type JournalFiles,
  type JournalOptions,
} from '../src/journal/index.ts';
import { openJournalFolder } from '../src/journal/journal-files.ts';

const toEnd: (() => unknown)[] = [];

afterEach(async () => {
  for (const end of toEnd.splice(0).reverse()) await end();
});

export const randomBytes = (into: Uint8Array): void => void randomFillSync(into);

/** An empty folder that is removed with its test. */
export function emptyFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'falsework-journal-'));
  toEnd.push(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Small enough that a test fills and rolls segments. */
export const SMALL = { segmentBytes: 4_096, bytesMax: 64_000, diskFreeBytesMin: 0, lingerMs: 0 };

/** A journal that is closed with its test. */
export async function journalIn(
  folder: string,
  options: Partial<JournalOptions> = {},
): Promise<Journal> {
  const clock = new SimClock();
  const journal = await Journal.open({ folder, clock, randomBytes, ...SMALL, ...options });
  toEnd.push(() => journal.close());
  return journal;
}

export function intentOf(over: Partial<Intent> = {}): Intent {
  return {
    route: 'POST /entries',
    key: 'account-1',
    idempotencyKey: 'k-1',
    at: 1_000,
    canReplay: true,
    method: 'POST',
    path: '/entries?x=%20y',
    headers: ['Host', 'a', 'X-Latin', 'caf\u00e9'],
    body: Buffer.from('{"amount":1}'),
    ...over,
  };
}

/** What the disk does wrong, at the moment it is told to. */
export interface DiskFaults {
  /** Bytes after which a write breaks off; `null` for never. */
  breakWriteAfter: number | null;
  failSync: boolean;
  freeBytes: number;
  /** Holds every sync until it is called with its release. */
  holdSync: ((release: () => void) => void) | null;
}

/** The real folder, behind faults. */
export async function faultyFiles(
  folder: string,
): Promise<{ files: JournalFiles; faults: DiskFaults }> {
  const real = await openJournalFolder(folder);
  const faults: DiskFaults = {
    breakWriteAfter: null,
    failSync: false,
    freeBytes: Number.MAX_SAFE_INTEGER,
    holdSync: null,
  };
  const wrap = (file: JournalFile): JournalFile => ({
    async write(bytes, offset) {
      if (faults.breakWriteAfter === null) return file.write(bytes, offset);
      await file.write(bytes.subarray(0, faults.breakWriteAfter), offset);
      throw new Error('ENOSPC: no space left on device, write');
    },
    async sync() {
      if (faults.holdSync !== null) await new Promise<void>((go) => faults.holdSync?.(go));
      if (faults.failSync) throw new Error('EIO: i/o error, fdatasync');
      return file.sync();
    },
    close: () => file.close(),
  });
  const files: JournalFiles = {
    ...real,
    create: async (name, head) => wrap(await real.create(name, head)),
    resume: async (name, bytes) => wrap(await real.resume(name, bytes)),
    freeBytes: async () => faults.freeBytes,
  };
  return { files, faults };
}
