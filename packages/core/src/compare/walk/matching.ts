import { type IsEqualPair, type Matching, matchBucket } from './bucket.ts';
import { compareElement } from './elements.ts';
import type { Place } from './place.ts';
import { mayReappear } from './reappearance.ts';
import type { Elements, IndexPair, Walk } from './walk.ts';

/** The hash of every element, by index. */
interface Hashes {
  readonly legacy: readonly number[];
  readonly candidate: readonly number[];
}

/**
 * Pairs the elements of two arrays that are equal under the rules, in any order. Only elements of
 * equal hash are compared, so the cost is linear unless rules make all elements look alike; then
 * the budget ends it.
 */
export function matchElements(walk: Walk, place: Place, elements: Elements): Matching {
  return matchHashed(walk, place, elements, {
    legacy: hashesOf(walk, place, elements.legacy),
    candidate: hashesOf(walk, place, elements.candidate),
  });
}

/**
 * True when both arrays hold the same elements from `from` on, in another order. The hashes say no
 * at the first element that has no partner, which is what nearly always happens, so asking is
 * cheap.
 */
export function isReordering(walk: Walk, place: Place, elements: Elements, from: number): boolean {
  // Under rules that single out positions another order is another content.
  const rules = walk.commonItemRules(place);
  if (rules === null) return false;
  if (walk.isFast && !mayReappear(walk, elements, from, rules)) return false;
  const rest = { legacy: elements.legacy.slice(from), candidate: elements.candidate.slice(from) };
  const candidate = hashesOf(walk, place, rest.candidate);
  const counts = new Map<number, number>();
  for (const hash of candidate) counts.set(hash, (counts.get(hash) ?? 0) + 1);
  const legacy: number[] = [];
  for (const value of rest.legacy) {
    const hash = walk.hashOf(value, rules);
    const count = counts.get(hash) ?? 0;
    if (count === 0 || walk.isStopped) return false;
    counts.set(hash, count - 1);
    legacy.push(hash);
  }
  return matchHashed(walk, place, rest, { legacy, candidate }).legacy.length === 0;
}

function matchHashed(walk: Walk, place: Place, elements: Elements, hashes: Hashes): Matching {
  const isEqual: IsEqualPair = (pair) =>
    walk.probe(() => compareElement(walk, place, elements, pair));
  const candidates = bucketsOf(hashes.candidate);
  const pairs: IndexPair[] = [];
  const left = { legacy: [] as number[], candidate: [] as number[] };
  for (const [hash, legacy] of bucketsOf(hashes.legacy)) {
    const matching = matchBucket(legacy, candidates.get(hash) ?? [], isEqual);
    candidates.delete(hash);
    append(pairs, matching.pairs);
    append(left.legacy, matching.legacy);
    append(left.candidate, matching.candidate);
  }
  for (const unmatched of candidates.values()) append(left.candidate, unmatched);
  return { pairs, legacy: left.legacy.sort(ascending), candidate: left.candidate.sort(ascending) };
}

/**
 * Where the rules of an element depend on index, content or side, no hash can be trusted: then all
 * are alike.
 */
function hashesOf(walk: Walk, place: Place, items: readonly unknown[]): number[] {
  const rules = walk.commonItemRules(place);
  return items.map((value) => (rules === null ? 0 : walk.hashOf(value, rules)));
}

function bucketsOf(hashes: readonly number[]): Map<number, number[]> {
  const buckets = new Map<number, number[]>();
  for (const [index, hash] of hashes.entries()) {
    const bucket = buckets.get(hash);
    if (bucket === undefined) buckets.set(hash, [index]);
    else bucket.push(index);
  }
  return buckets;
}

function append<Item>(list: Item[], more: readonly Item[]): void {
  // Not push(...more): a hundred thousand arguments overflow the stack.
  for (const item of more) list.push(item);
}

function ascending(a: number, b: number): number {
  return a - b;
}
