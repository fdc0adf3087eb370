import type { Clock } from '@falsework/core/ports';
import { pause } from '@falsework/system';
import pg from 'pg';
import { wakeChannel, wakeLock } from '../capture/wake-up.ts';
import type { Feed } from './feed.ts';

/** How to sleep. */
export interface Sleep {
  /** At most for so long. */
  readonly delayMs: number;
  /** At most for so long where nobody will wake us. */
  readonly unwokenMs: number;
  readonly signal: AbortSignal;
  /** Looks once more whether there is nothing to do. */
  readonly look: () => Promise<boolean>;
}

/** Sleeps until the source has something new. */
export interface Sleeper {
  /** Resolves when woken or when it is time. Rejects only with what `look` rejects with. */
  sleep(sleep: Sleep): Promise<void>;
  close(): Promise<void>;
}

/**
 * Sleeps on a connection of its own to the source. While it sleeps it holds a lock; a writer that
 * finds it held sends a notification with its commit. While the drain is awake, or there is none,
 * no writer sends any: notifications make commits wait for each other. Without the lock, because a
 * writer is under way, or without the connection, it sleeps for `unwokenMs` and no longer.
 */
export class NotifiedSleeper implements Sleeper {
  readonly #feed: Feed;
  readonly #clock: Clock;
  #client: pg.Client | null = null;
  #wake: () => void = () => {};

  constructor(feed: Feed, clock: Clock) {
    this.#feed = feed;
    this.#clock = clock;
  }

  async sleep({ delayMs, unwokenMs, signal, look }: Sleep): Promise<void> {
    const client = await this.#listening();
    const isLocked = client !== null && (await this.#lock(client));
    const woken = this.#untilWoken(isLocked ? delayMs : unwokenMs, signal);
    // What was committed before the lock was there has told nobody.
    if (isLocked && !(await look())) this.#wake();
    await woken;
    if (isLocked) await this.#ask('select pg_advisory_unlock($1)', client);
  }

  async close(): Promise<void> {
    const client = this.#client;
    this.#client = null;
    await client?.end().catch(() => {});
  }

  async #lock(client: pg.Client): Promise<boolean> {
    const answer = await this.#ask('select pg_try_advisory_lock($1) as held', client);
    return answer?.rows[0]?.held === true;
  }

  #untilWoken(delayMs: number, signal: AbortSignal): Promise<void> {
    const woken = new AbortController();
    this.#wake = () => woken.abort();
    return pause(this.#clock, delayMs, AbortSignal.any([signal, woken.signal]));
  }

  /** What the server says; `null`, and no connection any more, when it says nothing. */
  async #ask(sql: string, client: pg.Client): Promise<pg.QueryResult<{ held?: boolean }> | null> {
    try {
      return await client.query(sql, [wakeLock(this.#feed.schema)]);
    } catch {
      // Being woken early is all that is lost; the drain itself meets the fault and tells of it.
      await this.close();
      return null;
    }
  }

  async #listening(): Promise<pg.Client | null> {
    if (this.#client !== null) return this.#client;
    const client = new pg.Client({
      connectionString: this.#feed.source.url,
      application_name: 'falsework-data wake-up',
      connectionTimeoutMillis: 5_000,
      keepAlive: true,
    });
    client.on('error', () => {
      this.#client = null;
      this.#wake();
    });
    client.on('notification', () => this.#wake());
    try {
      await client.connect();
      await client.query(`listen ${pg.escapeIdentifier(wakeChannel(this.#feed.schema))}`);
      this.#client = client;
      return client;
    } catch {
      await client.end().catch(() => {});
      return null;
    }
  }
}
