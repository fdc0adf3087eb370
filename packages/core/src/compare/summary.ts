import {
  type Cause,
  type Comparison,
  type Difference,
  EQUAL,
  incomplete,
  type StopReason,
} from './comparison.ts';
import type { Limits } from './limits.ts';
import { formatPath, type PathStep } from './path/format-path.ts';
import { templateOf } from './signature.ts';
import { cut } from './values/cut.ts';
import { typeNameOf } from './values/family.ts';
import { show } from './values/show.ts';
import type { Finding } from './walk/walker.ts';

// Ten examples tell a cause from its neighbours; more of one cause would only push out those of
// another.
const EXAMPLES_PER_CAUSE_MAX = 10;

// Two answers with more causes than this have nothing in common.
const CAUSES_MAX = 100;

// Keys are cut in a path that is kept; a field's name is never this long.
const KEY_LENGTH_MAX = 100;

/**
 * Turns what a walk found into the verdict that is kept and sent: grouped by cause, bounded, values
 * as text.
 */
export function summarise(
  findings: readonly Finding[],
  stop: StopReason | undefined,
  limits: Limits,
): Comparison {
  if (findings.length === 0) return stop === undefined ? EQUAL : incomplete(stop);
  const causes = new Map<string, Cause>();
  const differences: Difference[] = [];
  let isTruncated = stop !== undefined;
  for (const finding of findings) {
    const cause = countCause(causes, finding);
    const isKept = cause !== undefined && cause.count <= EXAMPLES_PER_CAUSE_MAX;
    if (isKept && differences.length < limits.differencesMax) {
      differences.push(differenceOf(finding, limits));
    } else {
      isTruncated = true;
    }
  }
  return {
    result: 'different',
    differences,
    differenceCount: findings.length,
    causes: [...causes.values()],
    isTruncated,
    ...(stop === undefined ? {} : { stop }),
  };
}

/** Counts the finding under its cause; undefined when it is of one cause too many. */
function countCause(causes: Map<string, Cause>, finding: Finding): Cause | undefined {
  const template = templateOf(finding.place.steps());
  const { kind } = finding;
  const types = typesOf(finding);
  const key = JSON.stringify([template, kind, types.types]);
  const known = causes.get(key);
  if (known === undefined && causes.size >= CAUSES_MAX) return undefined;
  const cause = { template, kind, ...types, count: (known?.count ?? 0) + 1 };
  causes.set(key, cause);
  return cause;
}

/** The values become text here, at the end: most findings are counted and never shown. */
function differenceOf(finding: Finding, limits: Limits): Difference {
  return {
    path: formatPath(finding.place.steps().map(shortened)),
    kind: finding.kind,
    ...typesOf(finding),
    legacy: show(finding.legacy, limits.textLengthMax),
    candidate: show(finding.candidate, limits.textLengthMax),
  };
}

/** Only for `type`: "null against string" and "null against number" are two causes. */
function typesOf({ kind, legacy, candidate }: Finding): Pick<Cause, 'types'> {
  return kind === 'type' ? { types: [typeNameOf(legacy), typeNameOf(candidate)] } : {};
}

/** A key that is longer than any field's name is data, and is cut like data. */
function shortened(step: PathStep): PathStep {
  const key = String(step);
  return key.length <= KEY_LENGTH_MAX ? step : cut(key, KEY_LENGTH_MAX);
}
