import { constants } from 'node:fs';
import { mkdir, open, readdir, readFile, rm, statfs, truncate } from 'node:fs/promises';
import { join } from 'node:path';

/** A segment that is being written. */
export interface JournalFile {
  /** Writes all of it at this offset, or rejects. */
  write(bytes: Uint8Array, offset: number): Promise<void>;
  /** Resolves when everything written is on the disk. */
  sync(): Promise<void>;
  close(): Promise<void>;
}

/**
 * The file system as the journal sees it. Tests hand out one that fails on command; the network
 * file systems and containers that people really use are the reason why nothing else is assumed.
 */
export interface JournalFiles {
  list(): Promise<string[]>;
  read(name: string): Promise<Buffer>;
  readPart(name: string, offset: number, length: number): Promise<Buffer>;
  /** Makes a file that must not exist yet; durable, name and all, when it resolves. */
  create(name: string, head: Uint8Array): Promise<JournalFile>;
  /** Opens a file to go on writing behind its first `bytes` bytes; what followed is cut off. */
  resume(name: string, bytes: number): Promise<JournalFile>;
  /** Removes a file; durable when it resolves. */
  remove(name: string): Promise<void>;
  /** Bytes that an ordinary process may still write to this disk. */
  freeBytes(): Promise<number>;
}

// Bodies of requests lie in here as they were sent: nobody else on the machine may read them.
const OWNER_ONLY_FILE = 0o600;
const OWNER_ONLY_FOLDER = 0o700;

/** The files of one folder, which is made when it is not there. */
export async function openJournalFolder(folder: string): Promise<JournalFiles> {
  await mkdir(folder, { recursive: true, mode: OWNER_ONLY_FOLDER });
  const pathOf = (name: string): string => join(folder, name);
  // A name is durable only when its folder is synced: a new segment could vanish with its records.
  const syncFolder = async (): Promise<void> => {
    const handle = await open(folder, constants.O_RDONLY);
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
  };
  return {
    list: () => readdir(folder),
    read: (name) => readFile(pathOf(name)),
    readPart: (name, offset, length) => readPart(pathOf(name), offset, length),
    async create(name, head) {
      const file = await openFile(pathOf(name), 'wx');
      await file.write(head, 0);
      await file.sync();
      await syncFolder();
      return file;
    },
    async resume(name, bytes) {
      await truncate(pathOf(name), bytes);
      const file = await openFile(pathOf(name), 'r+');
      await file.sync();
      return file;
    },
    async remove(name) {
      await rm(pathOf(name));
      await syncFolder();
    },
    async freeBytes() {
      const { bavail, bsize } = await statfs(folder);
      return bavail * bsize;
    },
  };
}

async function openFile(path: string, flags: 'wx' | 'r+'): Promise<JournalFile> {
  const handle = await open(path, flags, OWNER_ONLY_FILE);
  return {
    async write(bytes, offset) {
      let done = 0;
      while (done < bytes.byteLength) {
        const left = bytes.byteLength - done;
        const { bytesWritten } = await handle.write(bytes, done, left, offset + done);
        done += bytesWritten;
      }
    },
    // The length is synced with the data where it is needed to find them; times of the file are
    // not.
    sync: () => handle.datasync(),
    close: () => handle.close(),
  };
}

async function readPart(path: string, offset: number, length: number): Promise<Buffer> {
  const handle = await open(path, 'r');
  try {
    const bytes = Buffer.allocUnsafe(length);
    const { bytesRead } = await handle.read(bytes, 0, length, offset);
    return bytes.subarray(0, bytesRead);
  } finally {
    await handle.close();
  }
}
