import type { FalseworkError } from '@falsework/core/errors';
import type { Clock } from '@falsework/core/ports';
import type { Feed } from '../drain/feed.ts';
import { presentInstant } from '../drain/follower.ts';
import type { TableMapping } from '../mapping/table-mapping.ts';
import { coded } from '../postgres/failure.ts';
import { relationName } from '../postgres/quote.ts';
import { oneValue, type Session } from '../postgres/session.ts';
import { backfillFault } from './backfill-fault.ts';
import {
  beginCheckpoint,
  type Checkpoint,
  claimCheckpoint,
  readCheckpoint,
  type SourceKey,
} from './checkpoint.ts';
import { type ChunkLimits, ChunkSizer } from './chunk-size.ts';
import { TableCopy } from './copy-table.ts';
import type { BackfillEvent } from './events.ts';
import type { Gate } from './gate.ts';
import { finished, ProgressMeter } from './progress.ts';
import { expectationSql, lastKeySql } from './range-sql.ts';

/** What a runner is made of. */
export interface RunnerParts {
  readonly feed: Feed;
  readonly mapping: TableMapping;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly gate: Gate;
  readonly tell: (event: BackfillEvent) => void;
  readonly limits: ChunkLimits;
}

/** A statement that takes five times as long as a chunk should is given up. */
const TIMEOUT_PER_TARGET = 5;
const TIMEOUT_MIN_MS = 2_000;

/** One table through all tries of a run: what was learned of its chunks outlives a try. */
export class TableRunner {
  readonly #parts: RunnerParts;
  readonly table: string;
  #sizer: ChunkSizer | null = null;
  #copy: TableCopy | null = null;
  #timeouts = 0;
  #isStarted = false;

  constructor(parts: RunnerParts) {
    this.#parts = parts;
    this.table = relationName(parts.mapping.source);
  }

  get isRunning(): boolean {
    return this.#copy !== null;
  }

  get chunkRows(): number {
    return this.#sizer?.rows ?? 0;
  }

  /** A statement timed out. When not even one row fits into the time, it gets more of it. */
  shrink(): void {
    if (this.chunkRows === 1) this.#timeouts += 1;
    this.#sizer?.shrink();
  }

  /** Fixes where the table ends, unless an earlier run has. */
  async begin(): Promise<void> {
    const { feed, mapping, clock } = this.#parts;
    const { source, follower } = feed;
    const there = await this.#onFollower((session) => readCheckpoint(session, feed, mapping));
    if (there !== null) return;
    const instant = await presentInstant(feed);
    const [endKey, expected] = await coded(
      { database: source.label, operation: 'looking for the end of a table' },
      () =>
        source.use(async (session) => {
          const [last] = await session.rows(lastKeySql(mapping));
          const plan = await oneValue(session, expectationSql(mapping));
          return [(last as SourceKey | undefined) ?? null, expectationOf(plan)] as const;
        }),
    );
    await coded({ database: follower.label, operation: 'beginning a table' }, () =>
      follower.use((session) =>
        beginCheckpoint(
          session,
          { feed, mapping },
          {
            endKey,
            statisticsRows: endKey === null ? 0 : expected.rows,
            snapshot: instant.snapshot,
            at: clock.now(),
          },
        ),
      ),
    );
  }

  /** Copies what is left of the table. */
  async run(): Promise<'done' | 'stopped'> {
    const { feed, mapping, clock, signal, gate, tell, limits } = this.#parts;
    const checkpoint = await this.#onFollower((session) => claimCheckpoint(session, feed, mapping));
    if (checkpoint.state === 'done') return 'done';
    this.#tellStart(checkpoint);
    this.#sizer ??= new ChunkSizer(limits, await this.#rowBytes());
    const { walked, bytes } = checkpoint;
    const start = { at: clock.now(), rows: walked, bytes, keyShare: null };
    const meter = new ProgressMeter(checkpoint.statisticsRows, start);
    const patient = Math.max(TIMEOUT_MIN_MS, TIMEOUT_PER_TARGET * limits.targetMs);
    const statementTimeoutMs = patient * 2 ** this.#timeouts;
    const common = { feed, mapping, clock, signal, gate, tell };
    const sizer = this.#sizer;
    this.#copy = new TableCopy({ ...common, checkpoint, sizer, meter, statementTimeoutMs });
    const end = await this.#copy.run();
    const { rows } = this.#copy;
    if (end === 'done') {
      tell({
        kind: 'table-finished',
        table: this.table,
        progress: finished(rows, this.#copy.bytes),
      });
    }
    this.#copy = null;
    return end;
  }

  /** What a run ends with that failed on this table. */
  fault(error: unknown): FalseworkError {
    const { feed, mapping } = this.#parts;
    const { rows, chunks } = this.#copy ?? { rows: 0, chunks: 0 };
    return backfillFault(error, { mapping, database: feed.follower.label, rows, chunks });
  }

  #tellStart({ lastKey, statisticsRows }: Checkpoint): void {
    if (this.#isStarted) return;
    this.#isStarted = true;
    this.#parts.tell({
      kind: 'table-started',
      table: this.table,
      isResumed: lastKey !== null,
      estimatedRows: statisticsRows,
    });
  }

  async #rowBytes(): Promise<number> {
    const { feed, mapping } = this.#parts;
    const { source } = feed;
    const plan = await coded({ database: source.label, operation: 'looking at a table' }, () =>
      source.use((session) => oneValue(session, expectationSql(mapping))),
    );
    return expectationOf(plan).rowBytes;
  }

  #onFollower<T>(act: (session: Session) => Promise<T>): Promise<T> {
    const { follower } = this.#parts.feed;
    return coded({ database: follower.label, operation: 'taking a table over' }, () =>
      follower.use(act),
    );
  }
}

/** Rows, and bytes per row, as the planner expects them. */
function expectationOf(plan: string | null): {
  readonly rows: number;
  readonly rowBytes: number;
} {
  const [explained] = JSON.parse(plan ?? '[]') as {
    readonly Plan: Readonly<Record<string, unknown>>;
  }[];
  const { Plan: node } = explained ?? { Plan: {} };
  return { rows: Number(node['Plan Rows'] ?? 0), rowBytes: Number(node['Plan Width'] ?? 0) };
}
