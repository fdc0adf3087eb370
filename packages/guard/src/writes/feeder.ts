import type { Cancel, Clock, Random } from '@falsework/core/ports';
import type { Entry, Journal } from '../journal/index.ts';
import { type Backoff, backoffMs } from './backoff.ts';
import type { FollowerDialect } from './follower-dialect.ts';
import { followerVerdict, type SendWrite } from './side-answer.ts';

/** How the follower is fed. */
export interface FeedingSettings {
  /** Writes under way to the follower at once, each on a key of its own. */
  readonly concurrency: number;
  readonly backoff: Backoff;
  /** After so many attempts that the follower declined, a write is a dead letter. */
  readonly attemptsMax: number;
  /** After so long without the follower being able to work, a write is a dead letter. */
  readonly unavailableMsMax: number;
}

export interface FeederParts {
  readonly journal: Journal;
  readonly clock: Clock;
  readonly random: Random;
  readonly send: SendWrite;
  readonly dialect: FollowerDialect;
  readonly settings: FeedingSettings;
  /** The follower has taken a write, which is about to be over. */
  readonly onTaken: (entry: Entry) => void;
  /** A write has become a dead letter. */
  readonly onDead: (entry: Entry) => void;
}

/** How an attempt ended. */
type Attempt =
  | { readonly kind: 'fed' }
  | { readonly kind: 'declined' | 'unavailable' | 'hopeless'; readonly because: string };

interface Tries {
  made: number;
  declined: number;
  readonly beganMs: number;
}

// A key on which much is written must not keep the others waiting for its whole queue.
const IN_A_ROW_MAX = 32;

/**
 * Feeds the follower what the authority has applied: each key in the order of its writes, many keys
 * at once, each write until it is taken, always with the key it began with. A write is only noted
 * as fed afterwards, so one that was under way in a crash is fed again, and the follower knows it
 * by its idempotency key.
 *
 * A dead letter holds up its key, and no other: what was written on that entity later cannot be
 * right without it.
 */
export class Feeder {
  readonly #parts: FeederParts;
  readonly #running = new Set<string>();
  readonly #waiting = new Set<string>();
  readonly #sleeping = new Map<string, Cancel>();
  readonly #tries = new Map<number, Tries>();
  #fed = 0;
  #attempts = 0;
  #isClosed = false;
  #idle: (() => void)[] = [];

  constructor(parts: FeederParts) {
    this.#parts = parts;
  }

  /** Writes that the follower has taken, and attempts made, in this process. */
  get figures(): { readonly fed: number; readonly attempts: number } {
    return { fed: this.#fed, attempts: this.#attempts };
  }

  /** Looks at all keys: once, at the start. */
  start(): void {
    for (const lane of this.#parts.journal.entries.lanes()) this.poke(lane);
  }

  /** Something on this lane may be ready to be fed. */
  poke(lane: string): void {
    if (this.#isClosed || this.#running.has(lane) || this.#sleeping.has(lane)) return;
    if (this.#parts.journal.entries.headOf(lane)?.state !== 'ready') return;
    if (this.#running.size >= this.#parts.settings.concurrency) this.#waiting.add(lane);
    else void this.#run(lane);
  }

  /** As `poke`, but tries at once though the last attempt failed a moment ago. */
  wake(lane: string): void {
    this.#sleeping.get(lane)?.();
    this.#sleeping.delete(lane);
    this.poke(lane);
  }

  /** Begins nothing more, and resolves when the attempts under way are over. */
  async close(): Promise<void> {
    this.#isClosed = true;
    for (const cancel of this.#sleeping.values()) cancel();
    this.#sleeping.clear();
    if (this.#running.size > 0) await new Promise<void>((resolve) => this.#idle.push(resolve));
  }

  async #run(lane: string): Promise<void> {
    this.#running.add(lane);
    let restMs: number | null = null;
    for (let i = 0; i < IN_A_ROW_MAX && restMs === null && !this.#isClosed; i += 1) {
      const head = this.#parts.journal.entries.headOf(lane);
      if (head?.state !== 'ready') break;
      restMs = await this.#feed(head);
    }
    this.#running.delete(lane);
    if (restMs !== null) this.#sleep(lane, restMs);
    for (const next of this.#waiting) {
      this.#waiting.delete(next);
      this.poke(next);
      if (this.#running.size >= this.#parts.settings.concurrency) break;
    }
    this.poke(lane);
    if (this.#running.size === 0) for (const resolve of this.#idle.splice(0)) resolve();
  }

  #sleep(lane: string, restMs: number): void {
    if (this.#isClosed) return;
    const cancel = this.#parts.clock.after(restMs, () => {
      this.#sleeping.delete(lane);
      this.poke(lane);
    });
    this.#sleeping.set(lane, cancel);
  }

  /** One attempt. Resolves to the wait before the next one; `null` when the lane may go on. */
  async #feed(entry: Entry): Promise<number | null> {
    const { clock, settings, random, journal } = this.#parts;
    const { sequence } = entry;
    const tries = this.#tries.get(sequence) ?? {
      made: 0,
      declined: 0,
      beganMs: clock.monotonicMs(),
    };
    this.#tries.set(sequence, tries);
    this.#attempts += 1;
    tries.made += 1;
    const attempt = await this.#attempt(entry);
    if (attempt.kind === 'fed') {
      this.#tries.delete(sequence);
      this.#fed += 1;
      this.#parts.onTaken(entry);
      // Not waited for: if it is lost in a crash, the write is fed again.
      this.#note(journal.note(sequence, { type: 'fed', at: clock.now() }, { isUrgent: false }));
      return null;
    }
    if (attempt.kind === 'declined') tries.declined += 1;
    const spentMs = clock.monotonicMs() - tries.beganMs;
    const isOver =
      attempt.kind === 'hopeless' ||
      tries.declined >= settings.attemptsMax ||
      spentMs >= settings.unavailableMsMax;
    if (!isOver) return backoffMs(tries.made, settings.backoff, random);
    await this.#bury(entry, tries.made, attempt.because);
    return null;
  }

  async #bury(entry: Entry, attempts: number, because: string): Promise<void> {
    const { clock, journal, onDead } = this.#parts;
    const { sequence } = entry;
    this.#tries.delete(sequence);
    this.#note(journal.note(sequence, { type: 'dead', at: clock.now(), attempts, because }));
    onDead(journal.entries.get(sequence) ?? entry);
  }

  async #attempt(entry: Entry): Promise<Attempt> {
    const { journal, send, dialect } = this.#parts;
    try {
      const intent = await journal.read(entry.sequence);
      const translation = dialect.toFollower(intent);
      if (!translation.ok) {
        return { kind: this.#mayStillLearn(entry), because: translation.because };
      }
      const answer = await send(translation.write);
      const kind = followerVerdict(answer.status);
      if (kind !== 'fed') return { kind, because: `it answered ${answer.status}` };
      const unlearned = await dialect.learn(entry, answer);
      return unlearned === null ? { kind } : { kind: 'hopeless', because: unlearned };
    } catch (error) {
      const { code, message } = error as { code?: unknown; message?: unknown };
      if (code === 'FW_JOURNAL_CORRUPT') return { kind: 'hopeless', because: String(message) };
      return { kind: 'unavailable', because: `it did not answer (${String(code ?? message)})` };
    }
  }

  /**
   * While an older write is open its answer may teach what is missing, and waiting for it is
   * nobody's fault; after that it counts as declined. O(entries), and only for writes that lack
   * something.
   */
  #mayStillLearn({ sequence }: Entry): 'declined' | 'unavailable' {
    for (const other of this.#parts.journal.entries.all()) {
      if (other.sequence < sequence) return 'unavailable';
    }
    return 'declined';
  }

  /** A journal that can no longer be written refuses new writes and says so by itself. */
  #note(noting: Promise<unknown>): void {
    noting.catch(() => {
      this.#isClosed = true;
    });
  }
}
