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

const RANK: Readonly<Record<Role, number>> = { none: 0, viewer: 1, plane: 2, operator: 3 };

/** True when a caller of this role may use a route that needs `needed`. */
export function isAllowed(role: Role, needed: Role): boolean {
  return RANK[role] >= RANK[needed];
}

/** Finds out who calls. Comparing digests takes the same time for every wrong token. */
export class Authority {
  readonly #tokens: readonly { readonly digest: Buffer; readonly caller: Caller }[];

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens.map(({ secret, role, name }) => ({
      digest: digestOf(secret),
      caller: { role, name },
    }));
  }

  /** The caller of an `Authorization` header; nobody when it is missing, malformed or unknown. */
  identify(authorization: string | undefined): Caller {
    const nobody: Caller = { role: 'none', name: null };
    const secret = /^Bearer (\S+)$/i.exec(authorization ?? '')?.[1];
    if (secret === undefined) return nobody;
    const digest = digestOf(secret);
    let found = nobody;
    for (const token of this.#tokens) {
      if (timingSafeEqual(token.digest, digest)) found = token.caller;
    }
    return found;
  }
}

function digestOf(secret: string): Buffer {
  return createHash('sha256').update(secret).digest();
}
