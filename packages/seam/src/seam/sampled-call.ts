import type { Finding, Observation, Position } from '@falsework/core/evidence';
import type { Side } from '@falsework/core/routing';
import { judgementOf } from '../engine/findings.ts';
import type { Judgement, Outcome, ShadowJob } from '../engine/job.ts';
import type { ShedReason } from '../engine/shed.ts';
import type { PlaneSeam } from '../plane/plane-seam.ts';
import { answerKind } from './answers.ts';
import type { SeamCore } from './seam-core.ts';
import { withShadowSignal } from './shadow-signal.ts';

/** What is known of a sampled call when it is made. */
export interface CallBegin {
  readonly core: SeamCore;
  readonly seam: PlaneSeam;
  readonly position: Position;
  readonly served: Side;
  readonly self: unknown;
  readonly args: ArrayLike<unknown>;
}

const UNANSWERED: Outcome<unknown> = { ok: false, error: undefined, tookMs: 0 };

/**
 * The record of one sampled call, from before the authority runs until the shadow engine is done
 * with it. All fields are set at birth, so that every record has one shape; making one copies the
 * input, and that is all that a caller pays.
 */
export class SampledCall implements ShadowJob<unknown> {
  readonly position: Position;
  readonly stratum: string;
  /** Legacy instead of the candidate once the candidate has failed its caller. */
  served: Side;
  readonly request: null = null;
  readonly canRerun: boolean;
  answer: Outcome<unknown> = UNANSWERED;
  /** The arguments as they were before the authority ran; `null` when they could not be copied. */
  readonly inputs: readonly unknown[] | null;
  readonly #core: SeamCore;
  readonly #seam: PlaneSeam;
  readonly #self: unknown;
  /** How the other side ended, when it has been run already. */
  #other: Outcome<unknown> | null = null;
  #refusal: ShedReason | null;

  /** Never throws. */
  constructor({ core, seam, position, served, self, args }: CallBegin) {
    this.position = position;
    this.stratum = core.stratumOf(args);
    this.served = served;
    this.canRerun = core.isReadOnly;
    this.#core = core;
    this.#seam = seam;
    this.#self = self;
    // Asked before copying: a shadow that would be shed must not cost the caller a copy.
    const refusal = core.engine.refusal();
    const copied = refusal === null ? core.copying.inputs(Array.from(args)) : null;
    this.inputs = copied?.isCopied === true ? (copied.value as readonly unknown[]) : null;
    this.#refusal = refusal ?? (copied?.isCopied === false ? copied.because : null);
  }

  /**
   * The authority answered: copies the answer before the caller gets it, and hands the call to the
   * engine.
   */
  answered(value: unknown, tookMs: number): void {
    const copied = this.#refusal === null ? this.#core.copying.answer(value) : null;
    if (copied?.isCopied === false) this.#refusal = copied.because;
    this.#end({ ok: true, value: copied?.isCopied === true ? copied.value : undefined, tookMs });
  }

  /** The authority threw or rejected. */
  failed(error: unknown, tookMs: number): void {
    const copied = this.#refusal === null ? this.#core.copying.answer(error) : null;
    if (copied?.isCopied === false) this.#refusal = copied.because;
    this.#end({ ok: false, error: copied?.isCopied === true ? copied.value : undefined, tookMs });
  }

  /**
   * The candidate failed its caller, so legacy answers instead. The candidate need not be run
   * again.
   */
  fellBack(error: unknown, tookMs: number): void {
    this.served = 'legacy';
    this.#other = { ok: false, error, tookMs };
  }

  /** Counts the call as not compared. */
  shed(because: ShedReason): void {
    this.#refusal ??= because;
    this.#end(UNANSWERED);
  }

  #end(answer: Outcome<unknown>): void {
    this.answer = answer;
    if (this.#refusal === null) this.#core.engine.offer(this);
    else this.#core.engine.shed(this, this.#refusal);
  }

  async run(side: Side, signal: AbortSignal): Promise<Outcome<unknown>> {
    if (this.#other !== null && side !== this.served) return this.#other;
    const { clock } = this.#core.host;
    if (side === 'legacy') this.#seam.legacyHits += 1;
    const args = this.#freshInputs();
    const startMs = clock.monotonicMs();
    try {
      const fn = this.#core.functionOf(side);
      const given = withShadowSignal(signal, () => Reflect.apply(fn, this.#self, args));
      // A plain value took as long as the call; awaiting it would add the microtasks of others.
      const value = answerKind(given) === 'value' ? given : await (given as PromiseLike<unknown>);
      return { ok: true, value: this.#looked(value), tookMs: clock.monotonicMs() - startMs };
    } catch (error) {
      return { ok: false, error, tookMs: clock.monotonicMs() - startMs };
    }
  }

  compare(legacy: Outcome<unknown>, candidate: Outcome<unknown>): Judgement {
    const { comparator, name, redactor } = this.#core;
    return judgementOf(comparator.outcomes(legacy, candidate), { seam: name, redactor });
  }

  isCritical(findings: readonly Finding[]): boolean {
    return this.#core.isCritical(findings);
  }

  report(observation: Observation): void {
    this.#seam.record(observation);
  }

  /** A copy per run: a side that changes its input must not change that of the next run. */
  #freshInputs(): readonly unknown[] {
    const copied = this.#core.copying.inputs(this.inputs ?? []);
    if (!copied.isCopied)
      throw new Error(`An input that was copied once cannot be: ${copied.because}`);
    return copied.value as readonly unknown[];
  }

  /**
   * The answer of a shadow as the authority's was looked at, or as it is where that is not
   * possible.
   */
  #looked(value: unknown): unknown {
    const copied = this.#core.copying.answer(value);
    return copied.isCopied ? copied.value : value;
  }
}
