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
import type { Pair, Walk } from './walk.ts';

type Compare = (walk: Walk, pair: Pair) => void;

/** What is known to differ by now, because identical values never come this far. */
const LEAVES: Partial<Readonly<Record<Family, Compare>>> = {
  number: compareNumbers,
  string: compareStrings,
  date: compareDates,
  regexp: compareRegExps,
  bytes: compareBytes,
  boxed: compareBoxed,
  boolean: (walk, { place, legacy, candidate }) => walk.report('boolean', place, legacy, candidate),
  bigint: (walk, { place, legacy, candidate }) => walk.report('bigint', place, legacy, candidate),
  symbol: (walk, { place, legacy, candidate }) => walk.report('symbol', place, legacy, candidate),
  function: (walk, { place, legacy, candidate }) =>
    walk.report('function', place, legacy, candidate),
  accessor: (walk, { place, legacy, candidate }) => walk.report('opaque', place, legacy, candidate),
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
 * Settles what can be settled by looking at the two types, and hands the rest to the comparer of the family. `enter`
 * wraps the comparing of containers, where depth and cycles are watched.
 */
export function compareByFamily(
  walk: Walk,
  pair: Pair,
  enter: (compareInside: () => void) => void,
): void {
  const { legacy, candidate, place, ruling } = pair;
  const families = [familyOf(legacy), familyOf(candidate)] as const;
  if (ruling.isAbsentNull && families.every(isNothing)) return;
  const [family, other] = families;
  if (families.includes('unreadable')) {
    walk.report('unreadable', place, legacy, candidate);
  } else if (families.includes('absent')) {
    walk.report(absenceKind(family, other), place, legacy, candidate);
  } else if (family !== other) {
    if (!isSameAcrossTypes(walk, pair)) walk.report('type', place, legacy, candidate);
  } else if (!haveSameClass(family, legacy, candidate)) {
    walk.report(family === 'error' ? 'error' : 'type', place, legacy, candidate);
  } else if (!ruling.isSameTypeEnough) {
    LEAVES[family]?.(walk, pair);
    const compareInside = CONTAINERS[family];
    if (compareInside !== undefined) enter(() => compareInside(walk, pair));
  }
}

function isNothing(family: Family): boolean {
  return family === 'null' || family === 'undefined' || family === 'absent';
}

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
