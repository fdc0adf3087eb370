import { isAnyNumber, numberKey } from '../values/numbers.ts';
import { memberOf } from '../values/read.ts';
import { compareElement, reportLeft } from './elements.ts';
import type { Place } from './place.ts';
import type { Elements, Walk } from './walk.ts';

/** The elements of one side by key, and those without one. */
interface Groups {
  readonly byKey: ReadonlyMap<string, readonly number[]>;
  readonly unkeyed: readonly number[];
}

/**
 * Arrays as maps by the field `by`. Elements of one key meet wherever they stand; their order is no
 * matter. A key that occurs equally often on both sides is compared occurrence by occurrence, else
 * that is the difference; the same goes for elements without the key. Never throws: an element need
 * not even be an object.
 */
export function compareKeyed(walk: Walk, place: Place, elements: Elements, by: string): void {
  if (walk.isFast && compareInOrder(walk, place, elements, by)) return;
  const legacy = groupsOf(elements.legacy, by);
  const candidate = groupsOf(elements.candidate, by);
  for (const [key, indices] of legacy.byKey) {
    if (walk.isStopped) return;
    compareGroup(walk, place, elements, {
      legacy: indices,
      candidate: candidate.byKey.get(key) ?? [],
    });
  }
  for (const [key, indices] of candidate.byKey) {
    if (walk.isStopped) return;
    if (!legacy.byKey.has(key))
      reportLeft(walk, place, elements, { legacy: [], candidate: indices });
  }
  compareUnkeyed(walk, place, elements, { legacy: legacy.unkeyed, candidate: candidate.unkeyed });
}

/**
 * The same where equal keys stand opposite each other anyway, as they nearly always do; false, and
 * nothing compared, where they do not. Elements that are the same have the same key, so only those
 * that are not need be asked.
 */
function compareInOrder(walk: Walk, place: Place, elements: Elements, by: string): boolean {
  const { legacy, candidate } = elements;
  if (legacy.length !== candidate.length) return false;
  const unlike: number[] = [];
  for (let i = 0; i < legacy.length; i += 1) {
    if (walk.isSame(legacy[i], candidate[i], place)) continue;
    const key = memberOf(legacy[i], by);
    if (typeof key !== 'string' || key !== memberOf(candidate[i], by)) return false;
    unlike.push(i);
  }
  // Elements of one key are compared one after the other, wherever they stand.
  const last = unlike.at(-1) ?? 0;
  if (unlike.length > 1 && hasRepeatedKeys(legacy.slice(0, last + 1), by)) return false;
  for (const i of unlike) {
    const at = walk.itemPlace(place, elements, { legacy: i, candidate: i });
    walk.compare(legacy[i], candidate[i], at);
  }
  return true;
}

function hasRepeatedKeys(items: readonly unknown[], by: string): boolean {
  return new Set(items.map((item) => memberOf(item, by))).size < items.length;
}

/** The elements of one key, or those of none. */
interface Group {
  readonly legacy: readonly number[];
  readonly candidate: readonly number[];
}

function compareGroup(walk: Walk, place: Place, elements: Elements, group: Group): void {
  const [legacy, candidate] = [group.legacy[0], group.candidate[0]];
  if (legacy === undefined || candidate === undefined) {
    reportLeft(walk, place, elements, group);
  } else if (group.legacy.length === group.candidate.length) {
    compareInTurn(walk, place, elements, group);
  } else {
    // Which occurrence answers which cannot be known, so the key is one difference, not several.
    const at = walk.itemPlace(place, elements, { legacy, candidate });
    if (walk.rulingAt(at).isIgnored) return;
    walk.report('duplicate-key', at, ...pick(elements, group));
  }
}

/** Without a key there is only the order to go by; and without equally many, not even that. */
function compareUnkeyed(walk: Walk, place: Place, elements: Elements, group: Group): void {
  if (group.legacy.length === group.candidate.length) {
    compareInTurn(walk, place, elements, group);
  } else {
    walk.report('missing-key', place, ...pick(elements, group));
  }
}

function compareInTurn(walk: Walk, place: Place, elements: Elements, group: Group): void {
  group.legacy.forEach((legacy, i) => {
    compareElement(walk, place, elements, { legacy, candidate: group.candidate[i] ?? -1 });
  });
}

function pick(elements: Elements, group: Group): [legacy: unknown[], candidate: unknown[]] {
  return [
    group.legacy.map((index) => elements.legacy[index]),
    group.candidate.map((index) => elements.candidate[index]),
  ];
}

function groupsOf(items: readonly unknown[], by: string): Groups {
  const byKey = new Map<string, number[]>();
  const unkeyed: number[] = [];
  items.forEach((item, index) => {
    const key = keyText(memberOf(item, by));
    if (key === undefined) unkeyed.push(index);
    else if (byKey.has(key)) byKey.get(key)?.push(index);
    else byKey.set(key, [index]);
  });
  return { byKey, unkeyed };
}

/**
 * Text and type of a key, so that 1 and "1" stay two keys while 1 and 1.0 are one; undefined when
 * it is no key.
 */
function keyText(key: unknown): string | undefined {
  if (typeof key === 'string') return `s${key}`;
  if (isAnyNumber(key)) return `n${numberKey(key)}`;
  return typeof key === 'boolean' ? `b${key}` : undefined;
}
