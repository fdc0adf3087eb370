import { createHmac, timingSafeEqual } from 'node:crypto';
import type { Session } from '@falsework/client/contract';
import type { Clock, Instant } from '@falsework/core/ports';
import { type Token, tokenId } from './auth.ts';

// A working day with its overtime: whoever signs in to watch a ramp sees its end, and a browser
// that was left open is of no use the next morning.
const LIFE_MS = 12 * 3_600_000;
// What is signed is told from everything else that may ever be signed with a token.
const PURPOSE = 'falsework console session 1';
const NAME_LENGTH_MAX = 500;

/** What a cookie says, once its signature is proven. */
interface Claim {
  /** Which token it was opened with. */
  readonly token: string;
  readonly name: string;
  readonly expiresAt: Instant;
}

/** A session that was just opened, and the header that hands it to the browser. */
export interface OpenedSession {
  readonly session: Session;
  readonly cookie: string;
}

/**
 * Sessions of the console. Control keeps none: a cookie carries what it claims, signed with a key
 * that is made of the token it was opened with. So a session outlives a restart, holds on every
 * replica, says nothing of its role (that is the token's), and ends when its token is taken away.
 */
export class Sessions {
  readonly #tokens: ReadonlyMap<string, Token>;
  readonly #clock: Clock;
  readonly #cookieName: string;

  constructor(tokens: readonly Token[], clock: Clock) {
    this.#tokens = new Map(tokens.map((token) => [tokenId(token.secret), token]));
    this.#clock = clock;
    // Browsers share cookies between the ports of a host: two controls must not sign each other
    // out.
    const all = [...this.#tokens.keys()].sort().join(' ');
    this.#cookieName = `falsework_${signed(PURPOSE, all).toString('hex').slice(0, 8)}`;
  }

  /**
   * Opens a session. A shared token takes the name that is given, any other keeps its owner's.
   * `null` for a plane's token: machines do not look at a console.
   */
  open(token: Token, name: string | null, isSecure: boolean): OpenedSession | null {
    const who = token.name ?? name;
    if (token.role === 'plane' || who === null) return null;
    const expiresAt = this.#clock.now() + LIFE_MS;
    const claim: Claim = { token: tokenId(token.secret), name: who, expiresAt };
    const body = Buffer.from(JSON.stringify(claim)).toString('base64url');
    const value = `${body}.${signatureOf(token, body).toString('base64url')}`;
    return {
      session: { role: token.role, name: who, expiresAt },
      cookie: this.#header(value, LIFE_MS, isSecure),
    };
  }

  /** The header that takes the cookie back. */
  closing(isSecure: boolean): string {
    return this.#header('', 0, isSecure);
  }

  /** Whether a request brings such a cookie at all, good or not. */
  isBrought(cookies: string | undefined): boolean {
    return this.#valueIn(cookies) !== null;
  }

  /** The session of a `Cookie` header; `null` when it is missing, forged or over. */
  read(cookies: string | undefined): Session | null {
    const value = this.#valueIn(cookies);
    const [body, signature, ...rest] = value?.split('.') ?? [];
    if (body === undefined || signature === undefined || rest.length > 0) return null;
    const claim = claimIn(body);
    const token = claim && this.#tokens.get(claim.token);
    if (!claim || !token || token.role === 'plane') return null;
    const expected = signatureOf(token, body);
    const given = Buffer.from(signature, 'base64url');
    if (given.length !== expected.length || !timingSafeEqual(given, expected)) return null;
    if (claim.expiresAt <= this.#clock.now()) return null;
    return { role: token.role, name: token.name ?? claim.name, expiresAt: claim.expiresAt };
  }

  #valueIn(cookies: string | undefined): string | null {
    const start = `${this.#cookieName}=`;
    const pairs = cookies?.split(';').map((pair) => pair.trim()) ?? [];
    const found = pairs.find((pair) => pair.startsWith(start));
    return found === undefined || found === start ? null : found.slice(start.length);
  }

  #header(value: string, lifeMs: number, isSecure: boolean): string {
    const life = `Max-Age=${Math.floor(lifeMs / 1_000)}`;
    const guards = `Path=/; HttpOnly; SameSite=Strict${isSecure ? '; Secure' : ''}`;
    return `${this.#cookieName}=${value}; ${life}; ${guards}`;
  }
}

/** What a body claims, if it has the shape of a claim. Nothing in it is believed yet. */
function claimIn(body: string): Claim | null {
  try {
    const value: unknown = JSON.parse(Buffer.from(body, 'base64url').toString());
    const { token, name, expiresAt } = (value ?? {}) as Record<string, unknown>;
    if (typeof token !== 'string' || typeof name !== 'string') return null;
    if (name.length > NAME_LENGTH_MAX || typeof expiresAt !== 'number') return null;
    return { token, name, expiresAt };
  } catch {
    // What is not even JSON was not made here.
    return null;
  }
}

function signatureOf(token: Token, body: string): Buffer {
  return signed(signed(token.secret, PURPOSE), body);
}

function signed(key: string | Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest();
}
