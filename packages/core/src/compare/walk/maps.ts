import { ABSENT } from '../values/family.ts';
import { mapEntriesOf } from '../values/read.ts';
import { compareElement, reportLeft } from './elements.ts';
import { matchElements } from './matching.ts';
import type { Place } from './place.ts';
import { readBoth } from './read-both.ts';
import type { Pair, Walk } from './walk.ts';

type Entry = readonly [key: unknown, value: unknown];

/**
 * Maps: values under equal keys; primitive keys by value, objects by structure. Insertion order
 * does not count.
 */
export function compareMaps(walk: Walk, pair: Pair): void {
  const entries = readBoth(walk, pair, mapEntriesOf);
  if (entries === undefined) return;
  const [legacy, candidate] = entries;
  compareByKey(walk, pair.place, {
    legacy: new Map(legacy.filter(hasPlainKey)),
    candidate: new Map(candidate.filter(hasPlainKey)),
  });
  compareByStructure(walk, pair.place, {
    legacy: legacy.filter((entry) => !hasPlainKey(entry)),
    candidate: candidate.filter((entry) => !hasPlainKey(entry)),
  });
}

/** Functions go with objects: as a path step their source text would be no help to anyone. */
function hasPlainKey([key]: Entry): boolean {
  return key === null || (typeof key !== 'object' && typeof key !== 'function');
}

function compareByKey(
  walk: Walk,
  place: Place,
  maps: {
    readonly legacy: ReadonlyMap<unknown, unknown>;
    readonly candidate: ReadonlyMap<unknown, unknown>;
  },
): void {
  for (const key of new Set([...maps.legacy.keys(), ...maps.candidate.keys()])) {
    if (walk.isStopped) return;
    const legacy = maps.legacy.has(key) ? maps.legacy.get(key) : ABSENT;
    const candidate = maps.candidate.has(key) ? maps.candidate.get(key) : ABSENT;
    // In a path every key is a name, as it would be in the JSON that maps are usually turned into.
    const name = typeof key === 'symbol' ? key : String(key);
    walk.compare(legacy, candidate, walk.memberPlace(place, name, legacy, candidate));
  }
}

/** Keys that are objects have no name: their entries stand in the path by position. */
function compareByStructure(
  walk: Walk,
  place: Place,
  entries: { readonly legacy: readonly Entry[]; readonly candidate: readonly Entry[] },
): void {
  const keys = {
    legacy: entries.legacy.map(([key]) => key),
    candidate: entries.candidate.map(([key]) => key),
  };
  const values = {
    legacy: entries.legacy.map(([, value]) => value),
    candidate: entries.candidate.map(([, value]) => value),
  };
  // No path selects a key, so no rule applies to one: keys are matched as they are.
  const matching = matchElements(walk, walk.contentPlace(place), keys);
  if (walk.isStopped) return;
  for (const pair of matching.pairs) compareElement(walk, place, values, pair);
  reportLeft(walk, place, values, matching);
}
