import { type Sketch, SketchRecorder } from '@falsework/core/evidence';
import type { Clock } from '@falsework/core/ports';
import {
  type FenceCounts,
  type FenceMark,
  type FenceReason,
  NOT_FENCED,
  type ReadFence,
} from '@falsework/core/routing';

/** What a fence was asked for callers, and what came of it. */
export interface FenceUse {
  /** Calls that the candidate's share let it answer, and that it did. */
  readonly passed: number;
  /** Calls that legacy answered instead, by reason. */
  readonly fenced: FenceCounts;
  /** How long callers waited to be told which. */
  readonly waitedMs: Sketch;
}

/**
 * A fence as a plane asks it: whatever it does, a caller is answered, and every answer is counted.
 */
export class CountedFence {
  readonly #fence: ReadFence;
  readonly #clock: Clock;
  readonly #fenced: Record<FenceReason, number> = { ...NOT_FENCED };
  readonly #waitedMs = new SketchRecorder();
  #passed = 0;

  constructor(fence: ReadFence, clock: Clock) {
    this.#fence = fence;
    this.#clock = clock;
  }

  /** Why legacy has to answer for the key; `null` when the candidate may. Never rejects. */
  async reasonFor(key: string | null): Promise<FenceReason | null> {
    const startMs = this.#clock.monotonicMs();
    const reason = await this.#check(key);
    this.#waitedMs.record(this.#clock.monotonicMs() - startMs);
    if (reason === null) this.#passed += 1;
    else this.#fenced[reason] += 1;
    return reason;
  }

  /** The newest known state of the follower; `null` when none is. Never throws. */
  mark(): FenceMark | null {
    try {
      return this.#fence.mark();
    } catch {
      // Without a mark a difference counts as one, as it would without a fence.
      return null;
    }
  }

  /** True when the key was seen to be written after the mark. Never rejects. */
  async hasMoved(mark: FenceMark | null, key: string | null): Promise<boolean> {
    if (mark === null) return false;
    try {
      return await this.#fence.hasMoved(mark, key);
    } catch {
      return false;
    }
  }

  /** True when a change of the key is known to be on its way to the follower. Never rejects. */
  async isOnItsWay(key: string | null): Promise<boolean> {
    const reason = await this.#check(key);
    return reason === 'pending' || reason === 'every-key';
  }

  /** What happened so far. */
  use(): FenceUse {
    const waitedMs = this.#waitedMs.read();
    return { passed: this.#passed, fenced: { ...this.#fenced }, waitedMs };
  }

  async #check(key: string | null): Promise<FenceReason | null> {
    try {
      return await this.#fence.check(key);
    } catch {
      return 'unknown';
    }
  }
}
