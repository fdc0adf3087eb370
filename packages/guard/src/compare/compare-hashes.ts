import { formatCounted } from '@falsework/core/text';
import type { Judgement } from '@falsework/seam/engine';
import type { Body } from '../shadow/decode-body.ts';
import { type Digest, digestOf } from '../shadow/running-hash.ts';
import type { CompareScope } from './compare-scope.ts';
import { findingOf } from './findings.ts';

type Known = Extract<Body, { kind: 'whole' | 'long' }>;

const EQUAL: Judgement = Object.freeze({ result: 'equal', findings: [] });
const INCOMPLETE: Judgement = Object.freeze({ result: 'incomplete', findings: [] });
// Enough to see that two are not the same, and short enough for a line of a report.
const SHOWN_DIGITS = 12;

/**
 * Compares two bodies of which at least one is longer than is kept. The same bytes are equal by any
 * rule. Other bytes are a difference only where nothing could excuse them: two compressors may pack
 * one text in two ways, and a rule may excuse the very place that differs. Without rules JSON is
 * taken by its bytes too, so that a wrong value in a long list is seen; there the order of keys
 * counts.
 */
export function compareHashes(legacy: Known, candidate: Known, scope: CompareScope): Judgement {
  const [a, b] = [hashed(legacy), hashed(candidate)];
  const isOneEncoding = a.encoding === b.encoding;
  if (isOneEncoding && a.digest !== null && a.digest.sha256 === b.digest?.sha256) return EQUAL;
  const isPlain = a.encoding === '' && b.encoding === '';
  // Two that were both not read to their ends.
  const isKnown = a.digest !== null || b.digest !== null;
  // A strict rule excuses nothing.
  const isExcusable = scope.comparator.rules.some(({ rule }) => rule !== 'strict');
  if (!isPlain || !isKnown || isExcusable) return INCOMPLETE;
  const sides = { legacy: shown(a.digest), candidate: shown(b.digest) };
  const path = '(body) as a whole';
  const finding = findingOf({ template: '(body)', kind: 'hash', path, ...sides }, scope);
  return { result: 'different', findings: [finding] };
}

function hashed(body: Known): { readonly digest: Digest | null; readonly encoding: string } {
  return body.kind === 'long' ? body : { digest: digestOf(body.bytes), encoding: '' };
}

function shown(digest: Digest | null): string {
  if (digest === null) return 'longer than is kept';
  const { bytes, sha256 } = digest;
  return `${formatCounted(bytes, 'byte')}, hash ${sha256.slice(0, SHOWN_DIGITS)}`;
}
