import { isUtf8 } from 'node:buffer';
import type { Finding } from '@falsework/core/evidence';
import { formatCounted } from '@falsework/core/text';
import { type Judgement, judgementOf } from '@falsework/seam/engine';
import type { Body } from '../shadow/decode-body.ts';
import { compareHashes } from './compare-hashes.ts';
import type { CompareScope } from './compare-scope.ts';
import { findingOf } from './findings.ts';
import type { BodyKind } from './media-type.ts';

const EQUAL: Judgement = Object.freeze({ result: 'equal', findings: [] });
const INCOMPLETE: Judgement = Object.freeze({ result: 'incomplete', findings: [] });

/**
 * Compares two bodies that claim to be of one kind: whole ones by what they say, longer ones by
 * their bytes. What is not known well enough for either proves nothing.
 */
export function compareBodies(
  legacy: Body,
  candidate: Body,
  kind: BodyKind,
  scope: CompareScope,
): Judgement {
  if (legacy.kind === 'too-large' || candidate.kind === 'too-large') return INCOMPLETE;
  if (legacy.kind === 'undecodable' || candidate.kind === 'undecodable') {
    return different(undecodable(legacy, candidate, scope));
  }
  if (legacy.kind === 'long' || candidate.kind === 'long') {
    return compareHashes(legacy, candidate, scope);
  }
  if (legacy.bytes.equals(candidate.bytes)) return EQUAL;
  // Bytes that are not UTF-8 would be read with the same substitute on both sides, and differences
  // among them lost.
  if (kind === 'bytes' || !isUtf8(legacy.bytes) || !isUtf8(candidate.bytes)) {
    return compareBytes(legacy.bytes, candidate.bytes, scope);
  }
  return kind === 'json'
    ? judgementOf(scope.comparator.json(legacy.bytes, candidate.bytes), scope)
    : compareTexts(legacy.bytes.toString(), candidate.bytes.toString(), scope);
}

/**
 * The route's rules decide, with `$` as the whole text; if it differs, the first line that does is
 * the example.
 */
function compareTexts(legacy: string, candidate: string, scope: CompareScope): Judgement {
  const { result } = scope.comparator.values(legacy, candidate);
  if (result !== 'different') return { result, findings: [] };
  const [a, b] = [legacy.split('\n'), candidate.split('\n')];
  const at = a.findIndex((line, i) => line !== b[i]);
  // Everything that legacy has is there: the first line that differs is one too many.
  const line = at === -1 ? a.length : at;
  return different(
    findingOf(
      {
        template: '(body)',
        kind: 'string',
        path: `(body) line ${line + 1}`,
        legacy: a[line] ?? 'absent',
        candidate: b[line] ?? 'absent',
      },
      scope,
    ),
  );
}

/** Of bytes only lengths and the place are shown: nobody reads them, and they may hold anything. */
function compareBytes(legacy: Buffer, candidate: Buffer, scope: CompareScope): Judgement {
  const { result } = scope.comparator.values(legacy, candidate);
  if (result !== 'different') return { result, findings: [] };
  const shorter = Math.min(legacy.length, candidate.length);
  let at = 0;
  while (at < shorter && legacy[at] === candidate[at]) at += 1;
  return different(
    findingOf(
      {
        template: '(body)',
        kind: 'bytes',
        path: `(body) byte ${at}`,
        legacy: formatCounted(legacy.length, 'byte'),
        candidate: formatCounted(candidate.length, 'byte'),
      },
      scope,
    ),
  );
}

function undecodable(legacy: Body, candidate: Body, scope: CompareScope): Finding {
  const shown = (body: Body): string =>
    body.kind === 'undecodable' ? `does not decode as ${body.encoding}` : 'decodes';
  const sides = { legacy: shown(legacy), candidate: shown(candidate) };
  return findingOf({ template: '(body)', kind: 'unreadable', ...sides }, scope);
}

function different(finding: Finding): Judgement {
  return { result: 'different', findings: [finding] };
}
