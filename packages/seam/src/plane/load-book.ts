import { type PlaneLoad, SketchRecorder } from '@falsework/core/evidence';
import type { EngineCounters } from '../engine/counters.ts';

/** What is read of an engine of shadow runs. */
export interface CountedEngine {
  counters(): EngineCounters;
}

/** An engine, and what it had counted when it was last read. */
interface Watched {
  readonly ref: WeakRef<CountedEngine>;
  shed: Readonly<Record<string, number>>;
  faults: number;
}

// A seam may be made for one request, and its engine goes with it. More of them than this between
// two batches are not followed: this is for showing, and verdicts are counted whatever happens
// here.
const ENGINES_MAX = 1_000;

/**
 * How one plane fares, for its next batch. Reads engines instead of being told by them, so that a
 * call pays nothing for it.
 */
export class LoadBook {
  readonly #engines = new Set<Watched>();
  readonly #known = new WeakSet<CountedEngine>();
  readonly #ownTime = new SketchRecorder();
  readonly #snapshotTime = new SketchRecorder();

  /** Reads this engine too from now on, for as long as somebody else holds it. */
  watch(engine: CountedEngine): void {
    if (this.#known.has(engine) || this.#engines.size >= ENGINES_MAX) return;
    this.#known.add(engine);
    this.#engines.add({ ref: new WeakRef(engine), shed: {}, faults: 0 });
  }

  /** Notes how long a guard took to send a request on. */
  noteOwnMs(tookMs: number): void {
    this.#ownTime.record(tookMs);
  }

  /** Notes what copying added to a sampled call. */
  noteSnapshotMs(tookMs: number): void {
    this.#snapshotTime.record(tookMs);
  }

  /** Hands out what was seen since the last time. O(engines). */
  drain(): PlaneLoad {
    let [queued, queuedLongest, running, faults] = [0, 0, 0, 0];
    const shed: Record<string, number> = {};
    for (const watched of this.#engines) {
      const counters = watched.ref.deref()?.counters();
      if (counters === undefined) {
        this.#engines.delete(watched);
        continue;
      }
      queued += counters.queued;
      queuedLongest = Math.max(queuedLongest, counters.queued);
      running += counters.running;
      faults += counters.faults - watched.faults;
      for (const [reason, count] of Object.entries(counters.shed)) {
        const more = count - (watched.shed[reason] ?? 0);
        if (more > 0) shed[reason] = (shed[reason] ?? 0) + more;
      }
      watched.shed = counters.shed;
      watched.faults = counters.faults;
    }
    const times = { ownTime: this.#ownTime.read(), snapshotTime: this.#snapshotTime.read() };
    this.#ownTime.clear();
    this.#snapshotTime.clear();
    return { queued, queuedLongest, running, shed, faults, ...times };
  }
}
