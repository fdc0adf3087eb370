import type { IncomingHttpHeaders } from 'node:http2';
import type { Finding, KeptPair, Observation, Position } from '@falsework/core/evidence';
import { PAIR_LENGTH_MAX } from '@falsework/core/evidence';
import { redactPair } from '@falsework/core/redact';
import { otherSide, type Side } from '@falsework/core/routing';
import {
  type Judgement,
  noiseScope,
  type Outcome,
  type ShadowJob,
  type ShedReason,
} from '@falsework/seam/engine';
import { Capture } from '../../shadow/capture.ts';
import { type Behind, KeyMotion } from '../../shadow/key-motion.ts';
import { type SideFailure, STOPPED } from '../../sides/side-failure.ts';
import { FrameMeter } from '../wire/frames.ts';
import { readMessages } from '../wire/messages.ts';
import { formatTimeout } from '../wire/timeout.ts';
import { type Asked, askSide, type OpenCall } from './ask-side.ts';
import { compareGrpc, textOf } from './compare-grpc.ts';
import { codeOf, failureOfCode, type GrpcAnswer } from './grpc-answer.ts';
import type { GrpcLane } from './grpc-lane.ts';

const UNANSWERED: Outcome<GrpcAnswer> = { ok: false, error: STOPPED, tookMs: 0 };
const SHED_BY = { 'too-large': 'too-large', 'no-room': 'queue-full' } as const;

/** A call as it can be made again. */
export interface RepeatableCall {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  /** The entity, whose writes reach one side later; `null` where they do not. */
  readonly behind: Behind | null;
}

/**
 * The record of one sampled call, from before the authority has it until the shadow engine is done
 * with it. It keeps what streams by, and gives the room back when it is reported. A call of which
 * either way turns out to hold several messages is a stream, and is not compared.
 */
export class SampledCall implements ShadowJob<GrpcAnswer> {
  readonly canRerun = true;
  readonly stratum = '';
  served: Side;
  answer: Outcome<GrpcAnswer> = UNANSWERED;
  readonly #lane: GrpcLane;
  readonly #path: string;
  readonly #headers: IncomingHttpHeaders;
  readonly #position: Position;
  readonly #request: Capture;
  readonly #captures: Capture[];
  readonly #sent = new FrameMeter();
  #answer: Capture;
  #received = new FrameMeter();
  /** How the other side ended, when it was asked already, for the caller. */
  #other: Outcome<GrpcAnswer> | null = null;
  readonly #builds: { legacy?: string; candidate?: string } = {};
  #refusal: ShedReason | null;
  /** What is known of writes on its entity meanwhile; `null` where both sides have one store. */
  readonly #motion: KeyMotion | null;

  constructor(lane: GrpcLane, served: Side, { path, headers, behind }: RepeatableCall) {
    this.#lane = lane;
    this.served = served;
    this.#path = path;
    this.#headers = headers;
    this.#position = lane.context.plane.position;
    // Asked before anything is kept: what would be shed must not cost memory first.
    this.#refusal = lane.engine.refusal() ?? lane.impatience(otherSide(served));
    const isLooked = behind !== null && this.#refusal === null;
    this.#motion = isLooked ? new KeyMotion(behind, null) : null;
    [this.#request, this.#answer] = [this.#newCapture(), this.#newCapture()];
    this.#captures = [this.#request, this.#answer];
  }

  get position(): Position {
    const { epoch, step } = this.#position;
    return { ...this.#lane.context.plane.positionOf(this.#builds), epoch, step };
  }

  /** Metadata may hold anything, so that only the method is named. */
  get request(): string {
    return this.#path;
  }

  /** A piece of the request goes by. */
  sent(chunk: Buffer): void {
    this.#sent.add(chunk);
    if (this.#refusal === null) this.#request.add(chunk);
  }

  /** A piece of the authority's answer goes by. */
  received(chunk: Buffer): void {
    this.#received.add(chunk);
    if (this.#refusal === null) this.#answer.add(chunk);
  }

  /** The authority has answered to the end, and the caller has it: the shadow may begin. */
  ended(headers: IncomingHttpHeaders, trailers: IncomingHttpHeaders, tookMs: number): void {
    const value = { headers, trailers, capture: this.#answer, messages: null };
    this.#noteBuild(this.served, value);
    const error = failureOfCode(codeOf(value));
    this.#end(error === null ? { ok: true, value, tookMs } : { ok: false, error, tookMs });
  }

  /** The authority did not answer, or broke off. */
  failed(failure: SideFailure, tookMs: number): void {
    this.#end({ ok: false, error: failure, tookMs });
  }

  /**
   * The candidate failed, and legacy answers the caller instead. The candidate need not be asked
   * again.
   */
  fellBack(failure: SideFailure, tookMs: number): void {
    this.#other = { ok: false, error: failure, tookMs };
    this.served = 'legacy';
    this.#answer.release();
    this.#answer = this.#newCapture();
    this.#captures.push(this.#answer);
    this.#received = new FrameMeter();
  }

  /** The caller left: there is no answer that could be compared, and that is nobody's failure. */
  abandon(): void {
    this.#release();
  }

  async run(side: Side, signal: AbortSignal): Promise<Outcome<GrpcAnswer>> {
    if (this.#other !== null && side !== this.served) return this.#other;
    const { context } = this.#lane;
    const { log, patience } = context.sides[side];
    const { clock } = context.host;
    const beginMs = clock.monotonicMs();
    const capture = this.#newCapture();
    this.#captures.push(capture);
    const { answer, failure } = await this.#ask(side, capture, signal);
    const tookMs = clock.monotonicMs() - beginMs;
    const isWhole = answer !== null && capture.overflow === null;
    const error = failure ?? (isWhole ? failureOfCode(codeOf(answer)) : null);
    if (error === null) log.countAnswer();
    else if (error.kind !== 'stopped') {
      log.countFailure(error);
      patience.note(error);
    }
    if (answer !== null) this.#noteBuild(side, answer);
    if (error !== null || answer === null) return { ok: false, error, tookMs };
    await this.#read(answer);
    if (this.answer.ok) await this.#read(this.answer.value);
    return { ok: true, value: answer, tookMs };
  }

  compare(legacy: Outcome<GrpcAnswer>, candidate: Outcome<GrpcAnswer>): Judgement {
    return compareGrpc(legacy, candidate, this.#scope(this.#lane.seam.name));
  }

  compareNoise(one: Outcome<GrpcAnswer>, other: Outcome<GrpcAnswer>): Judgement {
    return compareGrpc(one, other, this.#scope(noiseScope(this.#lane.seam.name)));
  }

  pair(
    legacy: Outcome<GrpcAnswer>,
    candidate: Outcome<GrpcAnswer>,
    findings: readonly Finding[],
  ): KeptPair | null {
    const { seam, settings } = this.#lane;
    if (!legacy.ok || !candidate.ok || !seam.wantsPair(this.position, findings)) return null;
    const [a, b] = [legacy, candidate].map(({ value }) => textOf(value, settings.canonical));
    if (typeof a !== 'string' || typeof b !== 'string') return null;
    const { redaction } = settings;
    const texts = { format: 'json', legacy: a, candidate: b } as const;
    const kept = redactPair(texts, { redaction, lengthMax: PAIR_LENGTH_MAX });
    return kept === null ? null : { request: null, ...kept };
  }

  isCritical(findings: readonly Finding[]): boolean {
    return this.#lane.settings.critical(findings);
  }

  excuse(stands: 'first' | 'second'): Promise<ShedReason | null> | null {
    return this.#motion?.excuse(stands) ?? null;
  }

  beforeSecondLook(): Promise<ShedReason | null> {
    return this.#motion?.beforeSecondLook() ?? Promise.resolve(null);
  }

  report(observation: Observation): void {
    this.#release();
    this.#lane.seam.record(observation);
  }

  #end(answer: Outcome<GrpcAnswer>): void {
    this.answer = answer;
    const overflow = this.#request.overflow ?? this.#answer.overflow;
    if (overflow !== null) this.#refusal ??= SHED_BY[overflow];
    // A stream cannot be asked again as it was: its messages came in their own time.
    if (this.#sent.count !== 1 || this.#received.count > 1) this.#refusal ??= 'not-copyable';
    if (this.#refusal === null) this.#lane.engine.offer(this);
    else this.#lane.engine.shed(this, this.#refusal);
  }

  #ask(side: Side, capture: Capture, signal: AbortSignal): Promise<Asked> {
    const { context, seam, timeoutMs } = this.#lane;
    const headers = {
      ...context.sides[side].filter(this.#headers),
      ':path': this.#path,
      // The caller's deadline is the caller's; a shadow has its own.
      'grpc-timeout': formatTimeout(timeoutMs),
    };
    const body = this.#request.read() ?? Buffer.alloc(0);
    const open: OpenCall = (asked) => context.sides[side].open('shadowing', seam, asked);
    return askSide(open, { headers, body, capture, signal });
  }

  async #read(answer: GrpcAnswer): Promise<void> {
    const { bodyBytesMax } = this.#lane.context;
    const encoding = answer.headers['grpc-encoding'];
    answer.messages ??= await readMessages(
      answer.capture.read(),
      typeof encoding === 'string' ? encoding : undefined,
      bodyBytesMax,
    );
  }

  #scope(seam: string) {
    const { settings, context } = this.#lane;
    const { comparator, canonical } = settings;
    const { redactor, isTrailerCompared: isCompared } = context;
    return { seam, comparator, canonical, redactor, isCompared };
  }

  #noteBuild(side: Side, { headers }: Pick<GrpcAnswer, 'headers'>): void {
    const build = headers[this.#lane.context.buildHeader];
    if (typeof build === 'string' && build !== '') this.#builds[side] = build;
  }

  #newCapture(): Capture {
    const { budget, bodyBytesMax } = this.#lane.context;
    return new Capture(budget, bodyBytesMax);
  }

  #release(): void {
    for (const capture of this.#captures) capture.release();
    this.#captures.length = 0;
  }
}
