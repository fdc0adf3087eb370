import { ABSENT } from '../values/family.ts';
import type { Members } from '../values/members.ts';
import { dataMembersOf, errorMembersOf, membersOf, repeatedOf } from '../values/read.ts';
import type { Place } from './place.ts';
import { readBoth } from './read-both.ts';
import type { Pair, Walk } from './walk.ts';

/** The names that each side repeats, with all their values. */
type Repeated = readonly [legacy: RepeatedNames, candidate: RepeatedNames];
type RepeatedNames = ReturnType<typeof repeatedOf>;

/** One member; ABSENT where a side lacks it. */
interface Member {
  readonly key: string | symbol;
  readonly legacy: unknown;
  readonly candidate: unknown;
}

/** Plain objects and JSON objects, by name; the order of names does not count. */
export function compareObjects(walk: Walk, pair: Pair): void {
  const members = readBoth(walk, pair, walk.isData ? dataMembersOf : membersOf);
  const repeated = readBoth(walk, pair, repeatedOf);
  if (members === undefined || repeated === undefined) return;
  const hasRepeated = repeated[0] !== null || repeated[1] !== null;
  compareMembers(walk, pair.place, members, hasRepeated ? repeated : null);
}

/**
 * Class instances by their own enumerable properties. What a class hides (private fields, a
 * closure) cannot be seen; an instance that shows nothing at all is asked for its JSON, and failing
 * that is never taken for equal.
 */
export function compareInstances(walk: Walk, pair: Pair): void {
  const members = readBoth(walk, pair, membersOf);
  if (members === undefined) return;
  if (members[0].size + members[1].size > 0) compareMembers(walk, pair.place, members);
  else compareAsJson(walk, pair);
}

/**
 * Errors by message, code, cause, the errors of an aggregate, and own properties; the stack names
 * files, not causes.
 */
export function compareErrors(walk: Walk, pair: Pair): void {
  const members = readBoth(walk, pair, errorMembersOf);
  if (members !== undefined) compareMembers(walk, pair.place, members);
}

function compareMembers(
  walk: Walk,
  place: Place,
  [legacy, candidate]: readonly [Members, Members],
  repeated: Repeated | null = null,
): void {
  let common = 0;
  for (let i = 0; i < legacy.size; i += 1) {
    if (walk.isStopped) return;
    const key = legacy.keys[i] as string | symbol;
    const value = legacy.values[i];
    const at = candidate.indexOf(key, i);
    if (at >= 0) common += 1;
    const other = at < 0 ? ABSENT : candidate.values[at];
    if (repeated === null && walk.isSame(value, other, place)) continue;
    compareMember(walk, place, { key, legacy: value, candidate: other }, repeated);
  }
  if (common === candidate.size) return;
  for (const [key, value] of candidate) {
    if (walk.isStopped) return;
    if (legacy.has(key)) continue;
    compareMember(walk, place, { key, legacy: ABSENT, candidate: value }, repeated);
  }
}

/**
 * A name that occurs equally often on both sides is compared occurrence by occurrence; else that is
 * the difference.
 */
function compareMember(
  walk: Walk,
  place: Place,
  { key, legacy, candidate }: Member,
  repeated: Repeated | null,
): void {
  const at = walk.memberPlace(place, key, legacy, candidate);
  if (repeated === null) {
    walk.compare(legacy, candidate, at);
    return;
  }
  const legacyValues = repeated[0]?.get(key as string) ?? [legacy];
  const candidateValues = repeated[1]?.get(key as string) ?? [candidate];
  if (legacyValues.length === candidateValues.length) {
    legacyValues.forEach((value, i) => walk.compare(value, candidateValues[i], at));
  } else if (legacy === ABSENT || candidate === ABSENT) {
    walk.compare(legacy, candidate, at);
  } else if (!walk.rulingAt(at).isIgnored) {
    walk.report('duplicate-key', at, legacyValues, candidateValues);
  }
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
