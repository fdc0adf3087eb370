import type { Clock } from '@falsework/core/ports';
import { pause } from '@falsework/system';
import type { Feed } from '../drain/feed.ts';
import type { TableMapping } from '../mapping/table-mapping.ts';
import { isRowError } from '../postgres/failure.ts';
import { relationName } from '../postgres/quote.ts';
import type { Checkpoint, SourceKey } from './checkpoint.ts';
import type { ChunkSizer } from './chunk-size.ts';
import { type ChunkOrder, type CopiedChunk, copyChunk, type StagedChunk } from './copy-chunk.ts';
import { copyRows } from './copy-rows.ts';
import type { BackfillEvent } from './events.ts';
import type { Gate } from './gate.ts';
import { pacedRows, restMs } from './pace.ts';
import type { ProgressMeter } from './progress.ts';

/** What copying one table needs. */
export interface TableParts {
  readonly feed: Feed;
  readonly mapping: TableMapping;
  /** Claimed by this run, and not done. */
  readonly checkpoint: Checkpoint;
  readonly sizer: ChunkSizer;
  readonly meter: ProgressMeter;
  readonly gate: Gate;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly tell: (event: BackfillEvent) => void;
  readonly statementTimeoutMs: number;
}

type Moved = Pick<CopiedChunk, 'rows' | 'walked' | 'bytes' | 'upTo' | 'isLast' | 'keyShare'>;

// Beyond so many rows it is not worth while to look at each of them: smaller chunks come first.
const ROWS_BY_ROW_MAX = 1_000;

/**
 * Copies one table from its checkpoint to its end: `done`, or `stopped` when the signal or a person
 * said so. One chunk is read while the one before it is written; they are committed in the order of
 * their keys, so the checkpoint always says all of it. Rejects with what a chunk was undone for;
 * whoever calls again goes on behind the last one that was committed.
 */
export class TableCopy {
  readonly #parts: TableParts;
  readonly #table: string;
  #rows: number;
  #walked: number;
  #bytes: number;
  #chunks: number;
  #committed: SourceKey | null;
  #isDone = false;
  #owedMs = 0;

  constructor(parts: TableParts) {
    this.#parts = parts;
    this.#table = relationName(parts.mapping.source);
    const { rows, walked, bytes, chunks, lastKey } = parts.checkpoint;
    [this.#rows, this.#walked, this.#bytes, this.#chunks] = [rows, walked, bytes, chunks];
    this.#committed = lastKey;
  }

  get rows(): number {
    return this.#rows;
  }

  get bytes(): number {
    return this.#bytes;
  }

  get chunks(): number {
    return this.#chunks;
  }

  async run(): Promise<'done' | 'stopped'> {
    const { endKey } = this.#parts.checkpoint;
    if (endKey === null) return 'done';
    for (;;) {
      try {
        return await this.#chunkAfterChunk(endKey);
      } catch (error) {
        if (!isRowError(error)) throw error;
        const end = await this.#rowByRow(endKey);
        if (end !== 'passed') return end;
      }
    }
  }

  async #chunkAfterChunk(endKey: SourceKey): Promise<'done' | 'stopped'> {
    const { gate, sizer, clock } = this.#parts;
    let before: Promise<void> = Promise.resolve();
    let last = before;
    let after = this.#committed;
    try {
      for (;;) {
        const limits = await gate.pass();
        if (limits === null) break;
        const began = clock.monotonicMs();
        const chunk = this.#begin({ after, endKey, rows: pacedRows(sizer.rows, limits) }, before);
        last = chunk.committed;
        // While it is read, the one before it may fail.
        const staged = await Promise.race([chunk.staged, before.then(() => chunk.staged)]);
        await before;
        before = last;
        if (staged.isLast) break;
        after = staged.upTo;
        const paced = { rows: staged.walked, bytes: staged.bytes };
        const owedMs = restMs({ ...paced, elapsedMs: clock.monotonicMs() - began }, limits);
        await this.#rest(Math.max(owedMs, this.#owedMs));
      }
      await before;
      return this.#isDone ? 'done' : 'stopped';
    } finally {
      // Whatever went wrong, nothing of ours is under way when this returns.
      await before.catch(() => {});
      await last.catch(() => {});
    }
  }

  #begin(
    bounds: Pick<ChunkOrder, 'after' | 'endKey' | 'rows'>,
    before: Promise<void>,
  ): { readonly staged: Promise<StagedChunk>; readonly committed: Promise<void> } {
    const { feed, mapping, checkpoint, clock, statementTimeoutMs } = this.#parts;
    const order = { feed, mapping, attempt: checkpoint.attempt, statementTimeoutMs, ...bounds };
    const staged = Promise.withResolvers<StagedChunk>();
    const committed = copyChunk(order, { before, clock, staged: staged.resolve }).then((copied) => {
      this.#account(copied);
    });
    // Before it is staged, what it rejects with has to be heard there.
    committed.catch(staged.reject);
    staged.promise.catch(() => {});
    return { staged: staged.promise, committed };
  }

  #account(copied: CopiedChunk): void {
    const { readMs, writeMs, commitMs, walked, bytes } = copied;
    this.#parts.gate.commits.observe(commitMs);
    const elapsedMs = Math.max(readMs, writeMs);
    // So slow a chunk means that the stores have other things to do: leave them as much time.
    if (this.#parts.sizer.observe({ rows: walked, bytes, elapsedMs })) this.#owedMs = elapsedMs;
    this.#moveOn(copied);
  }

  #moveOn({ rows, walked, bytes, upTo, isLast, keyShare }: Moved): void {
    const { meter, clock, tell } = this.#parts;
    this.#rows += rows;
    this.#walked += walked;
    this.#bytes += bytes;
    this.#chunks += 1;
    this.#committed = upTo;
    this.#isDone = isLast;
    const sample = { at: clock.now(), rows: this.#walked, bytes: this.#bytes, keyShare };
    tell({ kind: 'progress', table: this.#table, progress: meter.observe(sample) });
  }

  /**
   * Looks at each row of what a chunk would have held, until one that is refused is found. The
   * chunks after it begin smaller, for where one is there are others.
   */
  async #rowByRow(endKey: SourceKey): Promise<'done' | 'stopped' | 'passed'> {
    const { feed, mapping, checkpoint, sizer, gate, clock, tell, statementTimeoutMs } = this.#parts;
    let left = sizer.rows;
    sizer.shrink();
    while (left > 0) {
      const limits = await gate.pass();
      if (limits === null) return 'stopped';
      const rows = Math.min(ROWS_BY_ROW_MAX, left, pacedRows(left, limits));
      const bounds = { after: this.#committed, endKey, rows };
      const order = { feed, mapping, attempt: checkpoint.attempt, statementTimeoutMs, ...bounds };
      const copied = await copyRows(order, clock);
      this.#moveOn({ ...copied, keyShare: null });
      if (copied.refused > 0) {
        tell({ kind: 'refused-rows', table: this.#table, rows: copied.refused });
      }
      if (copied.isLast) return 'done';
      if (copied.refused > 0) return 'passed';
      left -= rows;
    }
    return 'passed';
  }

  async #rest(delayMs: number): Promise<void> {
    this.#owedMs = 0;
    if (delayMs > 0) await pause(this.#parts.clock, delayMs, this.#parts.signal);
  }
}
