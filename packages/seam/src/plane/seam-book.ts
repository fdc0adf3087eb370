import {
  addTallies,
  EvidenceLedger,
  type LatencyGoal,
  mergeSignatures,
  type NoisyPath,
  noisyPaths,
  type Observation,
  type SignatureRecord,
  type Tally,
} from '@falsework/core/evidence';
import type { Instant } from '@falsework/core/ports';

/** What one plane has seen at one seam in the present epoch. */
export interface SeamSummary {
  readonly epoch: number;
  readonly strata: readonly { readonly stratum: string; readonly tally: Tally }[];
  /** Causes of differences, most frequent first. */
  readonly signatures: readonly SignatureRecord[];
  /** Where legacy differs from itself, most frequent first. */
  readonly noise: readonly NoisyPath[];
}

// As many causes as a ledger keeps between two drains.
const SIGNATURES_MAX = 2_000;

/**
 * Keeps what was seen at one seam, for reports made on demand. The evidence that goes to control is
 * drained every second; this stays until the epoch changes.
 */
export class SeamBook {
  readonly #seam: string;
  readonly #fresh = new EvidenceLedger();
  readonly #strata = new Map<string, Tally>();
  readonly #signatures = new Map<string, SignatureRecord>();
  #epoch = 0;

  constructor(seam: string) {
    this.#seam = seam;
  }

  /** Notes one paired run. What belongs to an earlier epoch is left out. */
  record(observation: Observation, goal: LatencyGoal, at: Instant): void {
    const { epoch } = observation.position;
    if (epoch < this.#epoch) return;
    if (epoch > this.#epoch) this.#open(epoch);
    this.#fresh.record(this.#seam, observation, goal, at);
  }

  /** Everything noted in the present epoch. O(strata + causes). */
  read(): SeamSummary {
    this.#settle();
    const records = [...this.#signatures.values()];
    return {
      epoch: this.#epoch,
      strata: Array.from(this.#strata, ([stratum, tally]) => ({ stratum, tally })),
      signatures: records.filter(({ isNoise }) => !isNoise).sort((a, b) => b.count - a.count),
      noise: noisyPaths(records),
    };
  }

  #open(epoch: number): void {
    this.#fresh.drain();
    this.#strata.clear();
    this.#signatures.clear();
    this.#epoch = epoch;
  }

  /** Adds what was noted since the last reading to what was known then. */
  #settle(): void {
    const { strata, signatures } = this.#fresh.drain();
    for (const { stratum, tally } of strata) {
      const known = this.#strata.get(stratum);
      this.#strata.set(stratum, known ? addTallies(known, tally) : tally);
    }
    for (const record of signatures) {
      const known = this.#signatures.get(record.id);
      if (known) this.#signatures.set(record.id, mergeSignatures(known, record));
      else if (this.#signatures.size < SIGNATURES_MAX) this.#signatures.set(record.id, record);
    }
  }
}
