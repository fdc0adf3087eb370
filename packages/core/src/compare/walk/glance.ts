import { JsonNumber, JsonObject } from '../json/json-nodes.ts';

const { getOwnPropertyDescriptor, getOwnPropertySymbols, getPrototypeOf, hasOwn } = Object;

type Fields = Readonly<Record<string, unknown>>;

export interface GlanceSettings {
  readonly depthMax: number;
  readonly areNumbersStrict: boolean;
  /** Both values are data: their properties may simply be read. */
  readonly isData: boolean;
  /** How many values may be looked at; after that nothing is found to be the same any more. */
  readonly valuesMax: number;
}

/**
 * Tells at a glance that two values are the same: equal without any rule, as nearly everything is.
 * It keeps no path, asks no rule and builds nothing, so it costs a tenth of a walk. Where it says
 * no they may still be equal: it knows arrays, plain objects, nodes of JSON and primitives, and
 * gives up at the first difference, at the depth limit, and so at every cycle.
 */
export class Glance {
  readonly #depthMax: number;
  readonly #areNumbersStrict: boolean;
  readonly #isData: boolean;
  #valuesLeft: number;

  constructor({ depthMax, areNumbersStrict, isData, valuesMax }: GlanceSettings) {
    this.#depthMax = depthMax;
    this.#areNumbersStrict = areNumbersStrict;
    this.#isData = isData;
    this.#valuesLeft = valuesMax;
  }

  /**
   * True when the two are the same and reach, `depth` containers down, no deeper than the limit.
   * Throws what a hostile proxy throws.
   */
  isSame(legacy: unknown, candidate: unknown, depth: number): boolean {
    if (legacy === candidate) return legacy !== 0 || this.#isSameZero(legacy, candidate);
    // What is left of primitives that are the same is NaN.
    if (typeof legacy !== 'object' || typeof candidate !== 'object') {
      return Object.is(legacy, candidate);
    }
    if (legacy === null || candidate === null || depth >= this.#depthMax) return false;
    const isArray = Array.isArray(legacy);
    if (isArray !== Array.isArray(candidate)) return false;
    if (isArray) return this.#haveSameItems(legacy, candidate as unknown[], depth + 1);
    const prototype: unknown = getPrototypeOf(legacy);
    if (prototype !== getPrototypeOf(candidate)) return false;
    if (prototype !== Object.prototype && prototype !== null) {
      return this.#areSameNodes(legacy, candidate, depth + 1);
    }
    return this.#isData
      ? this.#haveSameData(legacy as Fields, candidate as Fields, depth + 1)
      : this.#haveSameProperties(legacy, candidate, depth + 1);
  }

  #isSameZero(legacy: unknown, candidate: unknown): boolean {
    return !this.#areNumbersStrict || Object.is(legacy, candidate);
  }

  #haveSameItems(
    legacy: readonly unknown[],
    candidate: readonly unknown[],
    depth: number,
  ): boolean {
    const { length } = legacy;
    if (length !== candidate.length || !this.#spend(length)) return false;
    for (let i = 0; i < length; i += 1) {
      const item = legacy[i];
      const other = candidate[i];
      // A hole reads as undefined and is not the same; few arrays have either.
      if (item === undefined) return false;
      if ((item !== other || item === 0) && !this.isSame(item, other, depth)) return false;
    }
    return true;
  }

  /** Takes half the time of the below, which has a descriptor made of every property. */
  #haveSameData(legacy: Fields, candidate: Fields, depth: number): boolean {
    let surplus = 0;
    for (const key in legacy) {
      if (!hasOwn(candidate, key)) return false;
      const value = legacy[key];
      const other = candidate[key];
      // Most values are primitives and settled here, without a call.
      if ((value !== other || value === 0) && !this.isSame(value, other, depth)) return false;
      surplus += 1;
    }
    return this.#spend(surplus) && surplus === countKeys(candidate);
  }

  /** A getter is not invoked; one side that has it is never the same as another. */
  #haveSameProperties(legacy: object, candidate: object, depth: number): boolean {
    let count = 0;
    for (const key in legacy) {
      const property = getOwnPropertyDescriptor(legacy, key);
      const other = getOwnPropertyDescriptor(candidate, key);
      // Only of data it is said whether they may be written.
      if (property?.writable === undefined || other?.writable === undefined) return false;
      if (!other.enumerable || !this.isSame(property.value, other.value, depth)) return false;
      count += 1;
    }
    if (!this.#spend(count) || count !== countKeys(candidate)) return false;
    return (
      getOwnPropertySymbols(legacy).length === 0 && getOwnPropertySymbols(candidate).length === 0
    );
  }

  #areSameNodes(legacy: object, candidate: object, depth: number): boolean {
    if (legacy instanceof JsonNumber) return legacy.text === (candidate as JsonNumber).text;
    if (!(legacy instanceof JsonObject)) return false;
    const { members, repeated } = legacy;
    const other = candidate as JsonObject;
    if (repeated !== null || other.repeated !== null || members.size !== other.members.size) {
      return false;
    }
    const { keys, values } = members;
    for (let i = 0; i < keys.length; i += 1) {
      const at = other.members.indexOf(keys[i] as string, i);
      if (at < 0 || !this.isSame(values[i], other.members.values[at], depth)) return false;
    }
    return this.#spend(keys.length);
  }

  #spend(values: number): boolean {
    this.#valuesLeft -= values;
    return this.#valuesLeft >= 0;
  }
}

/** How many keys a loop over `value` sees; that of a dictionary or a proxy has no shorter way. */
function countKeys(value: object): number {
  let count = 0;
  for (const _ in value) count += 1;
  return count;
}
