import type { DifferenceKind } from '../comparison.ts';
import { type Family, familyOf } from '../values/family.ts';
import { isAnyNumber, isSameNumber } from '../values/numbers.ts';
import { compareArrays } from './arrays.ts';
import { compareSets } from './bags.ts';
import { haveSameClass } from './classes.ts';
import {
  compareBoxed,
  compareBytes,
  compareDates,
  compareNumbers,
  compareRegExps,
  compareStrings,
} from './leaves.ts';
import { compareMaps } from './maps.ts';
import { compareErrors, compareInstances, compareObjects } from './members.ts';
import type { Compare, Pair, Walk } from './walk.ts';

/** For families in which two values that are not identical simply differ. */
function reportAs(kind: DifferenceKind): Compare {
  return (walk, { place, legacy, candidate }) => walk.report(kind, place, legacy, candidate);
}

// null, undefined and absent are not here: within one of those families there is but one value, and
// identical values never come this far.
const LEAVES: Partial<Readonly<Record<Family, Compare>>> = {
  number: compareNumbers,
  string: compareStrings,
  date: compareDates,
  regexp: compareRegExps,
  bytes: compareBytes,
  boxed: compareBoxed,
  boolean: reportAs('boolean'),
  bigint: reportAs('bigint'),
  symbol: reportAs('symbol'),
  function: reportAs('function'),
  // Two getters may be one function and still give two answers; neither was asked.
  accessor: reportAs('opaque'),
};

const CONTAINERS: Partial<Readonly<Record<Family, Compare>>> = {
  array: compareArrays,
  object: compareObjects,
  instance: compareInstances,
  error: compareErrors,
  map: compareMaps,
  set: compareSets,
};

/**
 * Settles what can be settled by looking at the two types, and hands the rest to the comparer of
 * the family.
 */
export function compareByFamily(walk: Walk, pair: Pair): void {
  const { legacy, candidate, place, ruling } = pair;
  const family = familyOf(legacy);
  const other = familyOf(candidate);
  if (ruling.isAbsentNull && isNothing(family) && isNothing(other)) return;
  if (family === 'unreadable' || other === 'unreadable') {
    walk.report('unreadable', place, legacy, candidate);
  } else if (family === 'absent' || other === 'absent') {
    walk.report(absenceKind(family, other), place, legacy, candidate);
  } else if (family !== other) {
    // A change of type is one difference; going into two unlike shapes would only repeat it.
    if (!isSameAcrossTypes(walk, pair)) walk.report('type', place, legacy, candidate);
  } else if (!haveSameClass(family, legacy, candidate)) {
    walk.report(family === 'error' ? 'error' : 'type', place, legacy, candidate);
  } else if (!ruling.isSameTypeEnough) {
    LEAVES[family]?.(walk, pair);
    const compareInside = CONTAINERS[family];
    if (compareInside !== undefined) walk.enter(pair, compareInside);
  }
}

function isNothing(family: Family): boolean {
  return family === 'null' || family === 'undefined' || family === 'absent';
}

/**
 * Null against nothing is by far the most common fault of a rewrite, and undefined against nothing
 * the most harmless: each is a cause of its own, apart from members that are really missing.
 */
function absenceKind(legacy: Family, candidate: Family): DifferenceKind {
  const present = legacy === 'absent' ? candidate : legacy;
  if (present === 'null') return 'null-absent';
  if (present === 'undefined') return 'undefined-absent';
  return legacy === 'absent' ? 'extra' : 'missing';
}

/** 5 and 5n are one number unless numbers are strict. */
function isSameAcrossTypes(walk: Walk, { legacy, candidate }: Pair): boolean {
  if (walk.areNumbersStrict || !isAnyNumber(legacy) || !isAnyNumber(candidate)) return false;
  return isSameNumber(legacy, candidate);
}
