import { fault } from '@falsework/core/errors';
import type { Clock } from '@falsework/core/ports';
import { fingerprint } from '@falsework/core/text';
import { pause } from '@falsework/system';
import { CHUNK_LIMITS, type ChunkLimits, ChunkSizer } from '../backfill/chunk-size.ts';
import { expectationSql } from '../backfill/range-sql.ts';
import type { Feed } from '../drain/feed.ts';
import type { TableMapping } from '../mapping/table-mapping.ts';
import { coded, isRowError, sqlState } from '../postgres/failure.ts';
import { oneValue } from '../postgres/session.ts';
import { type Canaries, releaseCanaries } from './canary.ts';
import type { PassSummary, ReconcileEvent } from './events.ts';
import { finishPass } from './finish-pass.ts';
import type { Guest } from './guest.ts';
import { type HashedTable, type Hashing, hashedTable } from './hash-sql.ts';
import { keyText } from './keys.ts';
import {
  beginPass,
  type FoundDivergence,
  noteStep,
  type OpenPass,
  openPass,
  type Share,
  type Step,
} from './pass-record.ts';
import { countWaiting, recheck } from './recheck.ts';
import { type RoundRefusal, withSettledRound } from './round.ts';
import { divide } from './shares.ts';
import { type Walk, type Walked, walkShare } from './walk-share.ts';

/** What a pass over one mapping works with. */
export interface PassParts {
  readonly feed: Feed;
  readonly mapping: TableMapping;
  readonly hashing: Hashing;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly guest: Guest;
  /** How many shares are walked at the same time; each takes a connection to either store. */
  readonly connections: number;
  readonly targetMs: number;
  /** How long keys may be in flight, and how long the drain may be too far behind. */
  readonly patienceMs: number;
  readonly tell: (event: ReconcileEvent) => void;
}

// Once every few hundred milliseconds is what a bar on a terminal needs.
const PROGRESS_MS = 250;
const WAIT_MS = 250;
// After so many chunks that were cut off, each a fifth of the one before, something else is wrong.
const TIMEOUTS_MAX = 8;

/** One pass over one mapping, from its canaries to its last key in flight. */
export class Pass {
  readonly #parts: PassParts;
  readonly #tables: { readonly source: HashedTable; readonly follower: HashedTable };
  readonly #startedMs: number;
  #estimatedRows = 0;
  #rowBytes = 0;
  #walkedRows = 0;
  #isCareful = false;
  #toldMs = Number.NEGATIVE_INFINITY;

  constructor(parts: PassParts) {
    this.#parts = parts;
    const { mapping, hashing } = parts;
    this.#tables = {
      source: hashedTable(mapping, 'source', { hashing }),
      follower: hashedTable(mapping, 'follower', { hashing }),
    };
    this.#startedMs = parts.clock.monotonicMs();
  }

  /** Runs the pass to its end, or until it is told to stop; then it can be gone on with. */
  async run(): Promise<PassSummary> {
    const { feed, mapping, hashing, signal, clock, tell } = this.#parts;
    await this.#estimate();
    const { open, isResumed } = await this.#open();
    const { pass } = open;
    const begun = {
      mapping: mapping.id,
      pass,
      isResumed,
      estimatedRows: this.#estimatedRows,
      hashing,
    };
    tell({ kind: 'begun', ...begun });
    const canaries = await this.#canaries();
    await this.#walkAll(open);
    const unsettled = signal.aborted
      ? await countWaiting({ feed, mapping })
      : await this.#recheck(pass);
    const ended = await coded({ database: feed.follower.label, operation: 'ending a pass' }, () =>
      feed.follower.transaction({ reads: 'current' }, (session) =>
        finishPass(session, feed, { mapping, pass, canaries, unsettled, at: clock.now() }),
      ),
    );
    const tookMs = clock.monotonicMs() - this.#startedMs;
    const summary = { mapping: mapping.id, pass, ...ended, unsettled, canaries, tookMs };
    tell({ kind: 'finished', summary });
    return summary;
  }

  async #estimate(): Promise<void> {
    const { feed, mapping } = this.#parts;
    const plan = await coded({ database: feed.source.label, operation: 'estimating' }, () =>
      feed.source.use((session) => oneValue(session, expectationSql(mapping))),
    );
    const [{ Plan: expected }] = JSON.parse(plan ?? '[{"Plan":{}}]') as [
      { Plan: { 'Plan Rows'?: number; 'Plan Width'?: number } },
    ];
    this.#estimatedRows = expected['Plan Rows'] ?? 0;
    this.#rowBytes = expected['Plan Width'] ?? 0;
  }

  async #open(): Promise<{ readonly open: OpenPass; readonly isResumed: boolean }> {
    const { feed, mapping, hashing, connections, clock } = this.#parts;
    const { label } = feed.follower;
    const begun = await coded({ database: label, operation: 'looking for an open pass' }, () =>
      feed.follower.use((session) => openPass(session, feed, { mapping, hashing })),
    );
    if (begun !== null) return { open: begun, isResumed: true };
    const estimatedRows = this.#estimatedRows;
    const ranges = await coded({ database: feed.source.label, operation: 'dividing a table' }, () =>
      feed.source.use((session) =>
        divide(session, this.#tables.source, { estimatedRows, connections }),
      ),
    );
    const open = await coded({ database: label, operation: 'beginning a pass' }, () =>
      feed.follower.transaction({ reads: 'current' }, (session) =>
        beginPass(session, feed, { mapping, hashing, ranges, at: clock.now() }),
      ),
    );
    return { open, isResumed: false };
  }

  async #canaries(): Promise<Canaries> {
    const { feed, mapping, hashing, tell } = this.#parts;
    const canaries = await releaseCanaries(feed, mapping, hashing);
    const { planted, found } = canaries;
    tell({ kind: 'canaries', mapping: mapping.id, planted, found });
    return canaries;
  }

  async #walkAll({ pass, shares }: OpenPass): Promise<void> {
    const waiting = shares.filter(({ isDone }) => !isDone);
    const walkers = Array.from({ length: Math.min(this.#parts.connections, waiting.length) }, () =>
      this.#walkSome(pass, waiting),
    );
    // Every walker has to be back before anything is said, also when one of them has failed.
    const results = await Promise.allSettled(walkers);
    for (const result of results) if (result.status === 'rejected') throw result.reason;
  }

  async #walkSome(pass: string, waiting: Share[]): Promise<void> {
    // What was learnt of the size of chunks holds for the next share as well.
    const limits: ChunkLimits = { ...CHUNK_LIMITS, targetMs: this.#parts.targetMs };
    const sizer = new ChunkSizer(limits, this.#rowBytes === 0 ? null : this.#rowBytes);
    for (let share = waiting.shift(); share !== undefined; share = waiting.shift()) {
      try {
        await this.#walkOne(pass, { share, sizer });
      } catch (error) {
        // The others may as well stop; what is done is written down.
        waiting.length = 0;
        throw error;
      }
    }
  }

  async #walkOne(
    pass: string,
    { share, sizer }: { readonly share: Share; readonly sizer: ChunkSizer },
  ): Promise<void> {
    const { feed, mapping, clock, signal, guest } = this.#parts;
    const walk: Walk = {
      feed,
      mapping,
      tables: this.#tables,
      clock,
      signal,
      sizer,
      rowBytes: this.#rowBytes,
      isCareful: this.#isCareful,
      onChunk: (rows) => this.#progress(rows),
    };
    for (let at = share; !at.isDone && !signal.aborted; ) {
      await guest.pass();
      const began = clock.monotonicMs();
      const walked = await this.#walkRound(walk, at);
      if (walked === null) return;
      await this.#note(pass, walked.step);
      at = { ...at, last: walked.step.last, isDone: walked.step.isDone };
      await guest.rest(clock.monotonicMs() - began, walked.wasFarTooSlow);
    }
  }

  /**
   * One round over a share; asked for again while the follower is too far behind to be compared.
   */
  async #walkRound(walk: Walk, share: Share): Promise<Walked | null> {
    const { feed, mapping, clock, signal, patienceMs, tell } = this.#parts;
    const until = clock.monotonicMs() + patienceMs;
    let told = '';
    for (let timeouts = 0; !signal.aborted; ) {
      try {
        const careful = { ...walk, isCareful: this.#isCareful };
        const result = await withSettledRound(feed, mapping, (round) =>
          walkShare(careful, share, round),
        );
        if ('value' in result) return result.value;
        const because = refusalText(result.refused);
        if (clock.monotonicMs() >= until) throw this.#behind(because);
        if (because !== told) tell({ kind: 'held', because });
        told = because;
        await pause(clock, WAIT_MS, signal);
      } catch (error) {
        if (isRowError(error) && !this.#isCareful) {
          this.#isCareful = true;
          continue;
        }
        if (sqlState(error) !== '57014' || timeouts >= TIMEOUTS_MAX) throw error;
        timeouts += 1;
        walk.sizer.shrink();
      }
    }
    return null;
  }

  #behind(because: string): Error {
    const { feed, mapping, patienceMs } = this.#parts;
    const facts = {
      mapping: mapping.id,
      follower: feed.follower.label,
      because,
      waitedMs: patienceMs,
    };
    return fault('FW_DATA_RECONCILE_BEHIND', facts);
  }

  async #note(pass: string, step: Step): Promise<void> {
    const { feed, mapping } = this.#parts;
    await coded({ database: feed.follower.label, operation: 'noting a pass' }, () =>
      feed.follower.transaction({ reads: 'current' }, (session) =>
        noteStep(session, feed, { pass, mapping, step }),
      ),
    );
    this.#tellDivergences(step.divergences);
  }

  #recheck(pass: string): Promise<number> {
    const { feed, mapping, clock, signal, patienceMs, tell } = this.#parts;
    return recheck({
      feed,
      mapping,
      pass,
      tables: this.#tables,
      clock,
      signal,
      timeoutMs: patienceMs,
      onLeft: (left) => tell({ kind: 'rechecking', mapping: mapping.id, left }),
      onDivergences: (found) => this.#tellDivergences(found),
    });
  }

  #tellDivergences(found: readonly FoundDivergence[]): void {
    const mapping = this.#parts.mapping.id;
    for (const { key, kind } of found) {
      const keyDigest = keyDigestOf(mapping, key);
      this.#parts.tell({ kind: 'divergence', mapping, keyDigest, divergence: kind });
    }
  }

  #progress(rows: number): void {
    const { clock, mapping, tell } = this.#parts;
    this.#walkedRows += rows;
    const nowMs = clock.monotonicMs();
    if (nowMs - this.#toldMs < PROGRESS_MS) return;
    this.#toldMs = nowMs;
    tell({
      kind: 'progress',
      mapping: mapping.id,
      rows: this.#walkedRows,
      estimatedRows: this.#estimatedRows,
      rowsPerSecond: (1000 * this.#walkedRows) / Math.max(1, nowMs - this.#startedMs),
    });
  }
}

/**
 * What stands for a key where keys must not be shown. It tells two of them apart; it does not hide
 * a key from whoever can guess it.
 */
export function keyDigestOf(mapping: string, key: readonly string[]): string {
  return fingerprint(`${mapping} ${keyText(key)}`);
}

function refusalText(refused: RoundRefusal): string {
  switch (refused.because) {
    case 'behind':
      return `at least ${refused.changes} changes are not on the follower yet`;
    case 'truncated':
      return 'the table was truncated, and the follower has yet to be told';
    case 'rotated':
      return 'changes were thrown away while they were being read';
  }
}
