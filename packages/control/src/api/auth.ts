import { createHash, timingSafeEqual } from 'node:crypto';
import type { Role } from '@falsework/client/contract';

/** Who may do what, by bearer token. */
export interface Token {
  readonly secret: string;
  readonly role: Exclude<Role, 'none'>;
  /**
   * The person or service it belongs to; `null` for a shared one, whose holder says who they are.
   */
  readonly name: string | null;
}

/** The holder of a token, as far as a request shows. */
export interface Caller {
  readonly role: Role;
  readonly name: string | null;
}

const NOBODY: Caller = { role: 'none', name: null };
const ID_DIGITS = 12;

const RANK: Readonly<Record<Role, number>> = { none: 0, viewer: 1, plane: 2, operator: 3 };

/** True when a caller of this role may use a route that needs `needed`. */
export function isAllowed(role: Role, needed: Role): boolean {
  return RANK[role] >= RANK[needed];
}

/** Finds out who calls. Comparing digests takes the same time for every wrong token. */
export class Authority {
  readonly #tokens: readonly { readonly digest: Buffer; readonly token: Token }[];

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens.map((token) => ({ digest: digestOf(token.secret), token }));
  }

  /** The caller of an `Authorization` header; nobody when it is missing, malformed or unknown. */
  identify(authorization: string | undefined): Caller {
    const secret = /^Bearer (\S+)$/i.exec(authorization ?? '')?.[1];
    return (secret === undefined ? null : this.find(secret)) ?? NOBODY;
  }

  /** The token with this secret; `null` when there is none. */
  find(secret: string): Token | null {
    const digest = digestOf(secret);
    let found: Token | null = null;
    for (const known of this.#tokens) {
      if (timingSafeEqual(known.digest, digest)) found = known.token;
    }
    return found;
  }
}

/** By what a token is told from others where its secret must not be said. */
export function tokenId(secret: string): string {
  return digestOf(secret).toString('hex').slice(0, ID_DIGITS);
}

function digestOf(secret: string): Buffer {
  return createHash('sha256').update(secret).digest();
}
