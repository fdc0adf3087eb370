import { createHmac, timingSafeEqual } from 'node:crypto';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { notSignedIn, unprocessable } from './problems.ts';
import type { Store } from './store.ts';

const LIFETIME_MS = 3_600_000;

/** Tokens in the first shop's format: callers keep theirs when the second one takes over. */
export class Tokens {
  readonly #key: string;
  readonly #store: Store;

  constructor(key: string, store: Store) {
    this.#key = key;
    this.#store = store;
  }

  issue(customerId: string): string {
    const expiry = Math.floor((Date.now() + LIFETIME_MS) / 1_000);
    const claims = `${customerId.replace('cus_', '')}.${expiry}`;
    return `${claims}.${this.#sign(claims).toString('base64url')}`;
  }

  /** The customer who asks. Throws a 401. */
  customerOf(request: FastifyRequest): string {
    const token = this.tokenOf(request);
    if (this.#store.isRevoked(token)) throw notSignedIn();
    return `cus_${token.split('.')[0]}`;
  }

  tokenOf({ headers }: FastifyRequest): string {
    const [scheme, token = ''] = (headers.authorization ?? '').split(' ');
    const at = token.lastIndexOf('.');
    const [claims, mac] = [token.slice(0, at), Buffer.from(token.slice(at + 1), 'base64url')];
    const expected = this.#sign(claims);
    const isSigned = mac.length === expected.length && timingSafeEqual(mac, expected);
    const isLate = Number(claims.split('.')[1]) * 1_000 < Date.now();
    if (scheme !== 'Bearer' || !isSigned || isLate) throw notSignedIn();
    return token;
  }

  #sign(claims: string): Buffer {
    return createHmac('sha256', this.#key).update(claims).digest();
  }
}

interface Credentials {
  readonly email?: unknown;
  readonly password?: unknown;
}

export function signInRoutes(app: FastifyInstance, store: Store, tokens: Tokens): void {
  app.post<{ Body: Credentials }>('/sessions', async ({ body }, reply) => {
    const { email, password } = body;
    if (typeof email !== 'string' || typeof password !== 'string') {
      throw unprocessable('email', 'email and password are needed');
    }
    const customer = store.customerBy(email, password);
    if (customer === undefined) throw notSignedIn('wrong email or password');
    const { id, name } = customer;
    reply.status(201).header('location', '/sessions/current');
    return { customer: { name, id }, token: tokens.issue(id) };
  });
  app.delete('/sessions/current', async (request, reply) => {
    store.revoke(tokens.tokenOf(request));
    return reply.status(204).send();
  });
}
