import { fault } from '@falsework/core/errors';
import type { NoticeKind } from '@falsework/core/policy';
import { type Environment, readVariable } from '../layers/variables.ts';
import { pathText } from '../problems.ts';
import { isPostUrl } from '../schema/notify-schema.ts';
import type { NotifySettings, SecretText } from '../settings.ts';
import { readBounded } from './read-bounded.ts';

/** A target of notices with its secrets. */
export interface ReadTarget {
  readonly kind: NotifySettings['kind'];
  readonly url: string;
  readonly on: readonly NoticeKind[];
  readonly headers: Readonly<Record<string, string>>;
}

const BYTES_MAX = 8_192;

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
  const text =
    secret.from === 'env' ? fromVariable(secret.name, env, at) : fromFile(secret.file, at);
  if (!/^[\t -~]+$/.test(text)) throw unreadable(at, 'it is not one line of visible ASCII');
  return text;
}

function fromVariable(name: string, env: Environment, at: readonly PropertyKey[]): string {
  const value = readVariable(env, name);
  if (value === undefined) throw unreadable(at, `${name} is not set`);
  return value;
}

function fromFile(file: string, at: readonly PropertyKey[]): string {
  const read = readBounded(file, BYTES_MAX);
  if ('reason' in read) throw unreadable(at, `${file} cannot be read: ${read.reason}`);
  // Editors and `kubectl create secret` leave a line's end behind as often as not.
  return read.text.trim();
}

function unreadable(at: readonly PropertyKey[], because: string): Error {
  return fault('FW_NOTIFY_UNREADABLE', { path: pathText(at), because });
}
