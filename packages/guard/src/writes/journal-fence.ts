import type { Clock } from '@falsework/core/ports';
import type { FenceMark, FenceReason } from '@falsework/core/routing';
import { type Entry, laneOf } from '../journal/entries.ts';
import type { Journal } from '../journal/index.ts';

/** When the sides of a comparison began to answer. */
interface JournalMark extends FenceMark {
  readonly position: number;
}

// Keys that were written lately, for comparisons under way. A shadow that waits for longer than it
// takes to write so many others is told that nothing is known, and its difference counts.
const LATELY_MAX = 10_000;

/**
 * Which keys the follower lacks something of, by the journal alone: from the moment at which a
 * write's intent is noted, before the authority has it, until the follower has taken it. It knows
 * of every write that came through this guard, and of no other.
 */
export class JournalFence {
  readonly #entries: Journal['entries'];
  readonly #clock: Pick<Clock, 'monotonicMs'>;
  /** By lane, when the follower took a write of it last; the oldest first. */
  readonly #takenMs = new Map<string, number>();

  constructor(entries: Journal['entries'], clock: Pick<Clock, 'monotonicMs'>) {
    this.#entries = entries;
    this.#clock = clock;
  }

  /** Why the authority has to answer a read of the key; `null` when the follower may. O(1). */
  reasonFor(key: string | null): FenceReason | null {
    // A write whose entity nobody named may have been to any.
    if (this.#entries.lane(NO_KEY).length > 0) return 'every-key';
    const isPending = key === null ? this.#entries.size > 0 : this.#isOpen(key);
    return isPending ? 'pending' : null;
  }

  /** The present moment, to ask later what was written since. */
  mark(): FenceMark {
    return { position: this.#clock.monotonicMs() } satisfies JournalMark;
  }

  /** True when a write on the key was under way at some time since the mark. */
  hasMoved({ position }: FenceMark, key: string | null): boolean {
    if (this.reasonFor(key) !== null) return true;
    const lanes = key === null ? [...this.#takenMs.keys()] : [NO_KEY, laneOf({ key })];
    return lanes.some((lane) => (this.#takenMs.get(lane) ?? -1) >= (position as number));
  }

  /** The follower has taken a write. */
  taken(entry: Pick<Entry, 'key'>): void {
    const lane = laneOf(entry);
    this.#takenMs.delete(lane);
    this.#takenMs.set(lane, this.#clock.monotonicMs());
    if (this.#takenMs.size <= LATELY_MAX) return;
    const [oldest] = this.#takenMs.keys();
    if (oldest !== undefined) this.#takenMs.delete(oldest);
  }

  #isOpen(key: string): boolean {
    return this.#entries.lane(laneOf({ key })).length > 0;
  }
}

const NO_KEY = laneOf({ key: null });
