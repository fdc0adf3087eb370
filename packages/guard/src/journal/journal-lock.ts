import { chmodSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { fault } from '@falsework/core/errors';

/** Lets go of the folder. Calling it again does nothing. */
export type Unlock = () => void;

const LOCK_NAME = 'lock.sqlite';

/**
 * Takes a folder for this process alone; throws FW_JOURNAL_LOCKED when another one has it.
 *
 * Node has no file locks of its own, and a file with a process id in it is either stale after a
 * crash or, with a check for staleness, taken by two at once. SQLite's exclusive transaction is a
 * lock of the operating system: it holds across containers that share the volume, and it is gone
 * the moment the process is, however it ended. Nothing is ever stored in the file.
 */
export function lockFolder(folder: string): Unlock {
  const path = join(folder, LOCK_NAME);
  const database = new DatabaseSync(path);
  try {
    chmodSync(path, 0o600);
    database.exec('BEGIN EXCLUSIVE');
  } catch (error) {
    database.close();
    throw fault('FW_JOURNAL_LOCKED', { folder, because: (error as Error).message }, error);
  }
  return () => {
    if (database.isOpen) database.close();
  };
}
