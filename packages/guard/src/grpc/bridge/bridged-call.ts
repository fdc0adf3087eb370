import type { OutgoingHttpHeaders, ServerResponse } from 'node:http';
import { type ClientHttp2Stream, constants, type IncomingHttpHeaders } from 'node:http2';
import type { Cancel, Clock } from '@falsework/core/ports';
import { failureOf, failureWords } from '../../sides/side-failure.ts';
import { pathOfMethod } from '../descriptors/load-descriptor-set.ts';
import type { HttpBinding } from '../rest/http-rules.ts';
import { RestProblem } from '../rest/rest-problem.ts';
import { codeNumber, type GrpcStatus, httpStatusOf, statusJson, statusOf } from '../rest/status.ts';
import type { GrpcChannel } from '../wire/channel.ts';
import { FrameMeter, FrameReader, framed } from '../wire/frames.ts';
import { formatTimeout } from '../wire/timeout.ts';
import { AnswerBody, type AnswerBodyOptions } from './answer-body.ts';
import { headersOf } from './http-metadata.ts';

/** What calling needs besides the call. */
export interface BridgedContext extends AnswerBodyOptions {
  readonly clock: Clock;
  readonly channel: GrpcChannel;
  readonly messageBytesMax: number;
}

/** One call and whom it answers. */
export interface BridgedVisit {
  readonly response: ServerResponse;
  readonly binding: HttpBinding;
  readonly message: Uint8Array;
  readonly metadata: OutgoingHttpHeaders;
  /** How long it may take; `null` when nothing bounds it. */
  readonly timeoutMs: number | null;
}

const END_STREAM = 0x1;
const { NGHTTP2_CANCEL } = constants;

/** One call of the gRPC service, and its answer over HTTP. */
export class BridgedCall {
  readonly #context: BridgedContext;
  readonly #visit: BridgedVisit;
  readonly #body: AnswerBody;
  readonly #reader = new FrameReader();
  readonly #meter = new FrameMeter();
  #upstream: ClientHttp2Stream | null = null;
  #head: OutgoingHttpHeaders = {};
  /** The one message of a unary call, until its status is known. */
  #single: { readonly contentType: string; readonly bytes: Buffer } | null = null;
  #trailers: IncomingHttpHeaders | null = null;
  #cancelTimer: Cancel = () => {};
  #isDone = false;

  constructor(context: BridgedContext, visit: BridgedVisit) {
    this.#context = context;
    this.#visit = visit;
    this.#body = new AnswerBody(visit.binding, context);
  }

  /** Begins. Never throws. */
  start(): void {
    const { response, timeoutMs } = this.#visit;
    response.on('error', () => {});
    response.on('close', () => this.#settle());
    if (timeoutMs !== null) {
      this.#cancelTimer = this.#context.clock.after(timeoutMs, () =>
        this.#fail(problem('DEADLINE_EXCEEDED', 'the deadline of the call has passed')),
      );
    }
    this.#context.channel
      .open(() => this.#headers())
      .then(
        (upstream) => this.#connect(upstream),
        (error) => this.#fail(unavailable(error, false)),
      );
  }

  #headers(): OutgoingHttpHeaders {
    const { metadata, binding, timeoutMs } = this.#visit;
    return {
      ...metadata,
      'content-type': 'application/grpc+proto',
      te: 'trailers',
      // What came compressed would only have to be decompressed.
      'grpc-accept-encoding': 'identity',
      ...(timeoutMs === null ? {} : { 'grpc-timeout': formatTimeout(timeoutMs) }),
      ':path': pathOfMethod(binding.method),
    };
  }

  #connect(upstream: ClientHttp2Stream): void {
    let failed: Error | null = null;
    upstream.on('error', (error: Error) => {
      failed = error;
    });
    if (this.#isDone) {
      upstream.close(NGHTTP2_CANCEL);
      return;
    }
    this.#upstream = upstream;
    const { response, message } = this.#visit;
    upstream.on('response', (headers, flags) => {
      this.#head = headersOf(headers);
      if ((flags & END_STREAM) !== 0) this.#trailers = headers;
    });
    upstream.on('trailers', (trailers) => {
      this.#trailers = trailers;
    });
    upstream.on('data', (chunk: Buffer) => this.#take(chunk));
    response.on('drain', () => upstream.resume());
    upstream.on('close', () => {
      if (this.#trailers !== null) this.#end(statusOf(this.#trailers));
      else
        this.#fail(
          failed === null
            ? problem('INTERNAL', 'the candidate service sent no status')
            : unavailable(failed, true),
        );
    });
    upstream.end(framed(message));
  }

  #take(chunk: Buffer): void {
    if (this.#isDone) return;
    this.#meter.add(chunk);
    const { bytesLongest } = this.#meter;
    const { messageBytesMax } = this.#context;
    if (bytesLongest > messageBytesMax) {
      const because = `a message of the answer has ${bytesLongest} bytes, and the bridge takes ${messageBytesMax}: raise \`maxMessageBytes\` of the bridge (grpc.maxMessage where it is configured)`;
      this.#fail(problem('RESOURCE_EXHAUSTED', because));
      return;
    }
    try {
      for (const { isCompressed, bytes } of this.#reader.add(chunk)) {
        if (isCompressed) throw new RestProblem('INTERNAL', 'the answer is compressed unasked');
        this.#write(bytes);
      }
    } catch (error) {
      this.#fail(error instanceof RestProblem ? error.status : problem('INTERNAL', 'fault'));
    }
  }

  #write(message: Buffer): void {
    const isUnary = this.#visit.binding.method.methodKind === 'unary';
    // A second answer to one question is none that HTTP could give.
    if (isUnary && this.#body.hasBegun) throw new RestProblem('INTERNAL', 'there are two answers');
    const { contentType, bytes } = this.#body.add(message);
    // Of a single message the status may still turn out to be an error.
    if (isUnary) this.#single = { contentType, bytes };
    else {
      this.#begin(contentType);
      if (!this.#visit.response.write(bytes)) this.#upstream?.pause();
    }
  }

  #begin(contentType: string): void {
    const { response } = this.#visit;
    if (!response.headersSent)
      response.writeHead(200, { ...this.#head, 'content-type': contentType });
  }

  /** The call is over, with a status of the service. */
  #end(status: GrpcStatus): void {
    if (this.#isDone) return;
    if (status.code !== 0) {
      this.#fail(status);
      return;
    }
    const { response, binding } = this.#visit;
    if (binding.method.methodKind === 'unary' && this.#single === null) {
      this.#fail(problem('INTERNAL', 'the candidate service answered without a message'));
      return;
    }
    const { contentType, bytes } = this.#single ?? this.#body.end();
    this.#settle();
    if (this.#single !== null) {
      const length = { 'content-length': bytes.length };
      response.writeHead(200, { ...this.#head, 'content-type': contentType, ...length });
    } else this.#begin(contentType);
    response.end(bytes);
  }

  /** The call is over, with an error: as a status where nothing has gone out yet. */
  #fail(status: GrpcStatus): void {
    if (this.#isDone) return;
    this.#settle();
    const { response } = this.#visit;
    if (!response.headersSent) {
      sendStatus(response, status, statusJson(status, this.#context.registry), this.#head);
      return;
    }
    const last = this.#body.failure(status);
    if (last === null) response.destroy();
    else response.end(last.bytes);
  }

  #settle(): void {
    if (this.#isDone) return;
    this.#isDone = true;
    this.#cancelTimer();
    this.#upstream?.close(NGHTTP2_CANCEL);
  }
}

/** Answers with a status, as google.rpc.Status in JSON. */
export function sendStatus(
  response: ServerResponse,
  status: GrpcStatus,
  json: string,
  headers: OutgoingHttpHeaders = {},
): void {
  response.writeHead(httpStatusOf(status.code), {
    ...headers,
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(json),
  });
  response.end(json);
}

function problem(code: Parameters<typeof codeNumber>[0], message: string): GrpcStatus {
  return { code: codeNumber(code), message, details: [] };
}

function unavailable(error: unknown, hasBegun: boolean): GrpcStatus {
  const words = failureWords(failureOf(error, hasBegun));
  return problem('UNAVAILABLE', `the candidate service ${words}`);
}
