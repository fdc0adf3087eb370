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

/** A cause while it is being counted. */
interface Counted {
  readonly index: number;
  readonly cause: Omit<Cause, 'count'>;
  count: number;
}

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
  const causes = new Map<string, Counted>();
  const differences: Difference[] = [];
  let isTruncated = stop !== undefined;
  for (const finding of findings) {
    const counted = count(causes, finding);
    const isKept = counted !== undefined && counted.count <= EXAMPLES_PER_CAUSE_MAX;
    if (isKept && differences.length < limits.differencesMax) {
      differences.push(differenceOf(finding, counted, limits));
    } else {
      isTruncated = true;
    }
  }
  return {
    result: 'different',
    differences,
    differenceCount: findings.length,
    causes: Array.from(causes.values(), ({ cause, count: total }) => ({ ...cause, count: total })),
    isTruncated,
    ...(stop === undefined ? {} : { stop }),
  };
}

/** Counts the finding under its cause; undefined when it is of one cause too many. */
function count(causes: Map<string, Counted>, finding: Finding): Counted | undefined {
  const template = templateOf(finding.place.steps());
  const { kind } = finding;
  const types = typesOf(finding);
  // A class may be named anything at all, and so may a symbol, which comes last.
  const key = `${kind} ${types.types === undefined ? '' : JSON.stringify(types.types)}${template}`;
  const known = causes.get(key);
  if (known !== undefined) {
    known.count += 1;
    return known;
  }
  if (causes.size >= CAUSES_MAX) return undefined;
  const counted = { index: causes.size, cause: { template, kind, ...types }, count: 1 };
  causes.set(key, counted);
  return counted;
}

/** The values become text here, at the end: most findings are counted and never shown. */
function differenceOf(finding: Finding, { index, cause }: Counted, limits: Limits): Difference {
  const { types } = cause;
  return {
    path: formatPath(finding.place.steps().map(shortened)),
    kind: finding.kind,
    cause: index,
    ...(types === undefined ? {} : { types }),
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
