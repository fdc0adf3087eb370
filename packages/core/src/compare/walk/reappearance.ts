import type { RuleStates } from '../rules/rule-states.ts';
import { isContentExcusable } from '../rules/ruling.ts';
import { familyOf } from '../values/family.ts';
import { isAnyNumber, isSameNumber } from '../values/numbers.ts';
import { dataMembersOf, memberOf, membersOf } from '../values/read.ts';
import type { Elements, Walk } from './walk.ts';

/** A member that no rule excuses, with a value that either is the same or is not. */
type Mark = readonly [name: string, value: unknown];

/**
 * False when the legacy element at `index` certainly has no equal among the candidate's elements
 * behind it, so that those cannot be the same elements in another order. That is nearly always so,
 * and seen at the first member that tells elements apart, such as an id; else every element of both
 * sides would have to be hashed to find it out.
 */
export function mayReappear(
  walk: Walk,
  { legacy, candidate }: Elements,
  index: number,
  rules: RuleStates,
): boolean {
  if (isContentExcusable(rules.ruling)) return true;
  const element = legacy[index];
  const marks = marksOf(walk, element, rules);
  if (marks === null) return true;
  for (let i = index + 1; i < candidate.length; i += 1) {
    if (!walk.budget.spend()) return true;
    if (!isUnlike(element, candidate[i]) && !areMarksUnlike(walk, marks, candidate[i])) return true;
  }
  return false;
}

/** Null for an element that has members, but none to tell it by. */
function marksOf(walk: Walk, element: unknown, rules: RuleStates): readonly Mark[] | null {
  if (isLeaf(element)) return [];
  if (familyOf(element) !== 'object') return null;
  const readMembers = walk.isData ? dataMembersOf : membersOf;
  const marks: Mark[] = [];
  try {
    for (const [name, value] of readMembers(element as object)) {
      if (typeof name !== 'string' || !isLeaf(value)) continue;
      const ruling = walk.fixedRulingOf(rules, name);
      if (ruling !== null && !isContentExcusable(ruling)) marks.push([name, value]);
    }
  } catch {
    return null;
  }
  return marks.length === 0 ? null : marks;
}

function areMarksUnlike(walk: Walk, marks: readonly Mark[], element: unknown): boolean {
  for (const [name, value] of marks) {
    if (isUnlike(value, memberOf(element, name))) return true;
    if (!walk.budget.spend()) return false;
  }
  return false;
}

/** True when a leaf and another value certainly differ. */
function isUnlike(leaf: unknown, other: unknown): boolean {
  if (Object.is(leaf, other) || !isLeaf(leaf)) return false;
  if (isAnyNumber(leaf) && isAnyNumber(other)) return !isSameNumber(leaf, other);
  return true;
}

/** A primitive, or a number of JSON. */
function isLeaf(value: unknown): boolean {
  return value === null || typeof value !== 'object' || isAnyNumber(value);
}
