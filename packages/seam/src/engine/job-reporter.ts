import { NO_VERDICTS, type Observation, type Verdict } from '@falsework/core/evidence';
import type { EngineCounters } from './counters.ts';
import type { Outcome, ShadowJob } from './job.ts';
import type { Look } from './judge.ts';
import { NOTHING_SHED, type ShedReason } from './shed.ts';

/** A job looked at, with how long the shadowed side took; `null` when it did not answer. */
export interface Seen<Answer> {
  readonly job: ShadowJob<Answer>;
  readonly look: Look;
  readonly otherMs: number | null;
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
  report({ job, look, otherMs }: Seen<Answer>): void {
    this.#verdicts[look.verdict] += 1;
    if (look.because !== null) this.#shed[look.because] += 1;
    try {
      job.report(this.#observation(job, look, otherMs));
    } catch {
      this.#faults += 1;
    }
  }

  #observation(job: ShadowJob<Answer>, look: Look, otherMs: number | null): Observation {
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
      noise: null,
      pair: null,
      request: job.request,
    };
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
