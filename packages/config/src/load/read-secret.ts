import { type Environment, readVariable } from '../layers/variables.ts';
import type { TokenSettings } from '../settings.ts';
import { readBounded } from './read-bounded.ts';

/** A secret, with the words that name where it is from; or why there is none. */
export type ReadSecret =
  | { readonly text: string; readonly place: string }
  | { readonly because: string };

// The longest secret with room for a line's end; anything larger was not meant to be one.
const BYTES_MAX = 8_192;

/** Reads a secret from where the configuration says that it is. No message holds it. */
export function readSecret(source: TokenSettings['secret'], env: Environment): ReadSecret {
  if (source.from === 'env') {
    const text = readVariable(env, source.name);
    if (text === undefined) return { because: `${source.name} is not set` };
    return { text, place: source.name };
  }
  const { file } = source;
  const read = readBounded(file, BYTES_MAX);
  if ('reason' in read) return { because: `${file} cannot be read: ${read.reason}` };
  // Editors and `kubectl create secret` leave a line's end behind as often as not.
  return { text: read.text.trim(), place: file };
}
