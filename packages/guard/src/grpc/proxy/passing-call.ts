import {
  type ClientHttp2Stream,
  constants,
  type IncomingHttpHeaders,
  type OutgoingHttpHeaders,
  type ServerHttp2Stream,
} from 'node:http2';
import type { Cancel, Clock } from '@falsework/core/ports';
import type { Side } from '@falsework/core/routing';
import type { PlaneSeam } from '@falsework/seam/plane';
import { failureOf, failureWords, type SideFailure, TIMED_OUT } from '../../sides/side-failure.ts';
import { codeName, type GrpcCode, statusOf } from '../rest/status.ts';
import { FrameMeter } from '../wire/frames.ts';
import { headersAsSent } from '../wire/metadata.ts';
import { formatTimeout } from '../wire/timeout.ts';
import { failureOfCode } from './grpc-answer.ts';
import type { GrpcSides } from './grpc-side.ts';
import type { HeldCall } from './held-call.ts';
import type { CallEnd } from './method-counts.ts';
import type { SampledCall } from './sampled-call.ts';
import { answerStatus, statusTrailers } from './status-answer.ts';

/** What passing on needs besides the call. */
export interface PassingContext {
  readonly clock: Clock;
  readonly sides: GrpcSides;
  /** Added to the answers of each side, such as its name. */
  readonly added: Readonly<Record<Side, OutgoingHttpHeaders>>;
  readonly messageBytesMax: number;
  /** How long the candidate has for an answer that legacy can still give instead. */
  readonly candidateTimeoutMs: number;
}

/** One call on its way. */
export interface CallVisit {
  readonly stream: ServerHttp2Stream;
  readonly headers: IncomingHttpHeaders;
  readonly path: string;
  readonly seam: PlaneSeam;
  readonly side: Side;
  /** When it must be over, by the monotonic clock; `null` when nobody says. */
  readonly deadlineMs: number | null;
  /** What is kept of it for comparing; `null` when it is not compared. */
  readonly record: SampledCall | null;
  /** Set where legacy can answer what the candidate fails to. */
  readonly held: HeldCall | null;
  /** What its caller had sent already, to the side before; `null` when this is the first one. */
  readonly sent: Buffer | null;
  /** Called once; with `null` when the caller left before the side could answer. */
  readonly done: (side: Side, end: CallEnd | null) => void;
}

const { NGHTTP2_CANCEL, NGHTTP2_NO_ERROR, NGHTTP2_REFUSED_STREAM, NGHTTP2_ENHANCE_YOUR_CALM } =
  constants;
const END_STREAM = 0x1;
// What gRPC makes of a stream that was reset before its status.
const CODE_OF_RESET: ReadonlyMap<number, GrpcCode> = new Map([
  [NGHTTP2_CANCEL, 'CANCELLED'],
  [NGHTTP2_REFUSED_STREAM, 'UNAVAILABLE'],
  [NGHTTP2_ENHANCE_YOUR_CALM, 'RESOURCE_EXHAUSTED'],
]);

/**
 * Passes one call of any kind to a side and its answer back, as bytes: nothing is parsed but the
 * five bytes in front of each message. Cancelling works both ways, and a deadline is passed on
 * shortened by the time that went by here.
 */
export class PassingCall {
  readonly #context: PassingContext;
  readonly #visit: CallVisit;
  readonly #beginMs: number;
  readonly #requestMeter = new FrameMeter();
  readonly #answerMeter = new FrameMeter();
  #upstream: ClientHttp2Stream | null = null;
  #answerHeaders: IncomingHttpHeaders = {};
  #isHeadOnly = false;
  #trailers: OutgoingHttpHeaders | null = null;
  #cancelTimers: readonly Cancel[] = [];
  /** `null` once nothing is held back any more. */
  #held: HeldCall | null;
  #isDone = false;

  constructor(context: PassingContext, visit: CallVisit) {
    this.#context = context;
    this.#visit = visit;
    this.#beginMs = context.clock.monotonicMs();
    this.#held = visit.held;
  }

  /** Begins. Never throws. */
  start(): void {
    const { stream, side, seam } = this.#visit;
    stream.on('error', () => {});
    stream.on('close', () => this.#left());
    // Nothing is read before there is somewhere to put it.
    stream.pause();
    this.#startTimers();
    this.#context.sides[side]
      .open('serving', seam, () => this.#requestHeaders())
      .then(
        (upstream) => this.#connect(upstream),
        (error) => this.#fail('UNAVAILABLE', failureOf(error, false)),
      );
  }

  #startTimers(): void {
    const { clock, candidateTimeoutMs } = this.#context;
    const leftMs = this.#leftMs();
    this.#cancelTimers = [
      ...(leftMs === null ? [] : [clock.after(leftMs, () => this.#late())]),
      ...(this.#held === null ? [] : [clock.after(candidateTimeoutMs, () => this.#heldTooLong())]),
    ];
  }

  #requestHeaders(): OutgoingHttpHeaders {
    const { headers, path, side } = this.#visit;
    const leftMs = this.#leftMs();
    const { 'grpc-timeout': _given, ...passed } = this.#context.sides[side].filter(headers);
    const timeout = leftMs === null ? {} : { 'grpc-timeout': formatTimeout(leftMs) };
    return { ...passed, ...timeout, ':path': path };
  }

  #leftMs(): number | null {
    const { deadlineMs } = this.#visit;
    if (deadlineMs === null) return null;
    return Math.max(0, deadlineMs - this.#context.clock.monotonicMs());
  }

  #connect(upstream: ClientHttp2Stream): void {
    upstream.on('error', () => {});
    if (this.#isDone) {
      upstream.close(NGHTTP2_CANCEL);
      return;
    }
    this.#upstream = upstream;
    const { stream } = this.#visit;
    upstream.on('response', (_headers, flags, raw) => this.#respond(headersAsSent(raw), flags));
    upstream.on('trailers', (_trailers, _flags, raw) => {
      this.#trailers = withoutPseudo(headersAsSent(raw));
    });
    upstream.on('data', (chunk: Buffer) => this.#receive(chunk));
    stream.on('drain', () => upstream.resume());
    upstream.on('end', () => {
      if (this.#isDone || !this.#isServable()) return;
      if (stream.headersSent && !stream.destroyed) stream.end();
    });
    upstream.on('close', () => this.#closed(upstream));
    this.#passRequest(upstream);
  }

  #passRequest(upstream: ClientHttp2Stream): void {
    const { stream, record, sent } = this.#visit;
    if (sent !== null && sent.length > 0) upstream.write(sent);
    if (stream.readableEnded) {
      upstream.end();
      return;
    }
    stream.on('data', (chunk: Buffer) => {
      if (this.#isDone || !this.#isWithin(this.#requestMeter, chunk, 'request')) return;
      record?.sent(chunk);
      this.#held?.sent(chunk);
      // A side may answer before it has read everything; what comes then is for nobody.
      if (!upstream.writable) return;
      if (!upstream.write(chunk)) stream.pause();
    });
    upstream.on('drain', () => {
      if (!this.#isDone) stream.resume();
    });
    stream.on('end', () => {
      if (upstream.writable) upstream.end();
    });
    stream.resume();
  }

  #receive(chunk: Buffer): void {
    if (this.#isDone || !this.#isWithin(this.#answerMeter, chunk, 'answer')) return;
    const { stream, record } = this.#visit;
    record?.received(chunk);
    if (this.#held === null) {
      if (!stream.write(chunk)) this.#upstream?.pause();
      return;
    }
    this.#held.hold(chunk);
    // An answer before the question was whole, or a second one: a stream, which cannot wait.
    const isStream = !stream.readableEnded || this.#answerMeter.count > 1;
    if (isStream || this.#held.isFull) this.#letGo();
  }

  #respond(headers: IncomingHttpHeaders, flags: number): void {
    const { stream } = this.#visit;
    if (this.#isDone || stream.destroyed || stream.headersSent) return;
    this.#answerHeaders = headers;
    this.#isHeadOnly = (flags & END_STREAM) !== 0;
    if (this.#isHeadOnly) {
      this.#trailers = withoutPseudo(headers);
      if (!this.#isServable()) return;
    }
    if (this.#held === null && !stream.headersSent) this.#begin();
  }

  /** Passes the head of the answer on. */
  #begin(): void {
    const { stream, side } = this.#visit;
    const headers = this.#answerHeaders;
    const passed = { ...withoutPseudo(headers), ...this.#context.added[side] };
    const head = { ':status': headers[':status'] ?? 200, ...passed };
    if (this.#isHeadOnly) {
      stream.respond(head, { endStream: true });
      this.#finish(headers);
      return;
    }
    stream.respond(head, { waitForTrailers: true });
    stream.on('wantTrailers', () => {
      const trailers = this.#trailers ?? statusTrailers('INTERNAL', 'the side sent no status');
      stream.sendTrailers(trailers);
      this.#finish(trailers as IncomingHttpHeaders);
    });
  }

  /** Gives the caller what was held back; from here on the answer streams. */
  #letGo(): void {
    const chunks = this.#held?.release() ?? [];
    this.#held = null;
    const { stream } = this.#visit;
    if (stream.destroyed || stream.headersSent) return;
    this.#begin();
    for (const chunk of chunks) if (!stream.write(chunk)) this.#upstream?.pause();
  }

  /** The status is known: false when it is a failure of which legacy relieves the caller. */
  #isServable(): boolean {
    if (this.#held === null || this.#trailers === null) return true;
    const failure = failureOfCode(statusOf(this.#trailers as IncomingHttpHeaders).code);
    if (failure !== null && this.#fallBack(failure)) return false;
    this.#letGo();
    return true;
  }

  #heldTooLong(): void {
    if (this.#held === null || this.#isDone) return;
    // Whatever has begun to answer is let answer; it may be a stream.
    if (this.#answerMeter.count > 0) this.#letGo();
    else this.#fallBack(TIMED_OUT);
  }

  /** Gives the candidate up and has legacy asked; false where it cannot be. */
  #fallBack(failure: SideFailure): boolean {
    if (this.#held === null || this.#isDone) return false;
    // Before legacy is asked: from here on nothing of this side may reach the caller.
    this.#isDone = true;
    if (!this.#held.replace(failure, this.#tookMs())) {
      this.#isDone = false;
      return false;
    }
    this.#stopTimers();
    this.#upstream?.close(NGHTTP2_CANCEL);
    return true;
  }

  /** True while no message is longer than allowed; otherwise the call ends here. */
  #isWithin(meter: FrameMeter, chunk: Buffer, of: string): boolean {
    meter.add(chunk);
    const { messageBytesMax } = this.#context;
    if (meter.bytesLongest <= messageBytesMax) return true;
    const because =
      `a message of the ${of} has ${meter.bytesLongest} bytes, and the guard passes on ` +
      `${messageBytesMax}: raise \`maxMessageBytes\` of the guard (grpc.maxMessage where it is configured)`;
    this.#end('RESOURCE_EXHAUSTED', because, { kind: 'other', code: 'too large' });
    return false;
  }

  #late(): void {
    this.#end('DEADLINE_EXCEEDED', 'the deadline of the call has passed', TIMED_OUT);
  }

  /** The side's stream is over, well or not. */
  #closed(upstream: ClientHttp2Stream): void {
    // With trailers in hand, everything came; the caller is only still reading.
    if (this.#isDone || this.#trailers !== null) return;
    const { rstCode } = upstream;
    const code = CODE_OF_RESET.get(rstCode);
    const hasBegun = this.#visit.stream.headersSent;
    const failure: SideFailure = {
      kind: hasBegun ? 'broken-off' : 'closed',
      code: `reset ${rstCode}`,
    };
    // A clean end without a status is left to what is said of it in place of trailers.
    if (hasBegun && rstCode === NGHTTP2_NO_ERROR) return;
    this.#fail(
      code ?? (upstream.session?.destroyed === false ? 'INTERNAL' : 'UNAVAILABLE'),
      failure,
    );
  }

  #fail(code: GrpcCode, failure: SideFailure): void {
    if (this.#fallBack(failure)) return;
    this.#end(code, `the ${this.#visit.side} service ${failureWords(failure)}`, failure);
  }

  /** Ends the call with a status of our own. */
  #end(code: GrpcCode, because: string, failure: SideFailure): void {
    if (this.#isDone) return;
    const { stream, record } = this.#visit;
    const trailers = statusTrailers(code, because);
    this.#settle(() => record?.failed(failure, this.#tookMs()), { code, failure });
    this.#upstream?.close(NGHTTP2_CANCEL);
    if (stream.destroyed) return;
    if (!stream.headersSent) answerStatus(stream, trailers);
    else {
      // Sent when everything that came before has gone out.
      this.#trailers = trailers;
      stream.end();
    }
  }

  /** The caller has everything that the side said. */
  #finish(trailers: IncomingHttpHeaders): void {
    const { code } = statusOf(trailers);
    const { record } = this.#visit;
    const headers = this.#answerHeaders;
    const end = { code: codeName(code), failure: failureOfCode(code) };
    this.#settle(() => record?.ended(headers, trailers, this.#tookMs()), end);
  }

  /** The caller's stream is gone. */
  #left(): void {
    this.#settle(() => this.#visit.record?.abandon(), null);
    this.#upstream?.close(NGHTTP2_CANCEL);
  }

  #settle(note: () => void, end: CallEnd | null): void {
    if (this.#isDone) return;
    this.#isDone = true;
    this.#stopTimers();
    this.#held?.release();
    note();
    this.#visit.done(this.#visit.side, end);
  }

  #stopTimers(): void {
    for (const cancel of this.#cancelTimers) cancel();
  }

  #tookMs(): number {
    return this.#context.clock.monotonicMs() - this.#beginMs;
  }
}

function withoutPseudo(headers: IncomingHttpHeaders): OutgoingHttpHeaders {
  const entries = Object.entries(headers).filter(([name]) => !name.startsWith(':'));
  return Object.fromEntries(entries);
}
