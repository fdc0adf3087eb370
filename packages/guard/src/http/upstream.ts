import { isIP } from 'node:net';
import type { Side } from '@falsework/core/routing';
import type { PlaneSeam } from '@falsework/seam/plane';
import { buildConnector, type Dispatcher, Pool } from 'undici';
import { type HeaderFilter, headerFilter } from '../sides/header-list.ts';
import { Patience } from '../sides/patience.ts';
import { type Reach, reachOf } from '../sides/reach.ts';
import { SideLog } from '../sides/side-log.ts';
import { DEFAULT_SIDE, type SideOptions } from '../sides/side-settings.ts';
import { tracing } from '../telemetry/guard-tracer.ts';
import { CountedHandler } from './counted-handler.ts';
import type { PlainRequest } from './request-text.ts';
import { readsOf, type SocketSettings } from './shared-reads.ts';
import { SideConnections } from './side-connections.ts';

/**
 * What a request is sent for. Each purpose has connections of its own; for `repeating` each request
 * has.
 */
export type Purpose = 'serving' | 'repeating' | 'shadowing' | 'probing' | 'feeding';

// A shadow gives up long before; this only bounds how long a connection that nobody accepts is held
// open.
const SHADOW_CONNECT_TIMEOUT_MS = 2_000;
// A caller waits for as long as it likes, but a connection that is not there by then will not come.
const SERVING_CONNECT_TIMEOUT_MS = 10_000;

const CONNECT_TIMEOUT_MS: Readonly<Record<Purpose, number>> = {
  serving: SERVING_CONNECT_TIMEOUT_MS,
  repeating: SERVING_CONNECT_TIMEOUT_MS,
  shadowing: SHADOW_CONNECT_TIMEOUT_MS,
  probing: SHADOW_CONNECT_TIMEOUT_MS,
  feeding: SERVING_CONNECT_TIMEOUT_MS,
};

/**
 * One side as the guard reaches it. Serving, shadowing and health checks never share a connection:
 * a candidate that hangs in its shadows must not take one that a caller needs.
 */
export class Upstream {
  readonly side: Side;
  /** Scheme, host and port; or `unix:` and a path. */
  readonly origin: string;
  readonly reach: Reach;
  /**
   * Given with every request: otherwise undici would name the caller's `Host` to TLS, and reconnect
   * for each new one.
   */
  readonly servername: string;
  readonly options: SideOptions;
  /** What of a request's headers passes; `null`: everything. */
  readonly filter: HeaderFilter | null;
  readonly log = new SideLog();
  /** What of it was asked only to compare: no caller waited. */
  readonly shadowLog = new SideLog();
  /** With its shadows; callers are always served. */
  readonly patience = new Patience();
  readonly #pools: Readonly<Record<Purpose, Pool>>;
  /** For what has no body; everything else goes by the pools. */
  readonly #plain: Readonly<Record<'serving' | 'shadowing', SideConnections>>;
  /** Requests under way, of those kinds that are bounded. */
  readonly #underWay = { serving: 0, shadowing: 0 };

  constructor(side: Side, origin: string, options: SideOptions = DEFAULT_SIDE) {
    this.side = side;
    this.origin = origin;
    this.options = options;
    this.reach = reachOf(origin, options);
    this.servername = hostOf(this.reach.url);
    this.filter = headerFilter(options.headers);
    const reads = readsOf(this.reach.url);
    this.#plain = {
      serving: new SideConnections(this.reach.url, this.#connector('serving', reads)),
      shadowing: new SideConnections(this.reach.url, this.#connector('shadowing', reads)),
    };
    this.#pools = {
      serving: this.#pool('serving'),
      repeating: this.#pool('repeating'),
      shadowing: this.#pool('shadowing'),
      probing: this.#pool('probing'),
      feeding: this.#pool('feeding'),
    };
  }

  /** True when it has as many requests of this kind as it may have. */
  isFull(purpose: 'serving' | 'shadowing'): boolean {
    const { requestsMax, shadowsMax } = this.options;
    const max = purpose === 'serving' ? requestsMax : shadowsMax;
    return max !== null && this.#underWay[purpose] >= max;
  }

  /**
   * Sends one request. The only way to a side, so the count of calls that reached legacy is
   * complete by construction, and no header passes that may not. What is wrong with the request
   * itself comes back through the handler too.
   */
  send(
    purpose: Purpose,
    seam: Pick<PlaneSeam, 'legacyHits'> & { readonly name?: string },
    options: Dispatcher.DispatchOptions,
    handler: Dispatcher.DispatchHandler,
  ): void {
    if (this.side === 'legacy') seam.legacyHits += 1;
    if (tracing.tracer !== null && purpose !== 'probing') {
      const { side, origin } = this;
      const sending = { purpose, side, seam: seam.name ?? null, origin, options };
      handler = tracing.tracer.sent(sending, handler);
    }
    // What a health check says is ours, and no caller's.
    if (this.filter !== null && purpose !== 'probing') {
      options.headers = this.filter(options.headers as string[]);
    }
    const counted = this.#counted(purpose, handler);
    if (this.#isPlain(purpose, options)) {
      this.#plain[purpose].send(options as PlainRequest, counted);
    } else this.#pools[purpose].dispatch(options, counted);
  }

  /** Closes each connection once nothing is under way on it. Takes no further requests. */
  async close(): Promise<void> {
    const all = [...Object.values(this.#plain), ...Object.values(this.#pools)];
    await Promise.allSettled(all.map((connections) => connections.close()));
  }

  /** Breaks off whatever is under way and closes all connections. */
  async destroy(): Promise<void> {
    for (const connections of Object.values(this.#plain)) connections.destroy();
    await Promise.all(Object.values(this.#pools).map((pool) => pool.destroy()));
  }

  /** A bound on the time to an answer is for the pools to keep. */
  #isPlain(
    purpose: Purpose,
    { method, body }: Dispatcher.DispatchOptions,
  ): purpose is 'serving' | 'shadowing' {
    if (method !== 'GET' || (body ?? null) !== null) return false;
    if (purpose === 'shadowing') return true;
    return purpose === 'serving' && this.options.answerTimeoutMs === null;
  }

  /** Callers of a side without a bound are not counted, and pay nothing for it. */
  #counted(purpose: Purpose, handler: Dispatcher.DispatchHandler): Dispatcher.DispatchHandler {
    const kind = purpose === 'repeating' ? 'serving' : purpose;
    if (kind === 'probing' || kind === 'feeding') return handler;
    if (kind === 'serving' && this.options.requestsMax === null) return handler;
    this.#underWay[kind] += 1;
    return new CountedHandler(handler, () => {
      this.#underWay[kind] -= 1;
    });
  }

  #connector(purpose: Purpose, how: SocketSettings = {}): buildConnector.connector {
    const connector = buildConnector({
      timeout: CONNECT_TIMEOUT_MS[purpose],
      allowH2: false,
      ...how,
      ...this.reach.connect,
    });
    // TLS takes names only. Without one it checks the certificate against the address.
    const named = isIP(this.servername) === 0 ? this.servername : '';
    return (options, callback) => connector({ ...options, servername: named }, callback);
  }

  #pool(purpose: Purpose): Pool {
    const { answerTimeoutMs } = this.options;
    const isForCallers = purpose === 'serving' || purpose === 'repeating';
    return new Pool(this.reach.url, {
      connect: this.#connector(purpose),
      // Callers decide how long they wait; shadows and health checks have clocks of their own.
      headersTimeout: isForCallers ? (answerTimeoutMs ?? 0) : 0,
      bodyTimeout: 0,
      // None at once on a connection means one connection for each.
      pipelining: purpose === 'repeating' ? 0 : 1,
    });
  }
}

function hostOf(url: string): string {
  return new URL(url).hostname.replace(/^\[(.*)\]$/, '$1');
}
