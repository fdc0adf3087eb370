import {
  type KeptPair,
  NO_VERDICTS,
  type Observation,
  type Verdict,
} from '@falsework/core/evidence';
import type { EngineCounters } from './counters.ts';
import type { Outcome, ShadowJob } from './job.ts';
import { type Look, noiseOf } from './judge.ts';
import { NOTHING_SHED, type ShedReason } from './shed.ts';

/** How both sides ended. */
export interface BothEnds<Answer> {
  readonly legacy: Outcome<Answer>;
  readonly candidate: Outcome<Answer>;
}

/** A job looked at. */
export interface Seen<Answer> {
  readonly job: ShadowJob<Answer>;
  readonly look: Look;
  /** How long the shadowed side took; `null` when it did not answer. */
  readonly otherMs: number | null;
  /** Legacy looked at against itself; `null` when the job was not chosen for that. */
  readonly noise: Look | null;
  /** What the look was at; `null` when one side did not end. */
  readonly ends: BothEnds<Answer> | null;
}

/** A job of which one side did not end. */
export function notSeen<Answer>(job: ShadowJob<Answer>, look: Look): Seen<Answer> {
  return { job, look, otherMs: null, noise: null, ends: null };
}

/** Turns what was seen of jobs into observations, and counts them. Nothing here throws. */
export class JobReporter<Answer> {
  readonly #verdicts: Record<Verdict, number> = { ...NO_VERDICTS };
  readonly #shed: Record<ShedReason, number> = { ...NOTHING_SHED };
  #faults = 0;

  /** Counts a failure of ours, or of a function given to us, that was kept from the caller. */
  countFault(): void {
    this.#faults += 1;
  }

  counts(): Pick<EngineCounters, 'verdicts' | 'shed' | 'faults'> {
    return { verdicts: { ...this.#verdicts }, shed: { ...this.#shed }, faults: this.#faults };
  }

  /** Hands in the one observation of a job. */
  report(seen: Seen<Answer>): void {
    const { job, look } = seen;
    this.#verdicts[look.verdict] += 1;
    if (look.because !== null) this.#shed[look.because] += 1;
    try {
      job.report(this.#observation(seen));
    } catch {
      this.#faults += 1;
    }
  }

  #observation(seen: Seen<Answer>): Observation {
    const { job, look, otherMs } = seen;
    const servedMs = answeredMs(job.answer);
    const isLegacyServed = job.served === 'legacy';
    return {
      position: job.position,
      stratum: job.stratum,
      served: job.served,
      verdict: look.verdict,
      isCritical: this.#isCritical(job, look),
      legacyMs: isLegacyServed ? servedMs : otherMs,
      candidateMs: isLegacyServed ? otherMs : servedMs,
      findings: look.findings,
      noise: seen.noise === null ? null : noiseOf(seen.noise),
      pair: this.#pair(seen),
      request: job.request,
    };
  }

  #pair({ job, look, ends }: Seen<Answer>): KeptPair | null {
    if (look.findings.length === 0 || ends === null) return null;
    try {
      return job.pair(ends.legacy, ends.candidate, look.findings);
    } catch {
      // A pair that cannot be kept is no reason to lose the difference.
      this.#faults += 1;
      return null;
    }
  }

  #isCritical(job: ShadowJob<Answer>, { verdict, findings }: Look): boolean {
    const isDiffering =
      verdict === 'mismatch' || verdict === 'candidate_error' || verdict === 'legacy_error';
    if (!isDiffering) return false;
    try {
      return job.isCritical(findings);
    } catch {
      // Not knowing whether money is at stake, the difference is taken for one where it is.
      this.#faults += 1;
      return true;
    }
  }
}

/** How long an answer took. How fast a failure came says nothing of how long an answer takes. */
export function answeredMs(outcome: Outcome<unknown>): number | null {
  return outcome.ok ? outcome.tookMs : null;
}
