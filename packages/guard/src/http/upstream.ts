import { isIP } from 'node:net';
import type { Side } from '@falsework/core/routing';
import type { PlaneSeam } from '@falsework/seam/plane';
import { buildConnector, type Dispatcher, Pool } from 'undici';
import { Patience } from '../sides/patience.ts';
import { SideLog } from '../sides/side-log.ts';

/**
 * What a request is sent for. Each purpose has connections of its own; for `repeating` each request
 * has.
 */
export type Purpose = 'serving' | 'repeating' | 'shadowing' | 'probing';

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
};

/**
 * One side as the guard reaches it. Serving, shadowing and health checks never share a connection:
 * a candidate that hangs in its shadows must not take one that a caller needs.
 */
export class Upstream {
  readonly side: Side;
  /** Scheme, host and port. */
  readonly origin: string;
  /**
   * Given with every request: otherwise undici would name the caller's `Host` to TLS, and reconnect
   * for each new one.
   */
  readonly servername: string;
  readonly log = new SideLog();
  /** With its shadows; callers are always served. */
  readonly patience = new Patience();
  readonly #pools: Readonly<Record<Purpose, Pool>>;

  constructor(side: Side, origin: string) {
    this.side = side;
    this.origin = origin;
    this.servername = hostOf(origin);
    this.#pools = {
      serving: poolTo(origin, this.servername, 'serving'),
      repeating: poolTo(origin, this.servername, 'repeating'),
      shadowing: poolTo(origin, this.servername, 'shadowing'),
      probing: poolTo(origin, this.servername, 'probing'),
    };
  }

  /**
   * Sends one request. The only way to a side, so the count of calls that reached legacy is
   * complete by construction. What is wrong with the request itself comes back through the handler
   * too.
   */
  send(
    purpose: Purpose,
    seam: PlaneSeam,
    options: Dispatcher.DispatchOptions,
    handler: Dispatcher.DispatchHandler,
  ): void {
    if (this.side === 'legacy') seam.legacyHits += 1;
    this.#pools[purpose].dispatch(options, handler);
  }

  /** Breaks off whatever is under way and closes all connections. */
  async destroy(): Promise<void> {
    await Promise.all(Object.values(this.#pools).map((pool) => pool.destroy()));
  }
}

function poolTo(origin: string, servername: string, purpose: Purpose): Pool {
  const connector = buildConnector({ timeout: CONNECT_TIMEOUT_MS[purpose], allowH2: false });
  // TLS takes names only. Without one it checks the certificate against the address.
  const named = isIP(servername) === 0 ? servername : '';
  return new Pool(origin, {
    connect: (options, callback) => connector({ ...options, servername: named }, callback),
    // Callers decide how long they wait; shadows and health checks have clocks of their own.
    headersTimeout: 0,
    bodyTimeout: 0,
    // None at once on a connection means one connection for each.
    pipelining: purpose === 'repeating' ? 0 : 1,
  });
}

function hostOf(origin: string): string {
  return new URL(origin).hostname.replace(/^\[(.*)\]$/, '$1');
}
