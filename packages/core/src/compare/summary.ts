import { CauseCounts, type CountedCause } from './cause-counts.ts';
import {
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
import { show } from './values/show.ts';
import type { Finding } from './walk/walker.ts';

// Ten examples tell a cause from its neighbours; more of one cause would only push out those of
// another.
const EXAMPLES_PER_CAUSE_MAX = 10;

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
  const causes = new CauseCounts();
  const differences: Difference[] = [];
  let isTruncated = stop !== undefined;
  for (const finding of findings) {
    const steps = finding.place.steps();
    const counted = causes.count(finding, templateOf(steps));
    const isKept = counted !== undefined && counted.count <= EXAMPLES_PER_CAUSE_MAX;
    if (isKept && differences.length < limits.differencesMax) {
      differences.push(differenceOf(finding, steps, counted, limits));
    } else {
      isTruncated = true;
    }
  }
  const different: Comparison = {
    result: 'different',
    differences,
    differenceCount: findings.length,
    causes: causes.list,
    isTruncated,
  };
  return stop === undefined ? different : { ...different, stop };
}

/** The values become text here, at the end: most findings are counted and never shown. */
function differenceOf(
  { kind, legacy, candidate }: Finding,
  steps: readonly PathStep[],
  { index, types }: CountedCause,
  { textLengthMax }: Limits,
): Difference {
  const path = formatPath(steps.some(isLong) ? steps.map(shortened) : steps);
  const texts = { legacy: show(legacy, textLengthMax), candidate: show(candidate, textLengthMax) };
  // Two literals instead of one with an optional part: spreading takes as long as all the rest.
  return types === undefined
    ? { path, kind, cause: index, legacy: texts.legacy, candidate: texts.candidate }
    : { path, kind, cause: index, types, legacy: texts.legacy, candidate: texts.candidate };
}

function isLong(step: PathStep): boolean {
  return typeof step !== 'number' && String(step).length > KEY_LENGTH_MAX;
}

/** A key that is longer than any field's name is data, and is cut like data. */
function shortened(step: PathStep): PathStep {
  return isLong(step) ? cut(String(step), KEY_LENGTH_MAX) : step;
}
