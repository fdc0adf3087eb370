import {
  EMPTY_SKETCH,
  type EvidenceBatch,
  mergeSketches,
  type PlaneLoad,
  SHED_REASONS,
} from '@falsework/core/evidence';
import type { Instant } from '@falsework/core/ports';

/** How all planes of a migration fare together. What is counted is so since this process began. */
export interface LoadTotals extends PlaneLoad {
  readonly legacyHits: number;
  readonly legacyProbes: number;
}

interface Standing extends Pick<PlaneLoad, 'queued' | 'queuedLongest' | 'running'> {
  readonly at: Instant;
}

type Counted = Omit<LoadTotals, keyof Standing>;

// Reasons of a plane of another version are one label, or a plane could make labels.
const OTHER = 'other';
const REASONS: ReadonlySet<string> = new Set(SHED_REASONS);
const NOTHING: Counted = Object.freeze({
  shed: Object.fromEntries([...SHED_REASONS, OTHER].map((reason) => [reason, 0])),
  faults: 0,
  ownTime: EMPTY_SKETCH,
  snapshotTime: EMPTY_SKETCH,
  legacyHits: 0,
  legacyProbes: 0,
});
// As many planes as a store shows; the one heard of longest ago makes room.
const PLANES_MAX = 1_000;

/**
 * How planes fare, as their batches say. In memory: nothing is decided by it, Prometheus keeps what
 * it was, and a counter that begins anew is one that Prometheus knows how to read. Where several
 * processes of control run, each counts the batches that it took, and their sum is right.
 */
export class PlaneLoads {
  readonly #standings = new Map<string, Map<string, Standing>>();
  readonly #counted = new Map<string, Counted>();

  /** Takes a batch that was not taken before. */
  take(migration: string, batch: EvidenceBatch, now: Instant): void {
    this.#count(migration, batch);
    const { plane, load } = batch;
    if (load === undefined) return;
    const standings = this.#standings.get(migration) ?? new Map<string, Standing>();
    this.#standings.set(migration, standings);
    // Set anew, a key comes last: the first one is the one heard of longest ago.
    standings.delete(plane);
    const { queued, queuedLongest, running } = load;
    standings.set(plane, { at: now, queued, queuedLongest, running });
    const [oldest] = standings.keys();
    if (standings.size > PLANES_MAX && oldest !== undefined) standings.delete(oldest);
  }

  /** Of planes that reported within `withinMs` how they stand, and of all what they counted. */
  totals(migration: string, now: Instant, withinMs: number): LoadTotals {
    let [queued, queuedLongest, running] = [0, 0, 0];
    const standings = this.#standings.get(migration) ?? new Map<string, Standing>();
    for (const [plane, standing] of standings) {
      if (now - standing.at > withinMs) {
        standings.delete(plane);
        continue;
      }
      queued += standing.queued;
      queuedLongest = Math.max(queuedLongest, standing.queuedLongest);
      running += standing.running;
    }
    return { queued, queuedLongest, running, ...(this.#counted.get(migration) ?? NOTHING) };
  }

  #count(migration: string, { load, legacyHits, legacyProbes }: EvidenceBatch): void {
    const before = this.#counted.get(migration) ?? NOTHING;
    const shed = { ...before.shed };
    for (const [said, count] of Object.entries(load?.shed ?? {})) {
      const reason = REASONS.has(said) ? said : OTHER;
      shed[reason] = (shed[reason] ?? 0) + count;
    }
    this.#counted.set(migration, {
      shed,
      faults: before.faults + (load?.faults ?? 0),
      ownTime: mergeSketches(before.ownTime, load?.ownTime ?? EMPTY_SKETCH),
      snapshotTime: mergeSketches(before.snapshotTime, load?.snapshotTime ?? EMPTY_SKETCH),
      legacyHits: before.legacyHits + legacyHits,
      legacyProbes: before.legacyProbes + legacyProbes,
    });
  }
}
