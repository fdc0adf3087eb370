import { fault } from '@falsework/core/errors';
import type { NoticeKind } from '@falsework/core/policy';
import type { Environment } from '../layers/variables.ts';
import { pathText } from '../problems.ts';
import { isPostUrl } from '../schema/notify-schema.ts';
import type { NotifySettings, SecretText } from '../settings.ts';
import { readSecret } from './read-secret.ts';

/** A target of notices with its secrets. */
export interface ReadTarget {
  readonly kind: NotifySettings['kind'];
  readonly url: string;
  readonly on: readonly NoticeKind[];
  readonly headers: Readonly<Record<string, string>>;
}

/**
 * Reads the secrets of targets of notices, for control alone. Throws `FW_NOTIFY_UNREADABLE` where
 * one is missing or is not what it is to be. Secrets are in no message.
 *
 * ```ts
 * const { migrations } = await loadConfig({ cwd: process.cwd(), env: process.env });
 * const targets = readNotify(migrations[0].notify, process.env);
 * ```
 */
export function readNotify(
  settings: readonly NotifySettings[],
  env: Environment,
): readonly ReadTarget[] {
  return settings.map(({ kind, url: named, on, headers, token }, i) => {
    const url = secretOf(named, env, ['notify', i, kind]);
    if (!isPostUrl(url)) throw unreadable(['notify', i, kind], 'it is not an http or https URL');
    const read = Object.entries(headers).map(([name, value]) => [
      name,
      secretOf(value, env, ['notify', i, 'headers', name]),
    ]);
    const bearer = token && {
      authorization: `Bearer ${secretOf(token, env, ['notify', i, 'token'])}`,
    };
    return { kind, url, on, headers: { ...Object.fromEntries(read), ...bearer } };
  });
}

function secretOf(secret: SecretText, env: Environment, at: readonly PropertyKey[]): string {
  if (typeof secret === 'string') return secret;
  const read = readSecret(secret, env);
  if ('because' in read) throw unreadable(at, read.because);
  if (!/^[\t -~]+$/.test(read.text)) throw unreadable(at, 'it is not one line of visible ASCII');
  return read.text;
}

function unreadable(at: readonly PropertyKey[], because: string): Error {
  return fault('FW_NOTIFY_UNREADABLE', { path: pathText(at), because });
}
