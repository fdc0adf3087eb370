/** Which effects of both sides belong together, by position in each list. */
export interface Alignment {
  /** The same effect with the same arguments. In the order of legacy. */
  readonly same: readonly (readonly [legacy: number, candidate: number])[];
  /** The same effect with other arguments. */
  readonly changed: readonly (readonly [legacy: number, candidate: number])[];
  readonly missing: readonly number[];
  readonly extra: readonly number[];
}

/** What the alignment asks of two lists of effects. */
export interface EffectLists {
  readonly legacy: readonly { readonly effect: string }[];
  readonly candidate: readonly { readonly effect: string }[];
  /** True for the same effect with the same arguments, under the rules. */
  readonly isSame: (legacy: number, candidate: number) => boolean;
}

// Two lists that have little in common would cost their product. What is not looked for is told as
// missing and as extra, which it then is in all likelihood.
const LOOKS_MAX = 5_000;

/**
 * Pairs the effects of both sides: first those that are the same, the nearest in order first, then
 * of what is left those of one name, in order. At most `LOOKS_MAX` comparisons.
 */
export function alignEffects({ legacy, candidate, isSame }: EffectLists): Alignment {
  let looks = 0;
  const same: [number, number][] = [];
  const freeLegacy = new Set(legacy.keys());
  const freeCandidate = new Set(candidate.keys());
  const pair = (into: [number, number][], l: number, c: number): void => {
    into.push([l, c]);
    freeLegacy.delete(l);
    freeCandidate.delete(c);
  };
  for (const [l, { effect }] of legacy.entries()) {
    const found = [...freeCandidate].find((c) => {
      if (candidate[c]?.effect !== effect || looks >= LOOKS_MAX) return false;
      looks += 1;
      return isSame(l, c);
    });
    if (found !== undefined) pair(same, l, found);
  }
  const changed: [number, number][] = [];
  for (const l of freeLegacy) {
    const found = [...freeCandidate].find((c) => candidate[c]?.effect === legacy[l]?.effect);
    if (found !== undefined) pair(changed, l, found);
  }
  return { same, changed, missing: [...freeLegacy], extra: [...freeCandidate] };
}

/**
 * The pairs that stand out of order: the fewest that would have to move. They are those outside of
 * the longest run of pairs in which both sides rise. O(n log n).
 */
export function outOfOrder(
  pairs: Alignment['same'],
): readonly (readonly [legacy: number, candidate: number])[] {
  // `ends[k]` is the pair that ends the run of length k + 1 with the smallest candidate position.
  const ends: number[] = [];
  const before: number[] = [];
  for (const [at, [, candidate]] of pairs.entries()) {
    const length = lowerBound(ends, (end) => (pairs[end]?.[1] ?? 0) < candidate);
    before[at] = ends[length - 1] ?? -1;
    ends[length] = at;
  }
  const kept = new Set<number>();
  for (let at = ends.at(-1) ?? -1; at >= 0; at = before[at] ?? -1) kept.add(at);
  return pairs.filter((_, at) => !kept.has(at));
}

/** The first position for which `isBelow` no longer holds. */
function lowerBound(items: readonly number[], isBelow: (item: number) => boolean): number {
  let [low, high] = [0, items.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (isBelow(items[middle] as number)) low = middle + 1;
    else high = middle;
  }
  return low;
}
