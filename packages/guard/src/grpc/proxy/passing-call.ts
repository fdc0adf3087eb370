import {
  type ClientHttp2Stream,
  constants,
  type IncomingHttpHeaders,
  type OutgoingHttpHeaders,
  type ServerHttp2Stream,
} from 'node:http2';
import type { Cancel, Clock } from '@falsework/core/ports';
import type { Side } from '@falsework/core/routing';
import { failureOf, failureWords, type SideFailure } from '../../sides/side-failure.ts';
import { codeNumber, type GrpcCode, statusOf } from '../rest/status.ts';
import type { GrpcChannel } from '../wire/channel.ts';
import { FrameMeter } from '../wire/frames.ts';
import type { MetadataFilter } from '../wire/metadata.ts';
import { formatTimeout, parseTimeout } from '../wire/timeout.ts';
import { failureOfCode } from './grpc-answer.ts';
import type { SampledCall } from './sampled-call.ts';

/** What passing on needs besides the call. */
export interface PassingContext {
  readonly clock: Clock;
  readonly channels: Readonly<Record<Side, GrpcChannel>>;
  readonly filters: Readonly<Record<Side, MetadataFilter>>;
  /** Added to the answers of each side, such as its name. */
  readonly added: Readonly<Record<Side, OutgoingHttpHeaders>>;
  readonly messageBytesMax: number;
  /** The longest that a call may take, whatever its caller says; `null` when nothing bounds it. */
  readonly timeoutMsMax: number | null;
}

/** One call on its way. */
export interface CallVisit {
  readonly stream: ServerHttp2Stream;
  readonly headers: IncomingHttpHeaders;
  readonly path: string;
  readonly side: Side;
  /** What is kept of it for comparing; `null` when it is not compared. */
  readonly record: SampledCall | null;
  /** Called once: how the side did; `null` when the caller left before it could answer. */
  readonly done: (end: { readonly failure: SideFailure | null } | null) => void;
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
  readonly #deadlineMs: number | null;
  readonly #requestMeter = new FrameMeter();
  readonly #answerMeter = new FrameMeter();
  #upstream: ClientHttp2Stream | null = null;
  #answerHeaders: IncomingHttpHeaders = {};
  #trailers: OutgoingHttpHeaders | null = null;
  #cancelTimer: Cancel = () => {};
  #isDone = false;

  constructor(context: PassingContext, visit: CallVisit) {
    this.#context = context;
    this.#visit = visit;
    this.#beginMs = context.clock.monotonicMs();
    const asked = parseTimeout(visit.headers['grpc-timeout'] as string | undefined);
    const bounds = [asked, context.timeoutMsMax].filter((bound) => bound !== null);
    this.#deadlineMs = bounds.length === 0 ? null : this.#beginMs + Math.min(...bounds);
  }

  /** Begins. Never throws. */
  start(): void {
    const { stream, side } = this.#visit;
    stream.on('error', () => {});
    stream.on('close', () => this.#left());
    // Nothing is read before there is somewhere to put it.
    stream.pause();
    const leftMs = this.#leftMs();
    if (leftMs !== null) this.#cancelTimer = this.#context.clock.after(leftMs, () => this.#late());
    this.#context.channels[side]
      .open(() => this.#requestHeaders())
      .then(
        (upstream) => this.#connect(upstream),
        (error) => this.#fail('UNAVAILABLE', failureOf(error, false)),
      );
  }

  #requestHeaders(): OutgoingHttpHeaders {
    const { headers, path, side } = this.#visit;
    const leftMs = this.#leftMs();
    const { 'grpc-timeout': _given, ...passed } = this.#context.filters[side](headers);
    const timeout = leftMs === null ? {} : { 'grpc-timeout': formatTimeout(leftMs) };
    return { ...passed, ...timeout, ':path': path };
  }

  #leftMs(): number | null {
    if (this.#deadlineMs === null) return null;
    return Math.max(0, this.#deadlineMs - this.#context.clock.monotonicMs());
  }

  #connect(upstream: ClientHttp2Stream): void {
    upstream.on('error', () => {});
    if (this.#isDone) {
      upstream.close(NGHTTP2_CANCEL);
      return;
    }
    this.#upstream = upstream;
    const { stream, record } = this.#visit;
    upstream.on('response', (headers, flags) => this.#respond(headers, flags));
    upstream.on('trailers', (trailers) => {
      this.#trailers = withoutPseudo(trailers);
    });
    upstream.on('data', (chunk: Buffer) => {
      if (this.#isDone || !this.#isWithin(this.#answerMeter, chunk, 'answer')) return;
      record?.received(chunk);
      if (!stream.write(chunk)) upstream.pause();
    });
    stream.on('drain', () => upstream.resume());
    upstream.on('end', () => {
      if (stream.headersSent && !stream.destroyed) stream.end();
    });
    upstream.on('close', () => this.#closed(upstream));
    this.#passRequest(upstream);
  }

  #passRequest(upstream: ClientHttp2Stream): void {
    const { stream, record } = this.#visit;
    stream.on('data', (chunk: Buffer) => {
      if (this.#isDone || !this.#isWithin(this.#requestMeter, chunk, 'request')) return;
      record?.sent(chunk);
      // A side may answer before it has read everything; what comes then is for nobody.
      if (!upstream.writable) return;
      if (!upstream.write(chunk)) stream.pause();
    });
    upstream.on('drain', () => stream.resume());
    stream.on('end', () => {
      if (upstream.writable) upstream.end();
    });
    stream.resume();
  }

  #respond(headers: IncomingHttpHeaders, flags: number): void {
    const { stream, side } = this.#visit;
    if (this.#isDone || stream.destroyed || stream.headersSent) return;
    this.#answerHeaders = headers;
    const passed = { ...withoutPseudo(headers), ...this.#context.added[side] };
    const head = { ':status': headers[':status'] ?? 200, ...passed };
    if ((flags & END_STREAM) !== 0) {
      this.#trailers = withoutPseudo(headers);
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

  /** True while no message is longer than allowed; otherwise the call ends here. */
  #isWithin(meter: FrameMeter, chunk: Buffer, of: string): boolean {
    meter.add(chunk);
    const { messageBytesMax } = this.#context;
    if (meter.bytesLongest <= messageBytesMax) return true;
    const because =
      `a message of the ${of} has ${meter.bytesLongest} bytes, and the guard passes on ` +
      `${messageBytesMax}: raise \`maxMessageBytes\` of the guard`;
    this.#end('RESOURCE_EXHAUSTED', because, { kind: 'other', code: 'too large' });
    return false;
  }

  #late(): void {
    const failure: SideFailure = { kind: 'timeout', code: 'timeout' };
    this.#end('DEADLINE_EXCEEDED', 'the deadline of the call has passed', failure);
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
    this.#end(code, `the ${this.#visit.side} service ${failureWords(failure)}`, failure);
  }

  /** Ends the call with a status of our own. */
  #end(code: GrpcCode, because: string, failure: SideFailure): void {
    if (this.#isDone) return;
    const { stream, record } = this.#visit;
    const trailers = statusTrailers(code, because);
    this.#settle(() => record?.failed(failure, this.#tookMs()), { failure });
    this.#upstream?.close(NGHTTP2_CANCEL);
    if (stream.destroyed) return;
    if (!stream.headersSent) {
      const head = { ':status': 200, 'content-type': 'application/grpc+proto' };
      stream.respond({ ...head, ...trailers }, { endStream: true });
    } else {
      // Sent when everything that came before has gone out.
      this.#trailers = trailers;
      stream.end();
    }
  }

  /** The caller has everything that the side said. */
  #finish(trailers: IncomingHttpHeaders): void {
    const failure = failureOfCode(statusOf(trailers).code);
    const { record } = this.#visit;
    const headers = this.#answerHeaders;
    this.#settle(() => record?.ended(headers, trailers, this.#tookMs()), { failure });
  }

  /** The caller's stream is gone. */
  #left(): void {
    this.#settle(() => this.#visit.record?.abandon(), null);
    this.#upstream?.close(NGHTTP2_CANCEL);
  }

  #settle(note: () => void, end: Parameters<CallVisit['done']>[0]): void {
    if (this.#isDone) return;
    this.#isDone = true;
    this.#cancelTimer();
    note();
    this.#visit.done(end);
  }

  #tookMs(): number {
    return this.#context.clock.monotonicMs() - this.#beginMs;
  }
}

function statusTrailers(code: GrpcCode, message: string): OutgoingHttpHeaders {
  return { 'grpc-status': String(codeNumber(code)), 'grpc-message': encodeURIComponent(message) };
}

function withoutPseudo(headers: IncomingHttpHeaders): OutgoingHttpHeaders {
  const entries = Object.entries(headers).filter(([name]) => !name.startsWith(':'));
  return Object.fromEntries(entries);
}
