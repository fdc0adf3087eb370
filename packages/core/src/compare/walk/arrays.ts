import { itemsOf } from '../values/read.ts';
import { compareBags } from './bags.ts';
import { compareElement, reportLeft } from './elements.ts';
import { compareKeyed } from './keyed.ts';
import { isReordering } from './matching.ts';
import { readBoth } from './read-both.ts';
import type { Elements, Pair, Walk } from './walk.ts';

// Copying an element costs far less than comparing it.
const ITEMS_PER_NODE = 8;

/**
 * Arrays: as the rule says that pairs their elements, else position by position. Own extra
 * properties do not count.
 */
export function compareArrays(walk: Walk, pair: Pair): void {
  const elements = readElements(walk, pair);
  if (elements === undefined) return;
  const { pairing } = pair.ruling;
  if (pairing === 'unordered') compareBags(walk, pair.place, elements);
  else if (pairing !== null) compareKeyed(walk, pair.place, elements, pairing.by);
  else compareInOrder(walk, pair, elements);
}

function readElements(walk: Walk, pair: Pair): Elements | undefined {
  const lists = readBoth(walk, pair, (array) => {
    // A sparse array may claim four thousand million elements; the claim is paid for before it is
    // believed.
    const { length } = array as readonly unknown[];
    return walk.budget.spend(Math.ceil(length / ITEMS_PER_NODE))
      ? itemsOf(array as readonly unknown[])
      : [];
  });
  if (lists === undefined || walk.isStopped) return undefined;
  return { legacy: lists[0], candidate: lists[1] };
}

function compareInOrder(walk: Walk, pair: Pair, elements: Elements): void {
  if (elements.legacy.length === elements.candidate.length) compareAligned(walk, pair, elements);
  else compareTrimmed(walk, pair, elements);
}

/**
 * Equal lengths: element by element. At the first difference it is worth asking whether the rest is
 * the same elements in another order, which is one cause and not one per element.
 */
function compareAligned(walk: Walk, { legacy, candidate, place }: Pair, elements: Elements): void {
  const before = walk.differenceCount;
  const { length } = elements.legacy;
  let isReorderingRuledOut = walk.isProbing;
  for (let i = 0; i < length && !walk.isStopped; i += 1) {
    compareElement(walk, place, elements, { legacy: i, candidate: i });
    if (isReorderingRuledOut || walk.differenceCount === before) continue;
    isReorderingRuledOut = true;
    if (i + 1 < length && walk.refine(() => isReordering(walk, place, elements, i))) {
      walk.forgetAfter(before);
      walk.report('order', place, legacy, candidate);
      return;
    }
  }
}

/**
 * Unequal lengths: the equal head and tail are set aside. If one side then has nothing left, the
 * other's rest was inserted or removed there, and is reported as such; otherwise the arrays differ
 * in length, once. O(n).
 */
function compareTrimmed(walk: Walk, pair: Pair, elements: Elements): void {
  const { legacy, candidate, place } = pair;
  const isEqualAt = (l: number, c: number) =>
    walk.probe(() => compareElement(walk, place, elements, { legacy: l, candidate: c }));
  let head = 0;
  let legacyEnd = elements.legacy.length;
  let candidateEnd = elements.candidate.length;
  while (head < Math.min(legacyEnd, candidateEnd) && isEqualAt(head, head)) head += 1;
  while (Math.min(legacyEnd, candidateEnd) > head && isEqualAt(legacyEnd - 1, candidateEnd - 1)) {
    legacyEnd -= 1;
    candidateEnd -= 1;
  }
  if (walk.isStopped) return;
  if (legacyEnd > head && candidateEnd > head) {
    walk.report('length', place, legacy, candidate);
    return;
  }
  reportLeft(walk, place, elements, {
    legacy: indices(head, legacyEnd),
    candidate: indices(head, candidateEnd),
  });
}

function indices(from: number, end: number): number[] {
  return Array.from({ length: end - from }, (_, i) => from + i);
}
