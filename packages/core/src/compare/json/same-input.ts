import type { JsonInput } from './both.ts';
import { decodeUtf8, malformedAt } from './utf8.ts';

/**
 * True for the same document, byte for byte. The same answer twice is no difference, even where it
 * is no JSON or too deep to be compared, and however long it is. O(length).
 */
export function areSameInput(legacy: JsonInput, candidate: JsonInput): boolean {
  if (typeof legacy === 'string') {
    return typeof candidate === 'string' ? legacy === candidate : isText(candidate, legacy);
  }
  if (typeof candidate === 'string') return isText(legacy, candidate);
  return legacy.length === candidate.length && legacy.every((byte, i) => byte === candidate[i]);
}

/** Half a surrogate pair has no bytes of its own: such a text is the same as no bytes. */
function isText(bytes: Uint8Array, text: string): boolean {
  return malformedAt(bytes) < 0 && decodeUtf8(bytes, 0, bytes.length) === text;
}
