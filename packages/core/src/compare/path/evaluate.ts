import type { Budget } from '../budget.ts';
import { ABSENT, type Family, familyOf } from '../values/family.ts';
import {
  errorMembersOf,
  itemsOf,
  mapEntriesOf,
  memberOf,
  membersOf,
  setItemsOf,
} from '../values/read.ts';
import type { FilterQuery, Segment, Selector, SliceSelector } from './path-query.ts';

/** The document a filter is evaluated in, and the work it may do there. */
export interface FilterScope {
  readonly root: unknown;
  readonly budget: Budget;
}

/**
 * Decides a filter selector for one child; handed in, because filters contain paths and paths
 * contain filters.
 */
export type FilterTest = (selector: Selector, child: unknown, scope: FilterScope) => boolean;

/**
 * The nodes that a path inside a filter selects, in the order and with the repetitions RFC 9535
 * asks for (`count` counts them). Spends from the scope's budget; when that is gone the list is cut
 * short and the caller's comparison ends as incomplete.
 */
export function selectNodes(
  query: FilterQuery,
  node: unknown,
  scope: FilterScope,
  test: FilterTest,
): readonly unknown[] {
  let nodes: unknown[] = [query.from === '$' ? scope.root : node];
  for (const segment of query.segments) {
    nodes = nodes.flatMap((from) => selectSegment(segment, from, scope, test));
  }
  return nodes;
}

function selectSegment(
  segment: Segment,
  node: unknown,
  scope: FilterScope,
  test: FilterTest,
): unknown[] {
  if (!segment.isDescendant) return selectChildren(segment, node, scope, test);
  const found: unknown[] = [];
  // Depth first, children in order, on a stack of our own: a document may be deeper than the call
  // stack. What was seen is not entered again, because a JavaScript value may contain itself.
  const waiting = [node];
  const seen = new Set<unknown>();
  while (waiting.length > 0 && scope.budget.spend()) {
    const next = waiting.pop();
    if (typeof next === 'object' && next !== null) {
      if (seen.has(next)) continue;
      seen.add(next);
    }
    for (const node of selectChildren(segment, next, scope, test)) found.push(node);
    for (const child of childrenOf(next, scope).reverse()) waiting.push(child);
  }
  return found;
}

function selectChildren(
  segment: Segment,
  node: unknown,
  scope: FilterScope,
  test: FilterTest,
): unknown[] {
  return segment.selectors.flatMap((selector) => selectOne(selector, node, scope, test));
}

function selectOne(
  selector: Selector,
  node: unknown,
  scope: FilterScope,
  test: FilterTest,
): unknown[] {
  if (!scope.budget.spend()) return [];
  switch (selector.kind) {
    case 'name':
      return present(memberOf(node, selector.name));
    case 'wildcard':
      return childrenOf(node, scope);
    case 'index':
      return present(elementOf(node, selector.index));
    case 'slice':
      return familyOf(node) === 'array' ? sliceOf(childrenOf(node, scope), selector) : [];
    case 'filter':
      return childrenOf(node, scope).filter((child) => test(selector, child, scope));
  }
}

/** JavaScript's `undefined` is no JSON value: a filter sees nothing there. */
function present(value: unknown): unknown[] {
  return value === undefined || value === ABSENT ? [] : [value];
}

function elementOf(node: unknown, index: number): unknown {
  if (familyOf(node) !== 'array') return ABSENT;
  try {
    return (node as readonly unknown[]).at(index);
  } catch {
    return ABSENT;
  }
}

/**
 * True when `index` lies in the slice of an array of `length` elements (RFC 9535 section 2.3.4.2).
 * O(1).
 */
export function isInSlice(index: number, length: number, slice: SliceSelector): boolean {
  const { step } = slice;
  if (step === 0) return false;
  const { first, end } = sliceBounds(length, slice);
  if (step > 0) return index >= first && index < end && (index - first) % step === 0;
  return index <= first && index > end && (first - index) % -step === 0;
}

function sliceOf(items: readonly unknown[], slice: SliceSelector): unknown[] {
  const inOrder = items.filter((_, index) => isInSlice(index, items.length, slice));
  return slice.step < 0 ? inOrder.reverse() : inOrder;
}

function sliceBounds(length: number, slice: SliceSelector): { first: number; end: number } {
  const isForward = slice.step > 0;
  const [lowest, highest] = isForward ? [0, length] : [-1, length - 1];
  const place = (bound: number | null, otherwise: number): number => {
    if (bound === null) return otherwise;
    const fromStart = bound >= 0 ? bound : length + bound;
    return Math.min(Math.max(fromStart, lowest), highest);
  };
  return isForward
    ? { first: place(slice.start, 0), end: place(slice.end, length) }
    : { first: place(slice.start, length - 1), end: place(slice.end, -1) };
}

/**
 * All children of a node, as a fresh list; empty for what has none, cannot be read, or costs too
 * much.
 */
export function childrenOf(node: unknown, scope: FilterScope): unknown[] {
  try {
    const children = readChildren(node, scope.budget);
    return scope.budget.spend(children.length) ? children : [];
  } catch {
    return [];
  }
}

function readChildren(node: unknown, budget: Budget): unknown[] {
  const family = familyOf(node);
  if (family === 'array') return readElements(node as readonly unknown[], budget);
  return CHILDREN[family]?.(node as object) ?? [];
}

const CHILDREN: Partial<Readonly<Record<Family, (node: object) => unknown[]>>> = {
  object: (node) => [...membersOf(node).values],
  instance: (node) => [...membersOf(node).values],
  error: (node) => [...errorMembersOf(node).values],
  map: (node) => mapEntriesOf(node).map(([, value]) => value),
  set: setItemsOf,
};

/**
 * A sparse array may claim four thousand million elements; the claim is paid for before it is
 * believed.
 */
function readElements(array: readonly unknown[], budget: Budget): unknown[] {
  if (!budget.spend(array.length)) return [];
  return [...itemsOf(array)];
}
