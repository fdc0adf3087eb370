import type { Finding } from '@falsework/core/evidence';
import type { Judgement, Outcome } from '@falsework/seam/engine';
import type { Body } from '../shadow/decode-body.ts';
import { type ComparedAnswer, headerOf } from '../shadow/http-answer.ts';
import { failureWords, type SideFailure } from '../sides/side-failure.ts';
import { compareBodies } from './compare-bodies.ts';
import type { CompareScope } from './compare-scope.ts';
import { findingOf } from './findings.ts';
import { bodyKindOf, isSameMediaType } from './media-type.ts';

/** What judging two outcomes needs besides them. */
export interface OutcomeScope extends CompareScope {
  /** Lower-case names of the headers that are compared. */
  readonly headers: readonly string[];
}

const EQUAL: Judgement = Object.freeze({ result: 'equal', findings: [] });

/**
 * Judges how both sides ended. Of two failures only the kind counts: no caller reads the page of a
 * 500.
 */
export function compareOutcomes(
  legacy: Outcome<ComparedAnswer>,
  candidate: Outcome<ComparedAnswer>,
  scope: OutcomeScope,
): Judgement {
  if (legacy.ok && candidate.ok) return compareAnswers(legacy.value, candidate.value, scope);
  const [a, b] = [endOf(legacy), endOf(candidate)];
  if (a.id === b.id) return EQUAL;
  // Which failure it is tells causes apart, but two that reach the caller as an aborted connection
  // are one to it.
  const finding = findingOf(
    {
      template: '(answer)',
      kind: 'outcome',
      legacy: a.words,
      candidate: b.words,
      cause: [a.id, b.id],
    },
    scope,
  );
  return { result: 'different', findings: [finding] };
}

/** Judges two answers: the status, then the chosen headers and the body. */
function compareAnswers(
  legacy: ComparedAnswer,
  candidate: ComparedAnswer,
  scope: OutcomeScope,
): Judgement {
  if (legacy.status !== candidate.status) {
    // The rest of two different answers differs as a consequence, and would bury the cause.
    return { result: 'different', findings: [statusFinding(legacy, candidate, scope)] };
  }
  const findings = headerFindings(legacy, candidate, scope);
  const body = compareBodiesOf(legacy, candidate, scope);
  if (findings.length === 0) return body;
  return { result: 'different', findings: [...findings, ...body.findings] };
}

function compareBodiesOf(
  legacy: ComparedAnswer,
  candidate: ComparedAnswer,
  scope: OutcomeScope,
): Judgement {
  const [a, b] = [legacy, candidate].map((answer) => bodyKindOf(headerOf(answer, 'content-type')));
  const kind = a === b ? (a ?? 'bytes') : 'bytes';
  const judgement = compareBodies(bodyOf(legacy), bodyOf(candidate), kind, scope);
  // Two bodies of different kinds differ because of that: where the header says so already, it is
  // the one cause.
  const isSaid = a !== b && scope.headers.includes('content-type');
  return isSaid && judgement.result === 'different' ? { ...judgement, findings: [] } : judgement;
}

function headerFindings(
  legacy: ComparedAnswer,
  candidate: ComparedAnswer,
  scope: OutcomeScope,
): Finding[] {
  return scope.headers.flatMap((name) => {
    const [a, b] = [headerOf(legacy, name), headerOf(candidate, name)];
    if (a === b) return [];
    if (name === 'content-type' && a !== null && b !== null && isSameMediaType(a, b)) return [];
    const kind = a === null ? 'extra' : b === null ? 'missing' : 'string';
    const sides = { legacy: a ?? 'absent', candidate: b ?? 'absent' };
    return [findingOf({ template: `(header ${name})`, kind, ...sides }, scope)];
  });
}

function statusFinding(a: ComparedAnswer, b: ComparedAnswer, scope: OutcomeScope): Finding {
  const [legacy, candidate] = [String(a.status), String(b.status)];
  const cause = [legacy, candidate];
  return findingOf({ template: '(status)', kind: 'number', legacy, candidate, cause }, scope);
}

/** A body that nobody decoded was given up on the way, and proves nothing. */
function bodyOf({ body }: ComparedAnswer): Body {
  return body ?? { kind: 'too-large' };
}

/** How a side ended, as an id for telling causes apart and in words. */
function endOf(outcome: Outcome<ComparedAnswer>): { readonly id: string; readonly words: string } {
  if (outcome.ok) return { id: 'answer', words: `answered ${outcome.value.status}` };
  const failure = outcome.error as SideFailure;
  const id = failure.kind === 'status' ? failure.code : failure.kind;
  return { id, words: failureWords(failure) };
}
