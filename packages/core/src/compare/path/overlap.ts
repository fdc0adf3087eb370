import type { PathQuery, Segment, Selector } from './path-query.ts';

/** How the nodes of two paths can lie to each other, in some document. */
export interface Overlap {
  /** Some node of the second path is a node of the first, or lies beneath one. */
  readonly isAtOrBeneath: boolean;
  /** Some node of the second path is a node of the first, or lies above one. */
  readonly isAtOrAbove: boolean;
}

/**
 * Tells whether two paths can meet. Errs to one side only: what it calls apart is apart in every
 * document. Two things are taken for possible without a closer look: whatever a filter may select,
 * and that any two elements of one array are the same. The latter because a comparison pairs
 * elements by key or by content, so that what a path says of the element 0 of one side may be
 * applied to the element 1 of the other. O(segments of one × segments of the other).
 */
export function overlapOf(first: PathQuery, second: PathQuery): Overlap {
  const [a, b] = [first.segments, second.segments];
  if (![...a, ...b].every(canSelect)) return { isAtOrBeneath: false, isAtOrAbove: false };
  const reached = new Set<string>();
  const overlap = { isAtOrBeneath: false, isAtOrAbove: false };
  const waiting: (readonly [number, number])[] = [[0, 0]];
  for (let at = waiting.pop(); at !== undefined; at = waiting.pop()) {
    const key = at.join();
    if (reached.has(key)) continue;
    reached.add(key);
    // A path that is at its end has selected its node: whatever the other one still has to go, it
    // goes beneath.
    if (at[0] === a.length) overlap.isAtOrBeneath = true;
    if (at[1] === b.length) overlap.isAtOrAbove = true;
    waiting.push(...stepsFrom(a, b, at));
  }
  return overlap;
}

/** Where one step down, the same for both, can lead each of them. */
function stepsFrom(
  a: readonly Segment[],
  b: readonly Segment[],
  [i, j]: readonly [number, number],
): (readonly [number, number])[] {
  const [here, there] = [a[i], b[j]];
  if (here === undefined || there === undefined) return [];
  const steps: (readonly [number, number])[] = [];
  if (canAgree(here, there)) steps.push([i + 1, j + 1]);
  // A descendant segment may let any step pass and wait for a later one.
  if (there.isDescendant) steps.push([i + 1, j]);
  if (here.isDescendant) steps.push([i, j + 1]);
  if (here.isDescendant && there.isDescendant) steps.push([i, j]);
  return steps;
}

function canAgree(here: Segment, there: Segment): boolean {
  return here.selectors.some((a) => there.selectors.some((b) => canBothSelect(a, b)));
}

function canBothSelect(a: Selector, b: Selector): boolean {
  if (selectsNothing(a) || selectsNothing(b)) return false;
  if (a.kind === 'name' && b.kind === 'name') return a.name === b.name;
  // A parent with a member of that name is an object, and one with elements an array.
  if (a.kind === 'name') return !isOfElements(b);
  return b.kind !== 'name' || !isOfElements(a);
}

function isOfElements({ kind }: Selector): boolean {
  return kind === 'index' || kind === 'slice';
}

function canSelect({ selectors }: Segment): boolean {
  return !selectors.every(selectsNothing);
}

/** RFC 9535 section 2.3.4.2: a step of zero selects no element. */
function selectsNothing(selector: Selector): boolean {
  return selector.kind === 'slice' && selector.step === 0;
}
