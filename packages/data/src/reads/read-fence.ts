import { fault } from '@falsework/core/errors';
import type { Clock } from '@falsework/core/ports';
import {
  canMove,
  type FenceMark,
  type FenceReason,
  fenceReason,
  type PendingKeys,
  type ReadFence,
  SharedLook,
} from '@falsework/core/routing';
import { systemClock } from '@falsework/system';
import { covers } from '../cursor/snapshot.ts';
import type { Feed } from '../drain/feed.ts';
import type { Watermark } from '../drain/follower.ts';
import { type FenceKey, fencedTables } from './fenced-tables.ts';
import { PendingReader } from './pending-reader.ts';

/** What a fence is built from. */
export interface ReadFenceOptions {
  /**
   * The feed that keeps the store equal which is read; its follower has to be the very server that
   * answers those reads. Only capture in an outbox tells of a change the moment that it commits.
   */
  readonly feed: Feed;
  /** By table of the source; see {@link FenceKey}. Every table of the feed has to be named. */
  readonly keys: Readonly<Record<string, FenceKey>>;
  /** Changed rows of a table that are listed; with more of them pending every key is fenced. */
  readonly pendingMax?: number;
  /** How long a read waits for the stores before the authority answers it. */
  readonly timeoutMs?: number;
  readonly clock?: Clock;
}

// Some milliseconds of a drain at tens of thousands of changes per second; each of them costs a
// look at one row, so this many take the source about 5 ms.
const PENDING_MAX = 1_000;
// Two short statements one after the other: ten times what they take between two towns.
const TIMEOUT_MS = 250;
// How old a mark may be before a new one is fetched. The older it is, the more keys seem to move.
const MARK_MS = 100;
// A comparison is nobody's to wait for, so it may look further back than a read.
const COMPARED_FACTOR = 10;

/**
 * Reads your writes, whoever wrote them: asks the authority which keys have changes that the
 * follower has not been told of, at each read anew, so that it holds for other processes, for other
 * applications and for a person at a prompt as well. Reads that come at the same time share one
 * look. Throws `FW_FENCE_TABLE` where the keys of a table are not known.
 *
 * ```ts
 * const fence = openReadFence({ feed, keys: { accounts: 'id', entries: 'account', rates: '*' } });
 * const balance = seam({ name: 'balance', legacy, candidate, effects: 'none', key, fence });
 * ```
 */
export function openReadFence(options: ReadFenceOptions): ReadFence {
  const { feed, keys } = options;
  if (feed.changes.kind !== 'outbox') {
    const because = 'capture reads the log, which tells of a change only after it has committed';
    throw fault('FW_FENCE_TABLE', { table: feed.source.label, because });
  }
  return new OutboxReadFence(options, new PendingReader(feed, fencedTables(feed, keys)));
}

/** What was seen of a follower, and when. */
interface Mark extends FenceMark {
  readonly position: Watermark;
}

/** A comparison that wants to know what has been written since its mark. */
interface Asked {
  readonly mark: Mark;
}

class OutboxReadFence implements ReadFence {
  readonly #reader: PendingReader;
  readonly #pendingMax: number;
  readonly #timeoutMs: number;
  readonly #clock: Clock;
  readonly #serving: SharedLook<PendingKeys>;
  #mark: Mark | null = null;
  #markedMs = Number.NEGATIVE_INFINITY;
  #marking: Promise<unknown> | null = null;

  constructor(options: ReadFenceOptions, reader: PendingReader) {
    const { pendingMax = PENDING_MAX, timeoutMs = TIMEOUT_MS, clock = systemClock } = options;
    this.#reader = reader;
    this.#pendingMax = pendingMax;
    this.#timeoutMs = timeoutMs;
    this.#clock = clock;
    this.#serving = new SharedLook(() => this.#within(this.#look()));
  }

  async check(key: string | null): Promise<FenceReason | null> {
    return fenceReason(await this.#orNull(this.#serving.see()), key);
  }

  mark(): FenceMark | null {
    const isOld = this.#clock.monotonicMs() - this.#markedMs > MARK_MS;
    if (isOld && this.#marking === null) {
      this.#marking = this.#orNull(this.#readWatermark()).finally(() => {
        this.#marking = null;
      });
    }
    return this.#mark;
  }

  async hasMoved(mark: FenceMark, key: string | null): Promise<boolean> {
    const { position } = mark as Mark;
    if (canMove(await this.#orNull(this.#lookSince(mark as Mark)), key)) return true;
    // The stores have changed places since: the feed begins anew with that, what was written before
    // it is not told of by its outbox, and what follows was the one that is followed.
    const present = await this.#orNull(this.#reader.watermark());
    return present !== null && !covers(position.snapshot, present.started);
  }

  async #look(): Promise<PendingKeys> {
    const watermark = await this.#readWatermark();
    const limit = this.#pendingMax;
    return this.#reader.pendingSince(watermark, { limit, isServing: true });
  }

  #lookSince({ position }: Asked['mark']): Promise<PendingKeys> {
    const limit = this.#pendingMax * COMPARED_FACTOR;
    return this.#reader.pendingSince(position, { limit, isServing: false });
  }

  async #readWatermark(): Promise<Watermark> {
    const watermark = await this.#reader.watermark();
    this.#mark = { position: watermark };
    this.#markedMs = this.#clock.monotonicMs();
    return watermark;
  }

  /** What a look found in time; `null` when it found nothing, for whatever reason. */
  async #orNull<T>(look: Promise<T>): Promise<T | null> {
    try {
      return await this.#within(look);
    } catch {
      // Counted by whoever asked: a key of which nothing is known stays with the authority.
      return null;
    }
  }

  /** A store that hangs must hold up neither the read nor the looks of those that come later. */
  #within<T>(look: Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      const late = (): void => reject(new Error('The stores did not answer in time.'));
      const cancel = this.#clock.after(this.#timeoutMs, late);
      look.finally(cancel).then(resolve, reject);
    });
  }
}
