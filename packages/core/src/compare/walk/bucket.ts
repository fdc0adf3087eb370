import type { IndexPair } from './walk.ts';

/**
 * Which elements of two lists are equal to which, and the indices of those that found no partner.
 */
export interface Matching {
  readonly pairs: readonly IndexPair[];
  readonly legacy: readonly number[];
  readonly candidate: readonly number[];
}

export type IsEqualPair = (pair: IndexPair) => boolean;

// Equality under a tolerance is not transitive, so taking the first partner that fits may leave
// another without one; up to this many elements of one hash the best assignment is found. More
// share a hash only under sweeping rules.
const REASSIGNED_MAX = 64;

/**
 * Pairs elements that might all be equal to each other. Linear when they are; quadratic when no two
 * are.
 */
export function matchBucket(
  legacy: readonly number[],
  candidate: readonly number[],
  isEqual: IsEqualPair,
): Matching {
  if (legacy.length + candidate.length > REASSIGNED_MAX) {
    const { partners, unmatched, free } = takeFirstFitting(legacy, candidate, isEqual);
    return { pairs: pairsOf(partners), legacy: unmatched, candidate: free };
  }
  const isEqualOnce = remembered(isEqual);
  const { partners, unmatched, free } = takeFirstFitting(legacy, candidate, isEqualOnce);
  if (unmatched.length > 0 && free.length > 0) {
    return reassigned(legacy, candidate, isEqualOnce, partners);
  }
  return { pairs: pairsOf(partners), legacy: unmatched, candidate: free };
}

/**
 * Asks about each pair once: an element can be a document with bags of its own, and a second
 * question at every level of them would double the work each time.
 */
function remembered(isEqual: IsEqualPair): IsEqualPair {
  const known = new Map<string, boolean>();
  return (pair) => {
    const key = `${pair.legacy},${pair.candidate}`;
    const verdict = known.get(key) ?? isEqual(pair);
    known.set(key, verdict);
    return verdict;
  };
}

/** Each legacy element takes the first candidate that is equal and not yet taken. */
function takeFirstFitting(
  legacy: readonly number[],
  candidate: readonly number[],
  isEqual: IsEqualPair,
): { partners: Map<number, number>; unmatched: number[]; free: number[] } {
  const order = [...candidate];
  const partners = new Map<number, number>();
  const unmatched: number[] = [];
  let taken = 0;
  for (const index of legacy) {
    let at = taken;
    while (at < order.length && !isEqual({ legacy: index, candidate: order[at] ?? -1 })) at += 1;
    const partner = order[at];
    if (partner === undefined) {
      unmatched.push(index);
      continue;
    }
    partners.set(partner, index);
    // Swapped to the front instead of cut out, which would cost the length of the list every time.
    order[at] = order[taken] ?? partner;
    order[taken] = partner;
    taken += 1;
  }
  return { partners, unmatched, free: order.slice(taken) };
}

/**
 * Kuhn's algorithm: whoever found no partner asks for a taken one, whose owner then looks for
 * another, and so on. `partners` maps candidate to legacy.
 */
function reassigned(
  legacy: readonly number[],
  candidate: readonly number[],
  isEqual: IsEqualPair,
  partners: Map<number, number>,
): Matching {
  const findPartner = (index: number, asked: Set<number>): boolean => {
    for (const other of candidate) {
      if (asked.has(other) || !isEqual({ legacy: index, candidate: other })) continue;
      asked.add(other);
      const owner = partners.get(other);
      if (owner === undefined || findPartner(owner, asked)) {
        partners.set(other, index);
        return true;
      }
    }
    return false;
  };
  const matched = new Set(partners.values());
  const unmatched = legacy.filter((index) => !matched.has(index) && !findPartner(index, new Set()));
  return {
    pairs: pairsOf(partners),
    legacy: unmatched,
    candidate: candidate.filter((index) => !partners.has(index)),
  };
}

function pairsOf(partners: ReadonlyMap<number, number>): IndexPair[] {
  return [...partners].map(([candidate, legacy]) => ({ legacy, candidate }));
}
