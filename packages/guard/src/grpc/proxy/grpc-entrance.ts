import {
  createSecureServer,
  createServer,
  type Http2SecureServer,
  type Http2Server,
  type IncomingHttpHeaders,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from 'node:http2';
import { fault } from '@falsework/core/errors';
import type { FenceReason } from '@falsework/core/routing';
import type { Host } from '@falsework/seam/engine';
import type { LoadBook } from '@falsework/seam/plane';
import type { CertificateFiles } from '../../http/certificate.ts';
import { OwnTime } from '../../http/own-time.ts';
import type { Limits } from '../../options/limits.ts';
import { Capture, type CaptureBudget } from '../../shadow/capture.ts';
import { CONNECTION_WINDOW_BYTES, WINDOW_BYTES } from '../wire/channel.ts';
import { headersAsSent } from '../wire/metadata.ts';
import { parseTimeout } from '../wire/timeout.ts';
import { HeldCall } from './held-call.ts';
import { type CallEnd, countEnd } from './method-counts.ts';
import type { MethodPlan, MethodTable } from './method-table.ts';
import { type CallVisit, PassingCall, type PassingContext } from './passing-call.ts';
import { SampledCall } from './sampled-call.ts';
import { answerStatus, statusTrailers } from './status-answer.ts';

export interface GrpcEntranceOptions {
  readonly host: Host;
  readonly load: LoadBook;
  readonly table: MethodTable;
  readonly passing: PassingContext;
  /** The longest that a call may take, whatever its caller says; `null` when nothing bounds it. */
  readonly timeoutMsMax: number | null;
  /** Room for requests that legacy may have to be sent after all. */
  readonly budget: CaptureBudget;
  readonly bodyBytesMax: number;
  /** `null`: callers speak in clear. */
  readonly certificate: CertificateFiles | null;
  readonly limits: Limits;
}

/** A call as it came in. */
type TakenCall = Pick<CallVisit, 'stream' | 'headers' | 'deadlineMs'>;

// Calls of one connection at once. Proxies put everything through one or two.
const STREAMS_MAX = 1_000;
const GRPC_TYPE = /^application\/grpc(?:[+;]|$)/i;

/** Where callers of gRPC come in: HTTP/2, in clear or under TLS. */
export class GrpcEntrance {
  /** Failures of our own that were kept from callers. */
  faults = 0;
  readonly #options: GrpcEntranceOptions;
  readonly #server: Http2Server | Http2SecureServer;
  readonly #sessions = new Set<ServerHttp2Session>();

  constructor(options: GrpcEntranceOptions) {
    this.#options = options;
    const { certificate, limits, host, load } = options;
    const settings = {
      maxConcurrentStreams: STREAMS_MAX,
      initialWindowSize: WINDOW_BYTES,
      maxHeaderListSize: limits.headBytesMax,
    };
    this.#server =
      certificate === null
        ? createServer({ settings })
        : createSecureServer({ settings, ...certificate.current });
    if (limits.connectionsMax !== null) this.#server.maxConnections = limits.connectionsMax;
    this.#server.on('session', (session: ServerHttp2Session) => this.#open(session));
    // A caller's broken connection is the caller's; its streams are closed with it.
    this.#server.on('sessionError', () => {});
    this.#server.on('tlsClientError', () => {});
    const take = new OwnTime(host.clock, load).around((stream: ServerHttp2Stream, raw: string[]) =>
      this.#take(stream, headersAsSent(raw), raw),
    );
    this.#server.on(
      'stream',
      (stream: ServerHttp2Stream, _headers: object, _flags: number, raw: string[]) =>
        take(stream, raw),
    );
  }

  /** Begins to take callers. Resolves with the port; rejects with FW_LISTEN. */
  listen(host: string, port: number): Promise<number> {
    return new Promise((resolve, reject) => {
      const refused = (error: NodeJS.ErrnoException): void => {
        const because = error.code === 'EADDRINUSE' ? 'it is in use' : (error.code ?? 'unknown');
        reject(fault('FW_LISTEN', { host, port, because }, error));
      };
      this.#server.once('error', refused);
      this.#server.listen({ host, port }, () => {
        this.#server.off('error', refused);
        this.#options.certificate?.follow((renewed) => {
          (this.#server as Http2SecureServer).setSecureContext(renewed);
        });
        const address = this.#server.address();
        resolve(typeof address === 'object' && address !== null ? address.port : port);
      });
    });
  }

  /** Takes no further callers, lets calls finish for at most `withinMs`, then cuts them off. */
  async close({ withinMs }: { readonly withinMs: number }): Promise<void> {
    const { certificate, host } = this.#options;
    certificate?.stop();
    const { promise: closed, resolve } = Promise.withResolvers<void>();
    this.#server.close(() => resolve());
    for (const session of this.#sessions) session.close();
    const cancel = host.clock.after(withinMs, () => {
      for (const session of this.#sessions) session.destroy();
    });
    // The clock's timers keep no process alive, and calls that are being finished must.
    const release = host.hold();
    await closed;
    release();
    cancel();
  }

  #open(session: ServerHttp2Session): void {
    this.#sessions.add(session);
    session.setLocalWindowSize(CONNECTION_WINDOW_BYTES);
    session.on('close', () => this.#sessions.delete(session));
    let calls = 0;
    session.on('stream', (stream: ServerHttp2Stream) => {
      calls += 1;
      stream.on('close', () => {
        calls -= 1;
      });
    });
    // A stream may be silent for as long as it likes; a connection without one may not.
    session.setTimeout(this.#options.limits.idleTimeoutMs, () => {
      if (calls === 0) session.close();
    });
  }

  #take(stream: ServerHttp2Stream, headers: IncomingHttpHeaders, raw: string[]): void {
    stream.on('error', () => {});
    const { ':method': method, 'content-type': type = '' } = headers;
    if (method !== 'POST' || !GRPC_TYPE.test(type)) {
      stream.respond({ ':status': 415 }, { endStream: true });
      return;
    }
    const deadlineMs = this.#deadline(headers);
    const asked = this.#askFence(headers);
    const goOn = (reason: FenceReason | null): void => {
      try {
        const plan = this.#options.table.plan(headers, raw, reason);
        const isOver = asked !== null && this.#isOver(stream, deadlineMs);
        if (isOver) this.#count(plan, plan.side ?? 'legacy', null);
        else this.#pass({ stream, headers, deadlineMs }, plan);
      } catch {
        this.faults += 1;
        stream.close();
      }
    };
    if (asked === null) goOn(null);
    // What the caller sends meanwhile stays with it: nobody reads it yet.
    else void asked.then(goOn);
  }

  /** True when nobody waits for the answer any more, or nobody may; neither side is to blame. */
  #isOver(stream: ServerHttp2Stream, deadlineMs: number | null): boolean {
    if (stream.destroyed) return true;
    if (deadlineMs === null || this.#options.host.clock.monotonicMs() < deadlineMs) return false;
    const because = 'the deadline of the call has passed';
    answerStatus(stream, statusTrailers('DEADLINE_EXCEEDED', because));
    return true;
  }

  /** A fault of ours in asking is counted, and then nothing is known. */
  #askFence(headers: IncomingHttpHeaders): Promise<FenceReason | null> | null {
    try {
      return this.#options.table.askFence(headers);
    } catch {
      this.faults += 1;
      return Promise.resolve('unknown');
    }
  }

  #pass(call: TakenCall, plan: MethodPlan): void {
    const { stream, headers, deadlineMs } = call;
    const { passing } = this.#options;
    const { entry, seam, side, lane, canFallBack, behind } = plan;
    if (side === null) {
      const because = 'the guard has as many calls under way as `sides.….requests` allows';
      answerStatus(stream, statusTrailers('UNAVAILABLE', because));
      return;
    }
    const { ':path': path = '/' } = headers;
    const record = lane === null ? null : new SampledCall(lane, side, { path, headers, behind });
    const done: CallVisit['done'] = (served, end) => this.#count(plan, served, end);
    const visit = {
      stream,
      headers,
      path,
      seam,
      record,
      done,
      deadlineMs,
    };
    const isHeld = canFallBack && side === 'candidate';
    const held = isHeld
      ? new HeldCall(this.#newCapture(), (failure, tookMs, sent) => {
          entry.counts.fallbacks += 1;
          this.#count(plan, 'candidate', { code: null, failure });
          record?.fellBack(failure, tookMs);
          new PassingCall(passing, { ...visit, side: 'legacy', held: null, sent }).start();
        })
      : null;
    new PassingCall(passing, { ...visit, side, held, sent: null }).start();
  }

  #count({ entry, seam }: MethodPlan, side: 'legacy' | 'candidate', end: CallEnd | null): void {
    countEnd(entry, side, end);
    if (end === null) return;
    const { log } = this.#options.passing.sides[side];
    if (end.failure === null) log.countAnswer();
    else log.countFailure(end.failure);
    seam.countServed(side, end.failure !== null);
  }

  #deadline(headers: IncomingHttpHeaders): number | null {
    const { host, timeoutMsMax } = this.#options;
    const asked = parseTimeout(headers['grpc-timeout'] as string | undefined);
    const bounds = [asked, timeoutMsMax].filter((bound) => bound !== null);
    return bounds.length === 0 ? null : host.clock.monotonicMs() + Math.min(...bounds);
  }

  #newCapture(): Capture {
    const { budget, bodyBytesMax } = this.#options;
    return new Capture(budget, bodyBytesMax);
  }
}
