import { ABSENT } from '../values/family.ts';
import type { Place } from './place.ts';
import type { Elements, IndexPair, Walk } from './walk.ts';

/**
 * Compares two elements, or one element with nothing, at the place their indices and lengths give
 * them.
 */
export function compareElement(
  walk: Walk,
  place: Place,
  elements: Elements,
  pair: IndexPair,
): void {
  const legacy = pair.legacy < 0 ? ABSENT : elements.legacy[pair.legacy];
  const candidate = pair.candidate < 0 ? ABSENT : elements.candidate[pair.candidate];
  if (walk.isSame(legacy, candidate, place)) return;
  walk.compare(legacy, candidate, walk.itemPlace(place, elements, pair));
}

/**
 * Reports elements that only legacy has as missing, and those that only the candidate has as extra.
 */
export function reportLeft(
  walk: Walk,
  place: Place,
  elements: Elements,
  left: { readonly legacy: readonly number[]; readonly candidate: readonly number[] },
): void {
  for (const legacy of left.legacy)
    compareElement(walk, place, elements, { legacy, candidate: -1 });
  for (const candidate of left.candidate) {
    compareElement(walk, place, elements, { legacy: -1, candidate });
  }
}
