import { type FalseworkError, fault } from '@falsework/core/errors';
import type { Clock } from '@falsework/core/ports';
import { pause } from '@falsework/system';
import type { Feed } from '../drain/feed.ts';
import { startFeed } from '../drain/follower.ts';
import { classify } from '../postgres/failure.ts';
import { oneValue } from '../postgres/session.ts';
import { isTooSlow, mayPass } from './backfill-fault.ts';
import { type BackfillStatus, backfillStatus } from './backfill-status.ts';
import { seeCapture } from './capture-probe.ts';
import { CHUNK_LIMITS, type ChunkLimits } from './chunk-size.ts';
import { ChunkOutdated } from './copy-chunk.ts';
import type { BackfillEvent } from './events.ts';
import { Gate } from './gate.ts';
import { prepareBackfill } from './prepare-backfill.ts';
import { checkSource, tableObstacles } from './readiness.ts';
import { TableRunner } from './table-runner.ts';
import type { Veto } from './veto.ts';

/** How a backfill is run. */
export interface BackfillOptions {
  readonly clock: Clock;
  /** Aborted to stop after the chunks that are under way. */
  readonly signal?: AbortSignal;
  /** Called with everything there is to tell, in order. Must not throw. */
  readonly onEvent?: (event: BackfillEvent) => void;
  /** Others who are asked before each chunk. */
  readonly vetoes?: readonly Veto[];
  readonly chunks?: Partial<ChunkLimits>;
  /**
   * True to write over rows that the follower has already. Those whose keys the source does not
   * have stay, and the comparison will find them. Without it, such rows refuse the whole run.
   */
  readonly overwritesRows?: boolean;
  /** How long it goes on trying without a chunk getting through, in milliseconds. */
  readonly patienceMs?: number;
}

/** How a backfill ended. */
export type BackfillOutcome =
  /** Nothing was copied, because of these. */
  | { readonly outcome: 'refused'; readonly because: readonly FalseworkError[] }
  /** It was asked to stop, and goes on from there when it is run again. */
  | { readonly outcome: 'stopped'; readonly status: BackfillStatus }
  /** Everything is copied. The follower is whole once the drain has passed `status.cutoff`. */
  | { readonly outcome: 'done'; readonly status: BackfillStatus };

const PATIENCE_MS = 120_000;
const RETRY_FIRST_MS = 250;
const RETRY_MAX_MS = 10_000;

/**
 * Copies what was in the tables of a feed before capture began, beside live writes and the drain.
 * It begins only after a change of its own was seen to come out of capture, and goes on where an
 * earlier run was stopped or killed. Each chunk is read at one instant of the source and written
 * with its checkpoint in one transaction, under the lock that the drain takes too; a row that the
 * drain has seen later, or seen deleted, is left alone.
 *
 * Refusals come back as values. Rejects with `FW_DATA_BACKFILL_…` when copying cannot go on:
 * `_FULL`, `_DENIED`, `_CHANGED`, `_TAKEN`, `_STOPPED`; with `FW_DATA_PLACE` when the source is
 * another one; each says what is there of the table. Running it again after the cause is gone
 * continues. The pools of both databases need at least five connections.
 *
 * ```ts
 * import { runBackfill } from '@falsework/data';
 * import { systemClock } from '@falsework/system';
 *
 * const result = await runBackfill(feed, {
 *   clock: systemClock,
 *   onEvent: (event) => {
 *     if (event.kind === 'progress') console.log(event.table, event.progress.fraction);
 *   },
 * });
 * if (result.outcome === 'refused') console.error(result.because.map(({ message }) => message));
 * ```
 */
export async function runBackfill(feed: Feed, options: BackfillOptions): Promise<BackfillOutcome> {
  return new BackfillRun(feed, options).run();
}

class BackfillRun {
  readonly #feed: Feed;
  readonly #options: BackfillOptions;
  readonly #signal: AbortSignal;
  readonly #runners: readonly TableRunner[];
  #progressAtMs: number;
  #delayMs = RETRY_FIRST_MS;
  #isReady = false;

  constructor(feed: Feed, options: BackfillOptions) {
    this.#feed = feed;
    this.#options = options;
    this.#signal = options.signal ?? new AbortController().signal;
    this.#progressAtMs = options.clock.monotonicMs();
    const { clock, vetoes = [] } = options;
    const tell = (event: BackfillEvent): void => this.#tell(event);
    const signal = this.#signal;
    const gate = new Gate({ feed, clock, signal, vetoes, tell });
    const limits = { ...CHUNK_LIMITS, ...options.chunks };
    this.#runners = feed.mappings.map(
      (mapping) => new TableRunner({ feed, mapping, clock, signal, gate, tell, limits }),
    );
  }

  async run(): Promise<BackfillOutcome> {
    for (;;) {
      try {
        return await this.#once();
      } catch (error) {
        const outcome = await this.#recover(error);
        if (outcome !== null) return outcome;
      }
    }
  }

  /** One try, for as long as its connections hold. */
  async #once(): Promise<BackfillOutcome> {
    const { follower } = this.#feed;
    if (!this.#isReady) await prepareBackfill(this.#feed);
    return follower.use(async (session) => {
      const lock = `${this.#feed.schema} ${this.#feed.direction} backfill`;
      const held = 'select pg_try_advisory_lock(hashtextextended($1, 2))';
      if ((await oneValue(session, held, [lock])) !== 't') return this.#refuseSecond();
      try {
        return await this.#locked();
      } finally {
        await session
          .rows('select pg_advisory_unlock(hashtextextended($1, 2))', [lock])
          // A connection that is gone has let go of its locks.
          .catch(() => {});
      }
    });
  }

  #refuseSecond(): BackfillOutcome {
    const { follower, direction } = this.#feed;
    if (this.#isReady) {
      // Ours, on a connection that broke: the server has not noticed yet.
      const because = 'its lock is still held';
      throw fault('FW_DATA_BUSY', { database: follower.label, operation: 'resuming', because });
    }
    const running = fault('FW_DATA_BACKFILL_RUNNING', { database: follower.label, direction });
    return { outcome: 'refused', because: [running] };
  }

  async #locked(): Promise<BackfillOutcome> {
    const obstacles = await this.#obstacles();
    if (obstacles.length > 0) return { outcome: 'refused', because: obstacles };
    for (const runner of this.#runners) {
      if ((await runner.run()) === 'stopped') return this.#stopped();
    }
    return { outcome: 'done', status: await backfillStatus(this.#feed) };
  }

  async #obstacles(): Promise<readonly FalseworkError[]> {
    const feed = this.#feed;
    if (this.#isReady) {
      await checkSource(feed);
      return [];
    }
    const { seen, missing } = await seeCapture(feed, this.#options.clock);
    if (missing.length > 0) return missing;
    // Only now is there an instant from which on everything is reported.
    await startFeed(feed);
    await checkSource(feed);
    const allowsRows = this.#options.overwritesRows ?? false;
    const obstacles: FalseworkError[] = [];
    for (const mapping of feed.mappings) {
      obstacles.push(...(await tableObstacles(feed, mapping, { allowsRows })));
    }
    if (obstacles.length > 0) return obstacles;
    for (const { table, seen: how } of seen) this.#tell({ kind: 'captured', table, seen: how });
    for (const runner of this.#runners) await runner.begin();
    this.#isReady = true;
    return [];
  }

  /**
   * Waits before the next try; gives how the run ends when there is none. Throws when trying again
   * makes no sense or has gone on for too long.
   */
  async #recover(error: unknown): Promise<BackfillOutcome | null> {
    const { clock, patienceMs = PATIENCE_MS } = this.#options;
    const runner = this.#runners.find((one) => one.isRunning);
    const isPatient = clock.monotonicMs() - this.#progressAtMs < patienceMs;
    if (!mayPass(error) || !isPatient) {
      const told = runner?.fault(error) ?? this.#fault(error);
      // Before the first chunk nothing is half-done: that is a refusal.
      if (!this.#isReady && !mayPass(error)) return { outcome: 'refused', because: [told] };
      throw told;
    }
    if (this.#signal.aborted) return this.#stopped();
    if (isTooSlow(error)) runner?.shrink();
    const [table, rows] = [runner?.table ?? null, runner?.chunkRows ?? null];
    const told = error instanceof ChunkOutdated ? null : this.#fault(error);
    this.#tell({ kind: 'retrying', table, error: told, rows });
    await pause(clock, this.#delayMs, this.#signal);
    this.#delayMs = Math.min(2 * this.#delayMs, RETRY_MAX_MS);
    return null;
  }

  async #stopped(): Promise<BackfillOutcome> {
    return { outcome: 'stopped', status: await backfillStatus(this.#feed) };
  }

  #fault(error: unknown): FalseworkError {
    return classify(error, { database: this.#feed.follower.label, operation: 'the backfill' });
  }

  #tell(event: BackfillEvent): void {
    if (event.kind === 'progress' || event.kind === 'held') {
      this.#progressAtMs = this.#options.clock.monotonicMs();
      this.#delayMs = RETRY_FIRST_MS;
    }
    this.#options.onEvent?.(event);
  }
}
