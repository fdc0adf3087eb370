import { fingerprint } from '@falsework/core/text';

// An index entry of PostgreSQL holds 2,704 bytes; three names of 256 characters at three bytes each
// fit with room.
const NAME_LENGTH_MAX = 256;
const FINGERPRINT_LENGTH = 16;

/**
 * A name as both databases can keep it in a key. Names of strata come from users' key functions, so
 * they may be anything; one that a database refused would make the plane send the same batch for
 * ever. Half characters and NUL are replaced; a long name is cut and keeps a fingerprint, so that
 * two long ones never become one.
 */
export function storedName(name: string): string {
  const clean = name.toWellFormed().replaceAll('\0', '\uFFFD');
  if (clean.length <= NAME_LENGTH_MAX) return clean;
  const kept = clean.slice(0, NAME_LENGTH_MAX - FINGERPRINT_LENGTH - 1).toWellFormed();
  return `${kept}…${fingerprint(clean)}`;
}

/** Text for people, cut to a length that keeps a row small. */
export function shortText(text: string, lengthMax: number): string {
  return text.length <= lengthMax ? text : `${text.slice(0, lengthMax - 1)}…`;
}
