import { templateOf } from '@falsework/core/compare';

// No resource is named with more characters; such a segment is data.
const NAME_LENGTH_MAX = 40;
// Article numbers and codes of all kinds: `TA-4900-LI`, `2026.118.B`. Nobody shouts the names of
// resources with digits in them.
const CODE = /^[A-Z0-9]+(?:[-_.:][A-Z0-9]+)+$/;

/**
 * True for a path segment that names an instance rather than a kind of thing: numbers, UUIDs,
 * hashes, dates, addresses, `order-10234`, `TA-4900-LI`, and whatever had to be percent-encoded.
 * But for codes the forms are those by which signatures generalise keys.
 */
export function isIdLike(segment: string): boolean {
  if (segment.length > NAME_LENGTH_MAX) return true;
  let digits = 0;
  for (let i = 0; i < segment.length; i += 1) {
    const code = segment.charCodeAt(i);
    if (code === PERCENT || code === AT) return true;
    if (code >= DIGIT_0 && code <= DIGIT_9) digits += 1;
  }
  // Most segments end here, without a regular expression: plain words, and plain numbers.
  if (digits === 0) return false;
  if (digits === segment.length || CODE.test(segment)) return true;
  return templateOf([segment]) === '$[*]';
}

const PERCENT = 0x25;
const AT = 0x40;
const DIGIT_0 = 0x30;
const DIGIT_9 = 0x39;
