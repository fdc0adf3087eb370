import type { IncomingHttpHeaders } from 'node:http';
import type { Clock } from '@falsework/core/ports';
import type { Side } from '@falsework/core/routing';
import type { Dispatcher } from 'undici';
import type { Plan } from '../routes/plan.ts';
import type { Route } from '../routes/route.ts';
import type { Capture } from '../shadow/capture.ts';
import type { SampledRequest } from '../shadow/sampled-request.ts';
import { failureOf, failureOfStatus, type SideFailure, TIMED_OUT } from '../sides/side-failure.ts';
import type { CallerAnswer, CallerRequest } from './caller.ts';
import type { Listening } from './caller-response.ts';
import { refuseBody, refuseForSide, refuseRequest } from './refusal.ts';
import { CALLER_GONE, RequestBody, TOO_LONG, TOO_SLOW } from './request-body.ts';
import { type AddedHeaders, addTrailers, reasonPhrase, responseHeaders } from './response-head.ts';
import type { Purpose, Upstream } from './upstream.ts';

/** What serving needs besides the request. */
export interface ServingContext {
  readonly clock: Clock;
  readonly upstreams: Readonly<Record<Side, Upstream>>;
  /** What goes with every answer of a side. */
  readonly added: Readonly<Record<Side, AddedHeaders>>;
  /** How long the candidate has for an answer that legacy can still give instead. */
  readonly candidateTimeoutMs: number;
}

/** One request, its way and its caller. */
export interface Visit {
  readonly context: ServingContext;
  readonly route: Route;
  readonly plan: Plan;
  readonly side: Side;
  readonly request: CallerRequest;
  readonly response: CallerAnswer;
  readonly headers: string[];
  readonly body: RequestBody | Buffer | null;
  /** `null` when the request is not compared. */
  readonly record: SampledRequest | null;
  /**
   * A body kept for a second attempt only; `null` when there is none, or when the record keeps it.
   */
  readonly kept: Capture | null;
}

const CALLER_LEFT = new Error('The caller left.');
const EXPIRED = new Error('The request took longer than it may.');
const UNDELIVERABLE = new Error('The answer cannot be passed on.');

/**
 * One request on its way through: to its side, and the answer back, as it streams. It is the
 * options and the handler of undici's dispatch in one, so that a request costs one object of ours.
 *
 * What the side sends reaches the caller as it comes, and no faster than the caller takes it. When
 * the side fails before its answer began, the caller gets a 502 that names it; later, the
 * connection breaks off, as the side's own did.
 */
export class Exchange implements Dispatcher.DispatchOptions, Dispatcher.DispatchHandler, Listening {
  readonly method: string;
  readonly path: string;
  headers: string[];
  readonly body: RequestBody | Buffer | null;
  readonly servername: string;
  /** Headers by their names are for comparing. */
  readonly wantsNames: boolean;
  protected visit: Visit;
  protected readonly beginMs: number;
  protected controller: Dispatcher.DispatchController | null = null;
  protected status = 0;
  /** True once nothing more may reach the caller from this exchange. */
  protected isOver = false;
  /** The answer is one of events. */
  protected isStream = false;
  /** The length that the answer says it has; -1 where it says none. */
  #announced = -1;
  #whole: Buffer | null = null;
  #isRepeated = false;
  #pausedMs = 0;
  #pausedAt = 0;

  constructor(visit: Visit) {
    const { context, request, side } = visit;
    this.visit = visit;
    this.method = request.method as string;
    this.path = request.url as string;
    this.headers = visit.headers;
    this.body = visit.body;
    this.servername = context.upstreams[side].servername;
    this.wantsNames = visit.record !== null;
    this.beginMs = visit.record === null ? 0 : context.clock.monotonicMs();
    visit.response.listening = this;
  }

  /** Sends the request. Whatever happens then is told to the caller by this object. */
  send(): void {
    this.#dispatch('serving');
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.controller = controller;
    if (this.isOver) controller.abort(CALLER_LEFT);
  }

  onResponseStart(
    controller: Dispatcher.DispatchController,
    status: number,
    headers: IncomingHttpHeaders,
    statusText = '',
  ): void {
    // Early hints and the like are not the answer.
    if (status < 200 || this.isOver) return;
    this.status = status;
    this.noteStream(headers);
    this.visit.record?.began(status, headers);
    this.open(controller, statusText);
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (this.isOver) return;
    this.visit.record?.add(chunk);
    this.write(controller, chunk);
  }

  onResponseEnd(controller: Dispatcher.DispatchController): void {
    if (this.isOver) return;
    this.finish(controller);
  }

  onResponseError(_controller: Dispatcher.DispatchController | null, error: Error): void {
    if (this.isOver) return;
    if (this.#mayRepeat(error)) {
      this.#isRepeated = true;
      this.#dispatch('repeating');
      return;
    }
    this.fail(error);
  }

  /** There is room on the caller's connection again. */
  onDrain(): void {
    if (this.#pausedAt > 0)
      this.#pausedMs += this.visit.context.clock.monotonicMs() - this.#pausedAt;
    this.#pausedAt = 0;
    this.controller?.resume();
  }

  /** The caller's connection, or only the answer to it, is closed. */
  onClose(): void {
    if (this.isOver) return;
    this.isOver = true;
    const { route, record } = this.visit;
    // Whoever has heard enough of a stream of events has been served.
    if (this.isStream) {
      this.countServed(null);
      route.noteAnswer(this.status);
    } else route.counts.abandoned += 1;
    record?.abandon();
    this.#dropBody();
    // Before the side has the request there is nothing to abort yet; it is then aborted when it
    // would begin.
    this.controller?.abort(CALLER_LEFT);
  }

  /** The request has taken as long as it may. */
  expire(): void {
    const { context, response, record, side } = this.visit;
    const hasBegun = response.headersSent;
    if (!this.isOver) {
      this.isOver = true;
      this.#dropBody();
      if (!hasBegun) refuseForSide(response, side, TIMED_OUT, context.added[side]);
      this.countServed(TIMED_OUT);
      record?.failed(TIMED_OUT, this.tookMs());
      this.controller?.abort(EXPIRED);
    }
    // Also of an answer that is whole, and that its caller does not take.
    if (hasBegun) response.destroy();
  }

  /**
   * Events are told as they happen, and two sides tell them at two times: such an answer is passed
   * on, counted and not compared.
   */
  protected noteStream(headers: IncomingHttpHeaders): void {
    if (headers['content-type']?.startsWith('text/event-stream') !== true) return;
    this.isStream = true;
    const { record } = this.visit;
    if (record === null) return;
    record.abandon();
    this.visit = { ...this.visit, record: null };
  }

  /** Passes the head of the answer on. */
  protected open(controller: Dispatcher.DispatchController, statusText: string): void {
    const { context, response, side } = this.visit;
    try {
      const headers = responseHeaders(controller.rawHeaders, context.added[side]);
      this.#announced = lengthIn(headers);
      response.writeHead(this.status, reasonPhrase(this.status, statusText), headers);
    } catch {
      // Node refuses to send what no client should be sent, such as control characters in a header.
      controller.abort(UNDELIVERABLE);
    }
  }

  protected write(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    // A body that comes in one piece ends in the same turn, and then goes out together with its
    // head: one write instead of two.
    if (chunk.length === this.#announced) {
      this.#whole = chunk;
      return;
    }
    if (this.visit.response.write(chunk)) return;
    controller.pause();
    if (this.visit.record !== null) this.#pausedAt = this.visit.context.clock.monotonicMs();
  }

  /** The answer is whole. */
  protected finish(controller: Dispatcher.DispatchController): void {
    this.isOver = true;
    const { response, record } = this.visit;
    const tookMs = record === null ? 0 : this.tookMs();
    addTrailers(response, controller.rawTrailers);
    if (this.#whole === null) response.end();
    else response.end(this.#whole);
    this.#dropBody();
    this.countServed(failureOfStatus(this.status));
    this.visit.route.noteAnswer(this.status);
    record?.ended(tookMs);
  }

  /** The side failed, and there is nobody else to ask. */
  protected fail(error: unknown): void {
    // A body that broke off is the caller's doing, even where that is heard of before its
    // connection is closed.
    if (error === CALLER_GONE) {
      this.onClose();
      return;
    }
    this.isOver = true;
    this.#dropBody();
    const { context, response, record, side } = this.visit;
    if (error === TOO_LONG || error === TOO_SLOW) {
      record?.abandon();
      if (response.headersSent) response.destroy();
      else refuseBody(response, error === TOO_LONG);
      return;
    }
    if (isOurRefusal(error)) {
      refuseRequest(response, (error as Error).message);
      record?.abandon();
      return;
    }
    const failure = failureOf(error, this.status >= 200);
    if (response.headersSent) response.destroy();
    else refuseForSide(response, side, failure, context.added[side]);
    this.countServed(failure);
    record?.failed(failure, this.tookMs());
  }

  protected countServed(failure: SideFailure | null): void {
    const { context, plan, route, side } = this.visit;
    const { log } = context.upstreams[side];
    if (failure === null) log.countAnswer();
    else log.countFailure(failure);
    route.counts[side] += 1;
    if (this.isStream) route.counts.streams += 1;
    if (failure !== null) route.counts[side === 'legacy' ? 'legacyFailed' : 'candidateFailed'] += 1;
    plan.seam.countServed(side, failure !== null);
  }

  /** How long the side took. What the caller took to read is not the side's. */
  protected tookMs(): number {
    return this.visit.context.clock.monotonicMs() - this.beginMs - this.#pausedMs;
  }

  #dispatch(purpose: Purpose): void {
    const { context, plan, side } = this.visit;
    context.upstreams[side].send(purpose, plan.seam, this, this);
  }

  /**
   * Lets go of a body that nobody reads any more, so that the caller's connection can take its next
   * request.
   */
  #dropBody(): void {
    if (this.body instanceof RequestBody) this.body.destroy();
    this.visit.kept?.release();
  }

  /**
   * A kept connection may be closed by the side in the moment in which a request is sent on it;
   * then a request that only reads is sent once more (RFC 9110, section 9.2.2), on a connection of
   * its own. That one meets no such moment, so what comes of it is what a direct caller would have
   * seen.
   */
  #mayRepeat(error: unknown): boolean {
    const isRead = this.method === 'GET' || this.method === 'HEAD' || this.method === 'OPTIONS';
    if (!isRead || this.#isRepeated || this.status > 0 || this.body !== null) return false;
    return failureOf(error, false).kind === 'closed';
  }
}

function lengthIn(headers: readonly string[]): number {
  for (let i = 0; i < headers.length; i += 2) {
    const name = headers[i] as string;
    if (name.length === 14 && name.toLowerCase() === 'content-length') {
      return Number(headers[i + 1]);
    }
  }
  return -1;
}

/** undici would not send it: the request itself is at fault. */
function isOurRefusal(error: unknown): boolean {
  const { code } = error as { code?: unknown };
  return code === 'UND_ERR_INVALID_ARG' || code === 'UND_ERR_NOT_SUPPORTED';
}
