import { ABSENT } from '../values/family.ts';
import { errorMembersOf, type Members, membersOf, repeatedOf } from '../values/read.ts';
import type { Place } from './place.ts';
import { readBoth } from './read-both.ts';
import type { Pair, Walk } from './walk.ts';

/** Compares one member; ABSENT where a side lacks it. */
type CompareMember = (
  key: string | symbol,
  legacy: unknown,
  candidate: unknown,
  place: Place,
) => void;

/** Plain objects and JSON objects, by name; the order of names does not count. */
export function compareObjects(walk: Walk, pair: Pair): void {
  const members = readBoth(walk, pair, membersOf);
  const repeated = readBoth(walk, pair, repeatedOf);
  if (members === undefined || repeated === undefined) return;
  const hasRepeated = repeated[0] !== null || repeated[1] !== null;
  compareMembers(walk, pair, members, hasRepeated ? repeatedComparer(walk, repeated) : undefined);
}

/**
 * Class instances by their own enumerable properties. What a class hides (private fields, a
 * closure) cannot be seen; an instance that shows nothing at all is asked for its JSON, and failing
 * that is never taken for equal.
 */
export function compareInstances(walk: Walk, pair: Pair): void {
  const members = readBoth(walk, pair, membersOf);
  if (members === undefined) return;
  if (members[0].size + members[1].size > 0) compareMembers(walk, pair, members);
  else compareAsJson(walk, pair);
}

/**
 * Errors by message, code, cause, the errors of an aggregate, and own properties; the stack names
 * files, not causes.
 */
export function compareErrors(walk: Walk, pair: Pair): void {
  const members = readBoth(walk, pair, errorMembersOf);
  if (members !== undefined) compareMembers(walk, pair, members);
}

function compareMembers(
  walk: Walk,
  { place }: Pair,
  [legacyMembers, candidateMembers]: readonly [Members, Members],
  compareMember: CompareMember = (_key, legacy, candidate, at) =>
    walk.compare(legacy, candidate, at),
): void {
  for (const [key, legacy] of legacyMembers) {
    if (walk.isStopped) return;
    const candidate = candidateMembers.has(key) ? candidateMembers.get(key) : ABSENT;
    compareMember(key, legacy, candidate, walk.memberPlace(place, key, legacy, candidate));
  }
  for (const [key, candidate] of candidateMembers) {
    if (walk.isStopped) return;
    if (legacyMembers.has(key)) continue;
    compareMember(key, ABSENT, candidate, walk.memberPlace(place, key, ABSENT, candidate));
  }
}

type Repeated = ReadonlyMap<string, readonly unknown[]> | null;

/**
 * A name that occurs equally often on both sides is compared occurrence by occurrence; else that is
 * the difference.
 */
function repeatedComparer(
  walk: Walk,
  [legacyRepeated, candidateRepeated]: readonly [Repeated, Repeated],
): CompareMember {
  return (key, legacy, candidate, place) => {
    const legacyValues = legacyRepeated?.get(key as string) ?? [legacy];
    const candidateValues = candidateRepeated?.get(key as string) ?? [candidate];
    if (legacyValues.length === candidateValues.length) {
      legacyValues.forEach((value, i) => walk.compare(value, candidateValues[i], place));
    } else if (legacy === ABSENT || candidate === ABSENT) {
      walk.compare(legacy, candidate, place);
    } else if (!walk.rulingAt(place).isIgnored) {
      walk.report('duplicate-key', place, legacyValues, candidateValues);
    }
  };
}

function compareAsJson(walk: Walk, pair: Pair): void {
  const { legacy, candidate, place } = pair;
  const [legacyJson, candidateJson] = [jsonOf(legacy), jsonOf(candidate)];
  if (legacyJson === undefined || candidateJson === undefined) {
    walk.report('opaque', place, legacy, candidate);
    return;
  }
  if (Object.is(legacyJson, candidateJson)) return;
  // The rules of the place go on counting, so that an instant rule reaches the text of a
  // Temporal.Instant; but custom rules and pairings were meant for the instance.
  const ruling = { ...pair.ruling, isSame: null, pairing: null };
  walk.compareContent({
    legacy: legacyJson,
    candidate: candidateJson,
    place: walk.contentPlace(place),
    ruling,
  });
}

/**
 * What the class itself says it is in JSON, as URL and Temporal do; undefined when it says nothing,
 * or throws.
 */
function jsonOf(value: unknown): unknown {
  try {
    const toJson: unknown = Reflect.get(value as object, 'toJSON');
    return typeof toJson === 'function' ? Reflect.apply(toJson, value, ['']) : undefined;
  } catch {
    return undefined;
  }
}
