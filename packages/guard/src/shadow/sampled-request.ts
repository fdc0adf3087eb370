import type { Finding, KeptPair, Observation, Position } from '@falsework/core/evidence';
import { otherSide, type Side } from '@falsework/core/routing';
import {
  type Judgement,
  NotCompared,
  noiseScope,
  type Outcome,
  type ShadowJob,
  type ShedReason,
} from '@falsework/seam/engine';
import type { Dispatcher } from 'undici';
import { compareOutcomes, type OutcomeScope } from '../compare/compare-outcomes.ts';
import { failureOfStatus, type SideFailure, STOPPED, TIMED_OUT } from '../sides/side-failure.ts';
import { AnswerCollector, type Collected } from './answer-collector.ts';
import { type Beyond, Capture } from './capture.ts';
import { decodeBody, longBody } from './decode-body.ts';
import { type AnswerHeaders, type HttpAnswer, headerOf } from './http-answer.ts';
import { keptPair } from './kept-pair.ts';
import { type Behind, KeyMotion } from './key-motion.ts';
import type { ShadowLane } from './shadow-lane.ts';
import { assertUndone, type PutToCandidate, putToCandidate, putToLegacy } from './shadow-words.ts';

/** A request as it can be sent again. */
export interface RepeatableRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: string[];
  /** `null` for a request without a body. Read only once the authority has answered. */
  readonly body: Capture | null;
  /** The entity, whose writes reach the candidate later; `null` where they do not. */
  readonly behind: Behind | null;
}

const UNANSWERED: Outcome<HttpAnswer> = { ok: false, error: STOPPED, tookMs: 0 };

/**
 * The record of one sampled request, from before the authority has it until the shadow engine is
 * done with it. All fields are set at birth, so that every record has one shape. It keeps what the
 * caller gets while that streams by, and gives the room back when it is reported.
 */
export class SampledRequest implements ShadowJob<HttpAnswer> {
  readonly stratum: string;
  served: Side;
  answer: Outcome<HttpAnswer> = UNANSWERED;
  readonly #lane: ShadowLane;
  readonly #asked: RepeatableRequest;
  readonly #epoch: number;
  readonly #step: number;
  readonly #captures: Capture[] = [];
  #status = 0;
  #headers: AnswerHeaders = {};
  #capture: Capture | null = null;
  #legacyBuild: string | null = null;
  #candidateBuild: string | null = null;
  /** How the other side ended, when it was asked already, for the caller. */
  #other: Outcome<HttpAnswer> | null = null;
  #refusal: ShedReason | null;
  #isDiffering = false;
  /** What is known of writes on its entity meanwhile; `null` where both sides have one store. */
  readonly #motion: KeyMotion | null;

  constructor(lane: ShadowLane, served: Side, asked: RepeatableRequest) {
    const { plane } = lane.context;
    this.#lane = lane;
    this.#asked = asked;
    this.served = served;
    this.stratum = lane.settings.readStratum?.(asked.headers, asked.path) ?? '';
    ({ epoch: this.#epoch, step: this.#step } = plane.position);
    // Asked before anything is kept: what would be shed must not cost memory first.
    this.#refusal = lane.engine.refusal() ?? this.#impatience(otherSide(served));
    const { behind } = asked;
    const journal = lane.context.follow?.writes.fence ?? null;
    const isLooked = behind !== null && this.#refusal === null;
    this.#motion = isLooked ? new KeyMotion(behind, journal) : null;
    if (asked.body !== null) this.#captures.push(asked.body);
  }

  /** A write is not sent again, to legacy least of all. */
  get canRerun(): boolean {
    return this.#lane.settings.isDryRun !== true;
  }

  /** Where the plane stood when the request came, and the builds that answered. */
  get position(): Position {
    const { plane } = this.#lane.context;
    const builds = {
      ...(this.#legacyBuild === null ? {} : { legacy: this.#legacyBuild }),
      ...(this.#candidateBuild === null ? {} : { candidate: this.#candidateBuild }),
    };
    return { ...plane.positionOf(builds), epoch: this.#epoch, step: this.#step };
  }

  /**
   * Only differences are shown with what was asked: masking secrets in it is the dearest part of a
   * match.
   */
  get request(): string | null {
    if (!this.#isDiffering) return null;
    const { method, path } = this.#asked;
    return `${method} ${this.#lane.context.redactor.redact(path)}`;
  }

  /** The head of the authority's answer has come. */
  began(status: number, headers: AnswerHeaders): void {
    this.#quietly(() => {
      this.#status = status;
      this.#headers = headers;
      if (this.#refusal === null) this.#capture = this.#newCapture('hashed');
    });
  }

  /** A piece of the authority's answer goes by. */
  add(chunk: Buffer): void {
    this.#quietly(() => this.#capture?.add(chunk));
  }

  /** The authority's answer has reached its end, and the caller has it: the shadow may begin. */
  ended(tookMs: number): void {
    this.#quietly(() => this.#end(this.#answered(tookMs)));
  }

  /** The authority did not answer, or broke off. */
  failed(failure: SideFailure, tookMs: number): void {
    this.#quietly(() => this.#end({ ok: false, error: failure, tookMs }));
  }

  /**
   * The candidate failed, and legacy answers the caller instead. The candidate need not be asked
   * again.
   */
  fellBack(failure: SideFailure, tookMs: number): void {
    this.#quietly(() => {
      this.#other = { ok: false, error: failure, tookMs };
      this.served = 'legacy';
      this.#capture?.release();
      this.#capture = null;
    });
  }

  /** The caller left: there is no answer that could be compared, and that is nobody's failure. */
  abandon(): void {
    this.#release();
  }

  #answered(tookMs: number): Outcome<HttpAnswer> {
    const capture = this.#capture;
    if (capture === null) return UNANSWERED;
    const value = { status: this.#status, headers: this.#headers, capture, body: null };
    this.#noteBuild(this.served, value);
    if (capture.overflow === 'no-room') this.#refusal ??= SHED_BY['no-room'];
    const failure = failureOfStatus(this.#status);
    return failure === null ? { ok: true, value, tookMs } : { ok: false, error: failure, tookMs };
  }

  #end(answer: Outcome<HttpAnswer>): void {
    const { engine } = this.#lane;
    this.answer = answer;
    const overflow = this.#asked.body?.overflow ?? null;
    if (overflow !== null) this.#refusal ??= SHED_BY[overflow];
    if (this.#refusal === null) engine.offer(this);
    else engine.shed(this, this.#refusal);
  }

  /** These are called while an answer goes to its caller, who must not notice a fault of ours. */
  #quietly(note: () => void): void {
    try {
      note();
    } catch {
      this.#refusal ??= 'fault';
      this.#lane.engine.countFault();
    }
  }

  async run(side: Side, signal: AbortSignal): Promise<Outcome<HttpAnswer>> {
    if (this.#other !== null && side !== this.served) return this.#other;
    const { clock } = this.#lane.context.host;
    const { log, shadowLog, patience } = this.#lane.context.upstreams[side];
    const beginMs = clock.monotonicMs();
    const put = side === 'candidate' ? putToCandidate(this.#lane, this.#asked) : this.#asLegacy();
    const { answer, failure } = await this.#ask(side, put, signal);
    assertUndone(put.dryRun, answer);
    const tookMs = clock.monotonicMs() - beginMs;
    const error = failure ?? failureOfStatus(answer?.status ?? 0);
    for (const each of [log, shadowLog]) {
      if (error === null) each.countAnswer();
      else if (error.kind !== 'stopped') each.countFailure(error);
    }
    if (error !== null && error.kind !== 'stopped') patience.note(error);
    if (answer !== null) this.#noteBuild(side, answer);
    if (error !== null || answer === null) return { ok: false, error, tookMs };
    // Nearly all come as they are, and are not waited for.
    if (this.answer.ok && !this.#isPlain(this.answer.value)) await this.#decode(this.answer.value);
    if (!this.#isPlain(answer)) await this.#decode(answer);
    if (side === 'candidate') putToLegacy(this.#lane, answer);
    return { ok: true, value: answer, tookMs };
  }

  compare(legacy: Outcome<HttpAnswer>, candidate: Outcome<HttpAnswer>): Judgement {
    const judgement = compareOutcomes(legacy, candidate, this.#scope(this.#lane.seam.name));
    this.#isDiffering ||= judgement.findings.length > 0;
    return judgement;
  }

  compareNoise(one: Outcome<HttpAnswer>, other: Outcome<HttpAnswer>): Judgement {
    const judgement = compareOutcomes(one, other, this.#scope(noiseScope(this.#lane.seam.name)));
    this.#isDiffering ||= judgement.findings.length > 0;
    return judgement;
  }

  pair(
    legacy: Outcome<HttpAnswer>,
    candidate: Outcome<HttpAnswer>,
    findings: readonly Finding[],
  ): KeptPair | null {
    const { seam, settings } = this.#lane;
    if (!seam.wantsPair(this.position, findings)) return null;
    const { method, path, headers, body } = this.#asked;
    const asked = { method, path, headers, hasBody: body !== null };
    return keptPair(asked, { legacy, candidate }, settings.redaction);
  }

  #scope(seam: string): OutcomeScope {
    const { settings, context } = this.#lane;
    // Numbered for this pair, and without what is to be taken out of answers of this route.
    const redactor = context.redactor.forPair(settings.redaction);
    return { seam, comparator: settings.comparator, redactor, headers: context.headers };
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

  /** Throws NotCompared for a write: legacy knows of no dry runs. */
  #asLegacy(): PutToCandidate {
    if (!this.canRerun) throw new NotCompared('stopped');
    const { path, headers } = this.#asked;
    return { path, headers, dryRun: null };
  }

  #ask(
    side: Side,
    { path, headers }: Pick<PutToCandidate, 'path' | 'headers'>,
    signal: AbortSignal,
  ): Promise<Collected> {
    const { upstreams } = this.#lane.context;
    const { method, body } = this.#asked;
    const { servername } = upstreams[side];
    const options = { method, path, headers, body: body?.read() ?? null, servername };
    return new Promise((resolve) => {
      const collector = new AnswerCollector(this.#newCapture(this.#beyond()), resolve);
      signal.addEventListener('abort', () => {
        const isTimeout = (signal.reason as { name?: unknown }).name === 'TimeoutError';
        collector.stop(isTimeout ? TIMED_OUT : STOPPED);
      });
      upstreams[side].send(
        'shadowing',
        this.#lane.seam,
        options as Dispatcher.DispatchOptions,
        collector,
      );
    });
  }

  /** True for a body that needs no decoding, once it is taken as it is. */
  #isPlain(answer: HttpAnswer): boolean {
    if (headerOf(answer, 'content-encoding') !== null) return false;
    const bytes = answer.capture.read();
    if (bytes === null || bytes.length > this.#bodyBytesMax) return false;
    answer.body ??= { kind: 'whole', bytes };
    return true;
  }

  async #decode(answer: HttpAnswer): Promise<void> {
    const { body, capture } = answer;
    if (body !== null) return;
    const encoding = headerOf(answer, 'content-encoding');
    const sent = capture.read();
    if (sent !== null) answer.body = await decodeBody(sent, encoding, this.#bodyBytesMax);
    else if (capture.overflow === 'too-large') answer.body = longBody(capture.digest, encoding);
    else answer.body = { kind: 'too-large' };
  }

  /**
   * A body that is longer than is kept is read to its end only where the authority's may be as
   * long: otherwise it differs by then.
   */
  #beyond(): Beyond {
    if (!this.answer.ok) return 'given-up';
    const { value } = this.answer;
    const isEncoded = headerOf(value, 'content-encoding') !== null;
    return value.capture.isHashed || isEncoded ? 'hashed' : 'given-up';
  }

  get #bodyBytesMax(): number {
    return this.#lane.settings.bodyBytesMax ?? this.#lane.context.bodyBytesMax;
  }

  #impatience(side: Side): ShedReason | null {
    const { host, upstreams } = this.#lane.context;
    if (upstreams[side].patience.isSpent(host.clock.monotonicMs())) return 'not-answering';
    return upstreams[side].isFull('shadowing') ? 'queue-full' : null;
  }

  #newCapture(beyond: Beyond): Capture {
    const capture = new Capture(this.#lane.context.budget, this.#bodyBytesMax, beyond);
    this.#captures.push(capture);
    return capture;
  }

  #noteBuild(side: Side, answer: Pick<HttpAnswer, 'headers'>): void {
    const build = headerOf(answer, this.#lane.context.buildHeader);
    if (build === null || build === '') return;
    if (side === 'legacy') this.#legacyBuild = build;
    else this.#candidateBuild = build;
  }

  #release(): void {
    for (const capture of this.#captures) capture.release();
    this.#captures.length = 0;
  }
}

const SHED_BY = { 'too-large': 'too-large', 'no-room': 'queue-full' } as const;
