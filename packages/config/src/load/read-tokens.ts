import { fault } from '@falsework/core/errors';
import type { Environment } from '../layers/variables.ts';
import { isToken, TOKEN_EXPECTED } from '../schema/control-schema.ts';
import type { TokenSettings } from '../settings.ts';
import { readSecret } from './read-secret.ts';

/** A token with its secret. */
export interface NamedToken {
  readonly name: string;
  readonly role: TokenSettings['role'];
  readonly secret: string;
}

/**
 * Reads the secrets of configured tokens, for control alone. Throws `FW_TOKEN_UNREADABLE` where
 * one is missing, too weak or somebody else's, too: two names for one secret would be one person
 * approving twice. Secrets are in no message.
 *
 * ```ts
 * const { control } = await loadConfig({ cwd: process.cwd(), env: process.env });
 * const tokens = readTokens(control.tokens, process.env);
 * ```
 */
export function readTokens(
  settings: readonly TokenSettings[],
  env: Environment,
): readonly NamedToken[] {
  const owners = new Map<string, string>();
  return settings.map(({ name, role, secret: source }) => {
    const refuse = (because: string): never => {
      throw fault('FW_TOKEN_UNREADABLE', { name, because });
    };
    const secret = secretOf(source, env, refuse);
    const owner = owners.get(secret);
    if (owner !== undefined) refuse(`it is the same as that of ${owner}`);
    owners.set(secret, name);
    return { name, role, secret };
  });
}

function secretOf(
  source: TokenSettings['secret'],
  env: Environment,
  refuse: (because: string) => never,
): string {
  const read = readSecret(source, env);
  if ('because' in read) return refuse(read.because);
  const { text, place } = read;
  if (isToken(text)) return text;
  return refuse(`${place} ${source.from === 'env' ? 'is not' : 'does not hold'} ${TOKEN_EXPECTED}`);
}
