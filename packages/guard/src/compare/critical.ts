import { type PathQuery, parsePath, type Selector } from '@falsework/core/compare';
import type { Finding } from '@falsework/core/evidence';

/** Says whether findings are of a class of which one is too many. */
export type CriticalRule = (findings: readonly Finding[]) => boolean;

/**
 * Compiles what a route declares critical: everything, or what stands at, above or below these
 * JSONPaths of the body. Above, because an object that is missing takes its amount with it. A
 * failure to answer is counted elsewhere, and is no wrong answer. Throws FW_PATH_SYNTAX.
 */
export function compileCritical(critical: true | readonly string[]): CriticalRule {
  const isAnswer = ({ kind }: Finding): boolean => kind !== 'outcome';
  if (critical === true) return (findings) => findings.some(isAnswer);
  if (critical.length === 0) return () => false;
  const queries = critical.map((path) => parsePath(path));
  return (findings) =>
    findings.some(
      (finding) => isAnswer(finding) && queries.some((query) => touches(query, finding)),
    );
}

// Differences between two values of which neither holds anything further.
const LEAF_KINDS = new Set(['number', 'string', 'boolean', 'instant', 'pattern']);

function touches(query: PathQuery, { template, kind, example: { path } }: Finding): boolean {
  if (template.startsWith('(header ')) return false;
  // A status or a body that differs as a whole puts everything in it in doubt.
  if (template.startsWith('(')) return true;
  const steps = stepsOf(path);
  // A path in which something was masked cannot be read any more; money may be at stake.
  return steps === null || leadsTo(query, 0, { steps, isLeaf: LEAF_KINDS.has(kind) }, 0);
}

type Step = string | number;

/** Where a difference stands. */
interface Place {
  readonly steps: readonly Step[];
  /** True when nothing can stand beneath it. */
  readonly isLeaf: boolean;
}

function stepsOf(path: string): Step[] | null {
  try {
    return parsePath(path).segments.map(({ selectors: [only] }) => {
      if (only?.kind === 'name') return only.name;
      return only?.kind === 'index' ? only.index : '';
    });
  } catch {
    return null;
  }
}

/** True when the place is what the query selects, or stands beneath it, or may hold it. */
function leadsTo(query: PathQuery, at: number, place: Place, from: number): boolean {
  const segment = query.segments[at];
  if (segment === undefined) return true;
  const step = place.steps[from];
  if (step === undefined) return !place.isLeaf;
  const isChosen = segment.selectors.some((selector) => selects(selector, step));
  if (isChosen && leadsTo(query, at + 1, place, from + 1)) return true;
  return segment.isDescendant && leadsTo(query, at, place, from + 1);
}

/** What depends on the document, a filter or a slice, is taken to select. */
function selects(selector: Selector, step: Step): boolean {
  switch (selector.kind) {
    case 'name':
      return selector.name === step;
    case 'index':
      return typeof step === 'number' && (selector.index < 0 || selector.index === step);
    case 'wildcard':
    case 'slice':
    case 'filter':
      return true;
  }
}
