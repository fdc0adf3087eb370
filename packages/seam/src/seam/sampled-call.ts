import {
  type Finding,
  type KeptPair,
  type Observation,
  PAIR_LENGTH_MAX,
  type Position,
} from '@falsework/core/evidence';
import { redactValues } from '@falsework/core/redact';
import type { FenceMark, Side } from '@falsework/core/routing';
import { isSameCall } from '../effects/compare-effects.ts';
import type { CountedFence } from '../engine/counted-fence.ts';
import { noiseScope } from '../engine/findings.ts';
import type { Judgement, ShadowJob } from '../engine/job.ts';
import type { ShedReason } from '../engine/shed.ts';
import { isComparableIterable } from '../iterable/comparable.ts';
import type { Iteration } from '../iterable/iteration.ts';
import { outcomeOf } from '../iterable/iterations.ts';
import type { PlaneSeam } from '../plane/plane-seam.ts';
import { armGuardRail } from '../rail/guard-rail.ts';
import { EffectLog, type NotedCall } from '../run/effect-log.ts';
import { currentScope, type ServedScope, within } from '../run/scope.ts';
import { ShadowRun } from '../run/shadow-run.ts';
import { StandIns } from '../run/stand-ins.ts';
import { CallSpans, UNTOLD } from '../telemetry/call-spans.ts';
import { attached } from '../telemetry/telemetry.ts';
import { answerKind } from './answers.ts';
import type { SeamCore } from './seam-core.ts';
import { compareSides, type SideOutcome } from './side-outcome.ts';

/** What is known of a sampled call when it is made. */
export interface CallBegin {
  readonly core: SeamCore;
  readonly seam: PlaneSeam;
  readonly position: Position;
  readonly served: Side;
  /** What knows whether the other store lacked something; `null` where both sides share one. */
  readonly fence: CountedFence | null;
  readonly self: unknown;
  readonly args: ArrayLike<unknown>;
  /** What links shadow runs to the request, for telemetry. */
  readonly link: unknown;
}

const UNANSWERED: SideOutcome = { ok: false, error: undefined, tookMs: 0 };

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
  answer: SideOutcome = UNANSWERED;
  /** The arguments as they were before the authority ran; `null` when they could not be copied. */
  readonly inputs: readonly unknown[] | null;
  readonly #core: SeamCore;
  readonly #seam: PlaneSeam;
  readonly #self: unknown;
  /** What the authority does beside answering; `null` where that is not compared. */
  #log: EffectLog | null = null;
  /** How the other side ended, when it has been run already. */
  #other: SideOutcome | null = null;
  #refusal: ShedReason | null;
  readonly #fence: CountedFence | null;
  /** What the follower had when the sides began to answer, at the first look and at the second. */
  readonly #mark: FenceMark | null;
  #secondMark: FenceMark | null = null;
  /** `null` where nobody is told. */
  readonly #spans: CallSpans | null;
  /** What the caller took from an iterable; `null` for any other answer. */
  #iteration: Iteration | null = null;

  /** Never throws. */
  constructor({ core, seam, position, served, fence, self, args, link }: CallBegin) {
    this.position = position;
    this.stratum = core.stratumOf(args);
    this.served = served;
    // What wrote would find its own traces, and a second look would explain the first one away.
    this.canRerun = core.isReadOnly;
    this.#core = core;
    this.#seam = seam;
    this.#self = self;
    this.#spans = attached.telemetry === null ? null : new CallSpans(core, link);
    // Asked before copying: a shadow that would be shed must not cost the caller a copy.
    const refusal = core.engine.refusal();
    const copied = refusal === null ? core.copying.inputs(listOf(args)) : null;
    this.inputs = copied?.isCopied === true ? (copied.value as readonly unknown[]) : null;
    this.#fence = fence;
    this.#mark = refusal === null ? (fence?.mark() ?? null) : null;
    this.#refusal = refusal ?? (copied?.isCopied === false ? copied.because : null);
  }

  /**
   * What the serving side is to be called within, so that what it does is noted; `null` where
   * nobody asks. A new one for each side that serves the call.
   */
  servedScope(): ServedScope | null {
    if (!this.#core.notesEffects || this.#refusal !== null) return null;
    const log = this.#newLog();
    this.#log = log;
    const outer = currentScope();
    return { kind: 'served', logs: outer?.kind === 'served' ? [...outer.logs, log] : [log] };
  }

  /**
   * The authority answered: copies the answer before the caller gets it, and hands the call to the
   * engine.
   */
  answered(value: unknown, tookMs: number): void {
    if (this.#isFollowed(value, tookMs)) return;
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
    this.#other = { ok: false, error, tookMs, log: this.#log };
  }

  /** Counts the call as not compared. */
  shed(because: ShedReason): void {
    this.#refusal ??= because;
    this.#end(UNANSWERED);
  }

  /** Follows an iterable for as long as the caller takes items from it, if that is possible. */
  #isFollowed(value: unknown, tookMs: number): boolean {
    // What writes is noted until it answers; an iterable has then only begun to.
    if (this.#refusal !== null || !this.canRerun || !isComparableIterable(value)) return false;
    this.#iteration = this.#core.iterations.follow(value, (iteration) => {
      const outcome = outcomeOf(iteration, tookMs);
      if (outcome === null) this.shed('incomplete');
      else this.#end(outcome);
    });
    return this.#iteration !== null;
  }

  #end(answer: SideOutcome): void {
    this.#log?.close();
    this.#refusal ??= this.#log?.gap ?? null;
    this.answer = this.#log === null ? answer : { ...answer, log: this.#log };
    if (this.#refusal === null) this.#core.engine.offer(this);
    else this.#core.engine.shed(this, this.#refusal);
  }

  async run(side: Side, signal: AbortSignal): Promise<SideOutcome> {
    if (this.#other !== null && side !== this.served) return this.#other;
    if (side === 'legacy') this.#seam.legacyHits += 1;
    armGuardRail();
    const run = this.#shadowRun(side, signal);
    const args = this.#freshInputs();
    const scope = { kind: 'shadow', run, isDeclared: false } as const;
    const span = this.#spans?.begin(side) ?? UNTOLD;
    const body = () => this.#attempt(this.#core.functionOf(side), args, signal);
    const attempt = within(scope, () => span.within(body));
    try {
      const outcome = await Promise.race([attempt, run.spoiled]);
      return { ...outcome, log: run.log };
    } finally {
      span.ended();
      run.close();
      if (run.hasEndings) await run.end();
    }
  }

  async #attempt(
    fn: (...args: never[]) => unknown,
    args: readonly unknown[],
    signal: AbortSignal,
  ): Promise<SideOutcome> {
    const { host, blocks, iterations } = this.#core;
    const { clock } = host;
    const startMs = clock.monotonicMs();
    const tookMs = (): number => clock.monotonicMs() - startMs;
    let stopWatching: (() => void) | null = null;
    try {
      let value: unknown;
      try {
        value = Reflect.apply(fn, this.#self, args);
      } finally {
        blocks.held(tookMs());
      }
      // A plain value took as long as the call; awaiting it would add the microtasks of others.
      if (answerKind(value) !== 'value') {
        stopWatching = blocks.watch();
        value = await (value as PromiseLike<unknown>);
      }
      if (this.#iteration !== null) {
        stopWatching ??= blocks.watch();
        return await iterations.drained(value, this.#iteration, { signal, tookMs: tookMs() });
      }
      return { ok: true, value: this.#looked(value), tookMs: tookMs() };
    } catch (error) {
      return { ok: false, error, tookMs: tookMs() };
    } finally {
      stopWatching?.();
    }
  }

  compare(legacy: SideOutcome, candidate: SideOutcome): Judgement {
    const { comparator, name, redactor } = this.#core;
    // Numbered once for answers and effects: what is the same in both looks so.
    const scope = { seam: name, redactor: redactor.forPair() };
    return compareSides(comparator, { legacy, candidate }, scope);
  }

  compareNoise(one: SideOutcome, other: SideOutcome): Judgement {
    const { comparator, name, redactor } = this.#core;
    const scope = { seam: noiseScope(name), redactor };
    return compareSides(comparator, { legacy: one, candidate: other }, scope);
  }

  pair(legacy: SideOutcome, candidate: SideOutcome, findings: readonly Finding[]): KeptPair | null {
    // A thrown thing has a stack and may hold anything; what differs about it is in the findings.
    if (!legacy.ok || !candidate.ok) return null;
    if (!this.#seam.wantsPair(this.position, findings)) return null;
    const { redaction } = this.#core;
    const options = { redaction, lengthMax: PAIR_LENGTH_MAX };
    const texts = redactValues(legacy.value, candidate.value, options);
    return texts === null ? null : { request: null, ...texts };
  }

  isCritical(findings: readonly Finding[]): boolean {
    return this.#core.isCritical(findings);
  }

  report(observation: Observation): void {
    const { verdict } = observation;
    this.#spans?.judged(verdict);
    this.#core.noteCompared(this.stratum, verdict);
    this.#seam.record(observation);
  }

  excuse(stands: 'first' | 'second'): Promise<ShedReason | null> | null {
    if (this.#fence === null || this.inputs === null) return null;
    const mark = stands === 'first' ? this.#mark : this.#secondMark;
    const moved = this.#fence.hasMoved(mark, this.#core.keyOf(this.inputs));
    return moved.then((hasMoved) => (hasMoved ? 'fenced' : null));
  }

  async beforeSecondLook(): Promise<ShedReason | null> {
    if (this.#fence === null || this.inputs === null) return null;
    const isOnItsWay = await this.#fence.isOnItsWay(this.#core.keyOf(this.inputs));
    // Asking has shown where the follower is now, and from here on only what is newer excuses.
    this.#secondMark = this.#fence.mark();
    return isOnItsWay ? 'fenced' : null;
  }

  #shadowRun(side: Side, signal: AbortSignal): ShadowRun {
    const core = this.#core;
    const authority = this.#log;
    return new ShadowRun({
      seam: core.name,
      side,
      signal,
      log: authority === null ? null : this.#newLog(),
      standIns:
        authority === null
          ? null
          : new StandIns(authority, (noted, asked) => this.#isSameCall(noted, asked)),
      mayCall: core.mayCall,
      onUndeclared: (what) => core.stop(side, what),
    });
  }

  /** Whether a call that a shadow run asks for is one that the authority made. */
  #isSameCall(noted: NotedCall, asked: NotedCall): boolean {
    const { comparator } = this.#core;
    return this.served === 'legacy'
      ? isSameCall(comparator, noted, asked)
      : isSameCall(comparator, asked, noted);
  }

  #newLog(): EffectLog {
    return new EffectLog(this.#core.copying.inputs);
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

/** By index: the iterator that `Array.from` asks costs as much as all the rest of a record. */
function listOf(args: ArrayLike<unknown>): unknown[] {
  const list: unknown[] = [];
  for (let i = 0; i < args.length; i += 1) list.push(args[i]);
  return list;
}
