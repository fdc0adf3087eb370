import { ABSENT } from '../values/family.ts';
import { setItemsOf } from '../values/read.ts';
import { compareElement, reportLeft } from './elements.ts';
import { matchElements } from './matching.ts';
import type { Place } from './place.ts';
import { readBoth } from './read-both.ts';
import type { Elements, Pair, Walk } from './walk.ts';

/** Sets: as bags of their elements, in which rules beneath the set still count. */
export function compareSets(walk: Walk, pair: Pair): void {
  const items = readBoth(walk, pair, setItemsOf);
  if (items === undefined) return;
  compareBags(walk, pair.place, { legacy: items[0], candidate: items[1] });
}

/**
 * Elements in any order. What finds no equal partner is missing or extra; but if one element is
 * left on each side they are taken for the same one, changed, and compared to show what changed.
 */
export function compareBags(walk: Walk, place: Place, elements: Elements): void {
  const left = matchElements(walk, place, elements);
  if (walk.isStopped) return;
  const [legacy, candidate] = [left.legacy[0], left.candidate[0]];
  const isOneEach = left.legacy.length === 1 && left.candidate.length === 1;
  if (isOneEach && legacy !== undefined && candidate !== undefined) {
    // While probing it is enough that they differ, which matching has shown; comparing them once
    // more at every level of bags within bags would double the work with each.
    if (walk.isProbing) walk.report('missing', place, elements.legacy[legacy], ABSENT);
    else compareElement(walk, place, elements, { legacy, candidate });
  } else {
    reportLeft(walk, place, elements, left);
  }
}
