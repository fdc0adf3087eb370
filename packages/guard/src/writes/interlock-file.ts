import { randomUUID } from 'node:crypto';
import { mkdir, open, readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { fault } from '@falsework/core/errors';
import type { InterlockState } from './dry-run-interlock.ts';
import type { InterlockStore } from './interlocks.ts';

const NAME = 'interlocks.json';

/**
 * The interlocks of one guard in a file. It is replaced as a whole and synced before it takes its
 * name, so that a crash leaves the state before or the one after, and never forgets a stop.
 */
export class InterlockFile implements InterlockStore {
  readonly #folder: string;
  #states = new Map<string, InterlockState>();
  #saving: Promise<void> = Promise.resolve();

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** Rejects with FW_JOURNAL_CORRUPT: without knowing what is stopped, nothing may be shadowed. */
  async load(): Promise<ReadonlyMap<string, InterlockState>> {
    await mkdir(this.#folder, { recursive: true, mode: 0o700 });
    const text = await readFile(join(this.#folder, NAME), 'utf8').catch((error: unknown) => {
      if ((error as { code?: unknown }).code === 'ENOENT') return null;
      throw error;
    });
    if (text === null) return this.#states;
    try {
      this.#states = new Map(Object.entries(JSON.parse(text) as Record<string, InterlockState>));
    } catch (error) {
      const facts = { folder: this.#folder, segment: NAME, because: 'it is not JSON' };
      throw fault('FW_JOURNAL_CORRUPT', facts, error);
    }
    return this.#states;
  }

  save(route: string, state: InterlockState): Promise<void> {
    // One after the other: each one writes what the one before it has written, and its own.
    const saving = this.#saving.then(() => this.#replace(route, state));
    this.#saving = saving.catch(() => {});
    return saving;
  }

  async #replace(route: string, state: InterlockState): Promise<void> {
    const next = new Map(this.#states).set(route, state);
    const draft = join(this.#folder, `${NAME}.${randomUUID()}`);
    const file = await open(draft, 'wx', 0o600);
    try {
      await file.writeFile(JSON.stringify(Object.fromEntries(next)));
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(draft, join(this.#folder, NAME));
    await syncFolder(this.#folder);
    this.#states = next;
  }
}

async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
