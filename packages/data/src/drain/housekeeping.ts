import type { Clock } from '@falsework/core/ports';
import { raiseMark } from '../capture/instant.ts';
import type { Snapshot } from '../cursor/snapshot.ts';
import { coded } from '../postgres/failure.ts';
import type { Drained } from './drain-once.ts';
import type { Feed } from './feed.ts';

// An older state of the source's disk is told from the present one by its mark, so a backup that
// is older than this is always found out.
const MARK_MS = 10_000;
const ROTATE_MS = 5_000;
// Comparisons read changes that the drain has done with; a chunk of theirs takes seconds.
const KEPT_MS = 30_000;
const DEAD_RETRY_MS = 5_000;

interface Consumed {
  readonly snapshot: Snapshot;
  readonly atMs: number;
}

/** What a drain does beside draining: marks on the source, emptied outboxes, dead letters. */
export class Housekeeping {
  readonly #feed: Feed;
  readonly #clock: Clock;
  #markedMs = Number.NEGATIVE_INFINITY;
  #rotatedMs: number;
  #deadMs = Number.NEGATIVE_INFINITY;
  #kept: Consumed[] = [];

  constructor(feed: Feed, clock: Clock) {
    this.#feed = feed;
    this.#clock = clock;
    this.#rotatedMs = clock.monotonicMs();
  }

  /** True now and then, for the window that is to try the dead letters again. */
  mayRetryDead(): boolean {
    const nowMs = this.#clock.monotonicMs();
    if (nowMs - this.#deadMs < DEAD_RETRY_MS) return false;
    this.#deadMs = nowMs;
    return true;
  }

  /** Raises the mark of the source, before the follower can hear of it. */
  async beforeWindow(): Promise<void> {
    const nowMs = this.#clock.monotonicMs();
    if (nowMs - this.#markedMs < MARK_MS) return;
    const { source, schema } = this.#feed;
    await coded({ database: source.label, operation: 'raising the mark' }, () =>
      raiseMark(source, schema),
    );
    this.#markedMs = nowMs;
  }

  /** What has been drained may be thrown away a while from now. */
  drained({ upTo }: Drained): void {
    const atMs = this.#clock.monotonicMs();
    const newest = this.#kept.at(-1);
    if (newest !== undefined && atMs - newest.atMs < ROTATE_MS) return;
    this.#kept.push({ snapshot: upTo, atMs });
  }

  /** Empties outboxes, if it is time. */
  async whenDue(): Promise<void> {
    const nowMs = this.#clock.monotonicMs();
    if (nowMs - this.#rotatedMs < ROTATE_MS) return;
    this.#rotatedMs = nowMs;
    const old = this.#kept.filter(({ atMs }) => nowMs - atMs >= KEPT_MS);
    const consumed = old.at(-1)?.snapshot;
    if (consumed === undefined) return;
    this.#kept = this.#kept.slice(old.length - 1);
    await this.#feed.changes.forget(this.#feed.source, consumed);
  }
}
