import pg from 'pg';

/** The statement of one write on each side. */
export interface WriteTexts {
  readonly legacy: string;
  readonly candidate: string;
}

type Side = keyof WriteTexts;

/** What writers met since they were asked last. */
export interface Met {
  readonly writes: number;
  readonly fenced: number;
  /** The longest that one write took from the moment at which it was due, in milliseconds. */
  readonly waitMsMax: number;
}

/**
 * Writers that write on a timetable, whether or not the writes before have been answered: so a
 * pause counts for every write that was due in it, and not for one writer's next.
 */
export class ScheduledWriters {
  readonly #pools: Readonly<Record<Side, pg.Pool>>;
  readonly #texts: WriteTexts;
  readonly #timer: NodeJS.Timeout;
  readonly #startMs = performance.now();
  readonly #perSecond: number;
  #due = 0;
  #side: Side = 'legacy';
  #underWay = new Set<Promise<void>>();
  #writes = 0;
  #fenced = 0;
  #waitMsMax = 0;

  constructor(
    urls: Readonly<Record<Side, string>>,
    {
      texts,
      perSecond,
      connections,
    }: {
      readonly texts: WriteTexts;
      readonly perSecond: number;
      readonly connections: number;
    },
  ) {
    const pool = (url: string): pg.Pool => {
      const made = new pg.Pool({ connectionString: url, max: connections });
      // A server that is stopped first would otherwise hide why it was.
      made.on('error', () => {});
      return made;
    };
    this.#pools = { legacy: pool(urls.legacy), candidate: pool(urls.candidate) };
    this.#texts = texts;
    this.#perSecond = perSecond;
    this.#timer = setInterval(() => this.#begin(), 1);
  }

  /** What was met since the last call. */
  met(): Met {
    const met = { writes: this.#writes, fenced: this.#fenced, waitMsMax: this.#waitMsMax };
    this.#writes = 0;
    this.#fenced = 0;
    this.#waitMsMax = 0;
    return met;
  }

  /** Ends when everything that was due has been answered. */
  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await Promise.all(this.#underWay);
    await Promise.all([this.#pools.legacy.end(), this.#pools.candidate.end()]);
  }

  #begin(): void {
    const until = ((performance.now() - this.#startMs) / 1_000) * this.#perSecond;
    for (; this.#due < until; this.#due += 1) {
      const dueMs = this.#startMs + (this.#due / this.#perSecond) * 1_000;
      const write = this.#write(this.#due, dueMs).finally(() => this.#underWay.delete(write));
      this.#underWay.add(write);
    }
  }

  async #write(number: number, dueMs: number): Promise<void> {
    for (;;) {
      const side = this.#side;
      try {
        await this.#carryOut(side, number);
        this.#writes += 1;
        this.#waitMsMax = Math.max(this.#waitMsMax, performance.now() - dueMs);
        return;
      } catch (error) {
        if ((error as { code?: unknown }).code !== '25006') throw error;
        this.#fenced += 1;
        // Whoever is refused looks at the other store, as a pool that knows of failover would.
        if (this.#side === side) this.#side = side === 'legacy' ? 'candidate' : 'legacy';
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
    }
  }

  /** A statement that is refused leaves its connection as it was: the pool is to keep it. */
  async #carryOut(side: Side, number: number): Promise<void> {
    const client = await this.#pools[side].connect();
    try {
      await client.query(this.#texts[side], [number]);
    } finally {
      client.release();
    }
  }
}
