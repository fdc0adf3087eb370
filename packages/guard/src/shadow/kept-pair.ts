import { isUtf8 } from 'node:buffer';
import { type KeptPair, PAIR_LENGTH_MAX, type StoredRequest } from '@falsework/core/evidence';
import {
  type PairTexts,
  type Redaction,
  RedactionTokens,
  redactPair,
  redactText,
} from '@falsework/core/redact';
import type { Outcome } from '@falsework/seam/engine';
import { bodyKindOf } from '../compare/media-type.ts';
import { failureWords, type SideFailure } from '../sides/side-failure.ts';
import { type ComparedAnswer, headerOf } from './http-answer.ts';

/** A request as it came. */
export interface AskedRequest {
  readonly method: string;
  /** Path and query. */
  readonly path: string;
  /** Names and values in turn, as they came. */
  readonly headers: readonly string[];
  readonly hasBody: boolean;
}

/** Both answers to one request. */
export interface AnswerPair {
  readonly legacy: Outcome<ComparedAnswer>;
  readonly candidate: Outcome<ComparedAnswer>;
}

// More than this is not asked again to see whether an answer still differs.
const HEADERS_MAX = 50;
const TARGET_LENGTH_MAX = 2_000;

// What belongs to the connection or to this very copy of the request, and would be wrong again; the
// caller's address among it.
const NOT_KEPT = new Set(
  'connection content-length forwarded host keep-alive proxy-connection te trailer transfer-encoding upgrade via x-forwarded-for x-forwarded-proto x-real-ip'.split(
    ' ',
  ),
);

/**
 * What is kept of a pair that differs, without its secrets: the request, to ask it again, and both
 * bodies, to try rules on. `null` when that is too long, is no text, or cannot be vouched for.
 */
export function keptPair(
  asked: AskedRequest,
  pair: AnswerPair,
  redaction: Redaction,
): KeptPair | null {
  const texts = textsOf(pair);
  if (texts === null) return null;
  const tokens = new RedactionTokens();
  const redacted = redactPair(texts, { redaction, tokens, lengthMax: PAIR_LENGTH_MAX });
  const request = storedRequest(asked, redaction, tokens);
  return redacted === null || request === null ? null : { request, ...redacted };
}

function textsOf({ legacy, candidate }: AnswerPair): PairTexts | null {
  if (!legacy.ok || !candidate.ok) {
    return { format: 'text', legacy: endOf(legacy), candidate: endOf(candidate) };
  }
  const [a, b] = [bodyOf(legacy.value), bodyOf(candidate.value)];
  if (a === null || b === null) return null;
  const isJson = [legacy, candidate].every(
    ({ value }) => bodyKindOf(headerOf(value, 'content-type')) === 'json',
  );
  return { format: isJson ? 'json' : 'text', legacy: a, candidate: b };
}

/** How a side ended, where there are no two bodies to show. */
function endOf(outcome: Outcome<ComparedAnswer>): string {
  if (outcome.ok) return `answered ${outcome.value.status}`;
  return failureWords(outcome.error as SideFailure);
}

/** A body as text; `null` when it was not kept whole, or would be long, or is none. */
function bodyOf({ body }: ComparedAnswer): string | null {
  if (body?.kind !== 'whole' || body.bytes.length > PAIR_LENGTH_MAX) return null;
  return isUtf8(body.bytes) ? body.bytes.toString() : null;
}

function storedRequest(
  { method, path, headers, hasBody }: AskedRequest,
  redaction: Redaction,
  tokens: RedactionTokens,
): StoredRequest | null {
  if (path.length > TARGET_LENGTH_MAX) return null;
  const target = redactText(path, redaction, tokens);
  const kept = namedPairs(headers).filter(([name]) => !NOT_KEPT.has(name.toLowerCase()));
  const shown = kept
    .slice(0, HEADERS_MAX)
    .filter(([name]) => !redaction.isSecretName(name))
    .map(([name, value]) => [name, redactText(value, redaction, tokens)] as const);
  const isWhole =
    shown.length === kept.length && shown.every(([, value], i) => value === kept[i]?.[1]);
  return {
    method,
    target,
    headers: shown,
    isComplete: target === path && isWhole && !hasBody,
  };
}

function namedPairs(headers: readonly string[]): [name: string, value: string][] {
  const pairs: [string, string][] = [];
  for (let i = 0; i + 1 < headers.length; i += 2) {
    pairs.push([headers[i] ?? '', headers[i + 1] ?? '']);
  }
  return pairs;
}
