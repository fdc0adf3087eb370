import type { Clock } from '@falsework/core/ports';
import { pause } from '@falsework/system';
import { emitMarker } from '../capture/emit-marker.ts';
import type { Feed } from '../drain/feed.ts';
import { coded } from '../postgres/failure.ts';
import type { BackfillEvent } from './events.ts';
import { CommitMeter, type HealthReading, type Hold, holdsOf } from './health.ts';
import { type BackfillLimits, readLimits } from './limits.ts';
import { readHealth } from './read-health.ts';
import { askVeto, type Veto } from './veto.ts';

/** What a gate is made of. */
export interface GateParts {
  readonly feed: Feed;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly vetoes: readonly Veto[];
  readonly tell: (event: BackfillEvent) => void;
}

// Twice a second is soon enough for everybody, and costs a few small statements.
const LOOK_EVERY_MS = 500;

/**
 * Stands before each chunk and lets it pass when both stores are well, nobody objects and no person
 * has paused it. The reasons for waiting are told when they change.
 */
export class Gate {
  readonly #parts: GateParts;
  readonly commits = new CommitMeter();
  readonly #told = new Set<string>();
  #limits: BackfillLimits | null = null;
  #lookedAtMs = Number.NEGATIVE_INFINITY;

  constructor(parts: GateParts) {
    this.#parts = parts;
  }

  /** The limits that count, when it is time to go on; `null` when it is time to stop. */
  async pass(): Promise<BackfillLimits | null> {
    const { clock, signal, tell } = this.#parts;
    const since = clock.monotonicMs();
    let reasons = '';
    for (;;) {
      if (signal.aborted) return null;
      if (this.#limits !== null && this.#isFresh(this.#limits)) return this.#limits;
      const { limits, holds } = await this.#look();
      if (holds.length === 0) {
        this.#limits = limits;
        this.#lookedAtMs = clock.monotonicMs();
        if (reasons !== '') tell({ kind: 'released', waitedMs: clock.monotonicMs() - since });
        return limits;
      }
      const key = holds.map(({ limit }) => limit).join(' ');
      if (key !== reasons) tell({ kind: 'held', holds });
      reasons = key;
      this.#limits = null;
      await pause(clock, LOOK_EVERY_MS, signal);
      if (holds.some(({ limit }) => limit === 'commitMs')) await this.#tryCommit();
    }
  }

  /** What was found a moment ago still counts, but for our own commits, which cost no look. */
  #isFresh(limits: BackfillLimits): boolean {
    const ageMs = this.#parts.clock.monotonicMs() - this.#lookedAtMs;
    return ageMs < LOOK_EVERY_MS && holdsOf([], limits, this.commits.typicalMs).length === 0;
  }

  async #look(): Promise<{ readonly limits: BackfillLimits; readonly holds: readonly Hold[] }> {
    const { feed, vetoes } = this.#parts;
    const { follower } = feed;
    const limits = await coded({ database: follower.label, operation: 'reading limits' }, () =>
      follower.use((session) => readLimits(session, feed)),
    );
    // A person who paused it wants it to leave the stores alone altogether.
    if (limits.isPaused) return { limits, holds: holdsOf([], limits, null) };
    const readings = await Promise.all([readHealth(feed.source), readHealth(follower)]);
    for (const reading of readings) this.#tellBlindness(reading);
    const holds = holdsOf(readings, limits, this.commits.typicalMs);
    for (const veto of vetoes) {
      const because = await askVeto(veto, feed);
      if (because !== null) holds.push({ limit: 'veto', because });
    }
    return { limits, holds };
  }

  #tellBlindness({ database, hidden }: HealthReading): void {
    if (hidden === 0 || this.#told.has(database)) return;
    this.#told.add(database);
    this.#parts.tell({ kind: 'blind', database, sessions: hidden });
  }

  /** While nothing is copied, no commit of ours would ever show that they are quick again. */
  async #tryCommit(): Promise<void> {
    const { feed, clock } = this.#parts;
    const began = clock.monotonicMs();
    await coded({ database: feed.follower.label, operation: 'trying a commit' }, () =>
      feed.follower.use((session) => emitMarker(session, 'commit')),
    );
    this.commits.observe(clock.monotonicMs() - began);
  }
}
