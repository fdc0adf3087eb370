import type { Comparator } from '@falsework/core/compare';
import type { Finding } from '@falsework/core/evidence';
import { formatCounted } from '@falsework/core/text';
import { type Judgement, judgementOf, type Outcome, type Redactor } from '@falsework/seam/engine';
import { findingOf } from '../../compare/findings.ts';
import { failureWords, type SideFailure } from '../../sides/side-failure.ts';
import type { CanonicalJson } from '../json/canonical-json.ts';
import { codeName, statusOf } from '../rest/status.ts';
import type { Messages } from '../wire/messages.ts';
import { codeOf, type GrpcAnswer } from './grpc-answer.ts';

/** What judging two answers needs besides them. */
export interface GrpcCompareScope {
  readonly seam: string;
  readonly comparator: Comparator;
  readonly redactor: Redactor;
  /** Documents of the answer's type; `null` compares bytes. */
  readonly canonical: CanonicalJson | null;
  /** Whether a trailer is compared, by its name. */
  readonly isCompared: (name: string) => boolean;
}

const EQUAL: Judgement = Object.freeze({ result: 'equal', findings: [] });
const INCOMPLETE: Judgement = Object.freeze({ result: 'incomplete', findings: [] });
// Of the connection and of the library behind it: where an answer has nothing but its status, these
// stand among the trailers. The status is compared before.
const OF_THE_LIBRARY =
  /^(?::.*|grpc-(?:status|encoding|accept-encoding)|accept-encoding|content-.*|date|server|via)$/;

/** Judges how two unary calls ended: the status, then the trailers and the message. */
export function compareGrpc(
  legacy: Outcome<GrpcAnswer>,
  candidate: Outcome<GrpcAnswer>,
  scope: GrpcCompareScope,
): Judgement {
  if (!legacy.ok || !candidate.ok) return compareEnds(legacy, candidate, scope);
  const [a, b] = [codeOf(legacy.value), codeOf(candidate.value)];
  if (a !== b) {
    // The rest of two different answers differs as a consequence, and would bury the cause.
    const cause = [codeName(a), codeName(b)];
    const sides = { legacy: codeName(a), candidate: codeName(b), cause };
    return different([findingOf({ template: '(status)', kind: 'string', ...sides }, scope)]);
  }
  const findings = trailerFindings(legacy.value, candidate.value, scope);
  const body = compareMessages(legacy.value.messages, candidate.value.messages, scope);
  return findings.length === 0 ? body : different([...findings, ...body.findings]);
}

/** A message as the text that is compared and kept; `null` where it has none. */
export function textOf(answer: GrpcAnswer, canonical: CanonicalJson | null): string | null {
  if (canonical === null || answer.messages?.kind !== 'whole') return null;
  const [only] = answer.messages.messages;
  return only === undefined ? null : canonical.fromMessage(only);
}

function compareEnds(
  legacy: Outcome<GrpcAnswer>,
  candidate: Outcome<GrpcAnswer>,
  scope: GrpcCompareScope,
): Judgement {
  const [a, b] = [endOf(legacy), endOf(candidate)];
  if (a.id === b.id) return EQUAL;
  const sides = { legacy: a.words, candidate: b.words, cause: [a.id, b.id] };
  return different([findingOf({ template: '(answer)', kind: 'outcome', ...sides }, scope)]);
}

function endOf(outcome: Outcome<GrpcAnswer>): { readonly id: string; readonly words: string } {
  if (outcome.ok) return { id: 'answer', words: `answered ${codeName(codeOf(outcome.value))}` };
  const failure = outcome.error as SideFailure;
  const id = failure.kind === 'status' ? failure.code : failure.kind;
  return { id, words: failureWords(failure) };
}

function trailerFindings(a: GrpcAnswer, b: GrpcAnswer, scope: GrpcCompareScope): Finding[] {
  const names = new Set([...Object.keys(a.trailers), ...Object.keys(b.trailers)]);
  return [...names].sort().flatMap((name) => {
    if (OF_THE_LIBRARY.test(name) || !scope.isCompared(name)) return [];
    const [legacy, candidate] = [a, b].map((answer) => shownTrailer(answer, name));
    if (legacy === candidate) return [];
    const kind = legacy === null ? 'extra' : candidate === null ? 'missing' : 'string';
    const sides = { legacy: legacy ?? 'absent', candidate: candidate ?? 'absent' };
    return [findingOf({ template: `(trailer ${name})`, kind, ...sides }, scope)];
  });
}

function shownTrailer({ trailers }: GrpcAnswer, name: string): string | null {
  const value = trailers[name];
  if (value === undefined) return null;
  if (name === 'grpc-message') return shownMessage(trailers);
  const text = [value].flat().join(', ');
  // Whether base64 is padded is for each library to choose.
  return name.endsWith('-bin') ? Buffer.from(text, 'base64').toString('base64') : text;
}

/** Some libraries send "OK" with a success, others an empty text or nothing: it says nothing. */
function shownMessage(trailers: GrpcAnswer['trailers']): string | null {
  const { code, message } = statusOf(trailers);
  return code === 0 || message === '' ? null : message;
}

function compareMessages(
  legacy: Messages | null,
  candidate: Messages | null,
  scope: GrpcCompareScope,
): Judgement {
  if (legacy === null || candidate === null) return INCOMPLETE;
  if (legacy.kind === 'too-large' || candidate.kind === 'too-large') return INCOMPLETE;
  if (legacy.kind === 'unreadable' || candidate.kind === 'unreadable') {
    const shown = ({ kind }: Messages): string => (kind === 'whole' ? 'can be read' : 'cannot');
    const sides = { legacy: shown(legacy), candidate: shown(candidate) };
    return different([findingOf({ template: '(message)', kind: 'unreadable', ...sides }, scope)]);
  }
  if (legacy.messages.length !== candidate.messages.length) {
    const [a, b] = [legacy, candidate].map(({ messages }) =>
      formatCounted(messages.length, 'message'),
    );
    const sides = { legacy: a ?? '', candidate: b ?? '' };
    return different([findingOf({ template: '(message)', kind: 'length', ...sides }, scope)]);
  }
  const [one, other] = [legacy.messages[0], candidate.messages[0]];
  return one === undefined || other === undefined ? EQUAL : compareOne(one, other, scope);
}

function compareOne(legacy: Buffer, candidate: Buffer, scope: GrpcCompareScope): Judgement {
  if (legacy.equals(candidate)) return EQUAL;
  const { canonical, comparator } = scope;
  const [a, b] = [legacy, candidate].map((bytes) => canonical?.fromMessage(bytes) ?? null);
  if (typeof a === 'string' && typeof b === 'string') {
    return judgementOf(comparator.json(a, b), scope);
  }
  // Nothing says what the bytes mean, so that only their lengths are shown.
  const sides = {
    legacy: formatCounted(legacy.length, 'byte'),
    candidate: formatCounted(candidate.length, 'byte'),
  };
  return different([findingOf({ template: '(message)', kind: 'bytes', ...sides }, scope)]);
}

function different(findings: readonly Finding[]): Judgement {
  return { result: 'different', findings };
}
