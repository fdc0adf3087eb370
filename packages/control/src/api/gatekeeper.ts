import type { Role, Session } from '@falsework/client/contract';
import { fault } from '@falsework/core/errors';
import type { Clock } from '@falsework/core/ports';
import type { FastifyRequest } from 'fastify';
import { Authority, type Caller, isAllowed, type Token } from './auth.ts';
import { type OpenedSession, Sessions } from './sessions.ts';
import { SignInLimit } from './sign-in-limit.ts';

// Only a script of our own pages can send it: another origin's would have to ask first, and is
// never allowed. Forms, images and links cannot send it at all.
const CONSOLE_HEADER = 'x-falsework-console';

/** Decides who may pass: by bearer token, or by the session of the console. */
export class Gatekeeper {
  readonly #authority: Authority;
  readonly #sessions: Sessions;
  readonly #limit: SignInLimit;

  constructor(tokens: readonly Token[], clock: Clock) {
    this.#authority = new Authority(tokens);
    this.#sessions = new Sessions(tokens, clock);
    this.#limit = new SignInLimit(clock);
  }

  /**
   * The caller of a request, who may do what the role may. Throws `FW_TOKEN_MISSING`,
   * `FW_TOKEN_REFUSED`, `FW_SESSION_OVER` and `FW_REQUEST_CROSS_SITE`.
   */
  admit(request: FastifyRequest, needed: Role): Caller {
    const { authorization, cookie } = request.headers;
    const url = request.routeOptions.url ?? request.url;
    if (needed === 'none') return { role: 'none', name: null };
    if (authorization === undefined && this.#sessions.isBrought(cookie)) {
      requireSameOrigin(request);
      const session = this.#sessions.read(cookie);
      if (session === null) throw fault('FW_SESSION_OVER', { url });
      if (isAllowed(session.role, needed)) return session;
      throw fault('FW_TOKEN_REFUSED', { url, needs: needed });
    }
    const caller = this.#authority.identify(authorization);
    if (isAllowed(caller.role, needed)) return caller;
    if (authorization === undefined) throw fault('FW_TOKEN_MISSING', { url });
    throw fault('FW_TOKEN_REFUSED', { url, needs: needed });
  }

  /** The session of a request; `null` without one. Throws `FW_REQUEST_CROSS_SITE`. */
  session(request: FastifyRequest): Session | null {
    const { cookie } = request.headers;
    if (!this.#sessions.isBrought(cookie)) return null;
    requireSameOrigin(request);
    return this.#sessions.read(cookie);
  }

  /**
   * Opens a session. Throws `FW_SIGN_IN_REFUSED`, `FW_SIGN_IN_LIMITED` and `FW_REQUEST_CROSS_SITE`.
   */
  signIn(
    request: FastifyRequest,
    { token, name }: { readonly token: string; readonly name: string | null },
  ): OpenedSession {
    requireSameOrigin(request);
    // Of the connection, not of a header: a header says whatever its sender likes.
    const address = request.ip;
    const waitMs = this.#limit.waitMs(address);
    if (waitMs > 0) {
      throw fault('FW_SIGN_IN_LIMITED', { address, waitS: Math.ceil(waitMs / 1_000) });
    }
    const known = this.#authority.find(token);
    if (known === null) {
      this.#limit.noteFailure(address);
      throw fault('FW_SIGN_IN_REFUSED', { because: 'the token is unknown' });
    }
    const opened = this.#sessions.open(known, name, isSecure(request));
    if (opened !== null) return opened;
    const isPlane = known.role === 'plane';
    const because = isPlane ? 'the token is a plane’s' : 'a shared token needs your name';
    throw fault('FW_SIGN_IN_REFUSED', { because });
  }

  /** The header that ends the session in the browser. Throws `FW_REQUEST_CROSS_SITE`. */
  signOut(request: FastifyRequest): string {
    requireSameOrigin(request);
    return this.#sessions.closing(isSecure(request));
  }
}

/**
 * A cookie comes along with requests that other pages make, so a request that rests on one must
 * come from a page of this very origin: another port of this host is the same site to a browser,
 * and SameSite would let it pass.
 */
function requireSameOrigin(request: FastifyRequest): void {
  const { origin, host, 'sec-fetch-site': fetchSite } = request.headers;
  const refuse = (because: string): never => {
    throw fault('FW_REQUEST_CROSS_SITE', { because });
  };
  if (fetchSite !== undefined && fetchSite !== 'same-origin' && fetchSite !== 'none') {
    refuse(`the browser calls it ${String(fetchSite)}`);
  }
  if (origin !== undefined && hostOf(origin) !== host) refuse('its origin is another');
  const isReading = request.method === 'GET' || request.method === 'HEAD';
  if (!isReading && request.headers[CONSOLE_HEADER] === undefined) {
    refuse(`it lacks the header ${CONSOLE_HEADER}`);
  }
}

function hostOf(origin: string): string | null {
  return URL.canParse(origin) ? new URL(origin).host : null;
}

/** Whether the browser speaks TLS, to us or to a proxy before us; then its cookie must, too. */
function isSecure({ protocol, headers }: FastifyRequest): boolean {
  return protocol === 'https' || headers['x-forwarded-proto'] === 'https';
}
