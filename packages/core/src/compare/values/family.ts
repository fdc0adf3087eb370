import { JsonInvalid, JsonNumber, JsonObject } from '../json/json-nodes.ts';

/** No node on that side: a member that is missing, an element past the end, a hole in an array. */
export const ABSENT: unique symbol = Symbol('absent');

/**
 * An own property with a getter or setter. It is not invoked: a comparison must not start work in
 * the user's code.
 */
export class AccessorProperty {
  readonly isInvoked = false;
}

/** What a value is, as far as comparing goes. Two values of different families differ in type. */
export type Family =
  | 'null'
  | 'undefined'
  | 'absent'
  | 'boolean'
  | 'number'
  | 'bigint'
  | 'string'
  | 'symbol'
  | 'function'
  | 'array'
  | 'object'
  | 'instance'
  | 'map'
  | 'set'
  | 'date'
  | 'regexp'
  | 'bytes'
  | 'boxed'
  | 'error'
  | 'accessor'
  | 'json-invalid'
  | 'unreadable';

const TYPE_NAME_LENGTH_MAX = 60;

/** The family of any value. Never throws: a proxy that throws when looked at is `unreadable`. */
export function familyOf(value: unknown): Family {
  if (value === null) return 'null';
  if (value === ABSENT) return 'absent';
  const type = typeof value;
  if (type !== 'object') return type as Exclude<typeof type, 'object'>;
  try {
    return familyOfObject(value as object);
  } catch {
    return 'unreadable';
  }
}

/** The common shapes first: arrays and plain objects are nearly all there is. */
function familyOfObject(value: object): Family {
  if (Array.isArray(value)) return 'array';
  const prototype: unknown = Object.getPrototypeOf(value);
  if (isPlainPrototype(prototype)) return 'object';
  if (prototype === JsonNumber.prototype) return 'number';
  if (prototype === JsonObject.prototype) return 'object';
  if (prototype === AccessorProperty.prototype) return 'accessor';
  if (prototype === JsonInvalid.prototype) return 'json-invalid';
  return familyOfBuiltin(value) ?? 'instance';
}

/** Objects of another realm have another Object.prototype; they are as plain as ours. */
function isPlainPrototype(prototype: unknown): boolean {
  if (prototype === Object.prototype || prototype === null) return true;
  if (Object.getPrototypeOf(prototype) !== null) return false;
  return Object.hasOwn(prototype as object, 'hasOwnProperty');
}

/**
 * Tags can lie (`Symbol.toStringTag` is anyone's to set) and `instanceof` fails across realms, so
 * the tag only chooses which internal slot is asked for; the slot itself decides.
 */
function familyOfBuiltin(value: object): Family | undefined {
  if (ArrayBuffer.isView(value)) return 'bytes';
  if (value instanceof Error) return 'error';
  switch (Object.prototype.toString.call(value)) {
    case '[object Date]':
      return hasSlot(Date.prototype.getTime, value) ? 'date' : undefined;
    case '[object RegExp]':
      return hasSlot(REGEXP_SOURCE, value) ? 'regexp' : undefined;
    case '[object Map]':
      return hasSlot(Map.prototype.has, value) ? 'map' : undefined;
    case '[object Set]':
      return hasSlot(Set.prototype.has, value) ? 'set' : undefined;
    case '[object ArrayBuffer]':
      return hasSlot(BUFFER_LENGTH, value) ? 'bytes' : undefined;
    case '[object SharedArrayBuffer]':
      return hasSlot(SHARED_LENGTH, value) ? 'bytes' : undefined;
    case '[object Error]':
      return 'error';
    case '[object Number]':
    case '[object String]':
    case '[object Boolean]':
    case '[object BigInt]':
    case '[object Symbol]':
      return unboxed(value) === undefined ? undefined : 'boxed';
    default:
      return undefined;
  }
}

const REGEXP_SOURCE = getterOf(RegExp.prototype, 'source');
const BUFFER_LENGTH = getterOf(ArrayBuffer.prototype, 'byteLength');
// Browsers have it only on pages that are isolated from every other origin.
const SHARED_LENGTH =
  typeof SharedArrayBuffer === 'undefined'
    ? noSuchSlot
    : getterOf(SharedArrayBuffer.prototype, 'byteLength');

/**
 * A built-in getter: it throws for an object without the slot, which makes it the cheapest way to
 * ask.
 */
function getterOf(prototype: object, key: string): () => unknown {
  return Object.getOwnPropertyDescriptor(prototype, key)?.get ?? noSuchSlot;
}

function noSuchSlot(): never {
  throw new TypeError('This engine has no such slot.');
}

/** Asks the built-in method itself: it throws for an object that lacks the slot it needs. */
function hasSlot(method: (...args: never[]) => unknown, value: object): boolean {
  try {
    Reflect.apply(method, value, []);
    return true;
  } catch {
    return false;
  }
}

// Taken from the prototypes now, so that an instance's own valueOf is never the one that runs.
const UNBOXING: readonly (() => unknown)[] = [
  Number.prototype.valueOf,
  String.prototype.valueOf,
  Boolean.prototype.valueOf,
  BigInt.prototype.valueOf,
  Symbol.prototype.valueOf,
];

/** The primitive inside a boxed one; undefined when there is none. */
export function unboxed(value: object): unknown {
  for (const valueOf of UNBOXING) {
    if (hasSlot(valueOf, value)) return Reflect.apply(valueOf, value, []);
  }
  return undefined;
}

// Built-ins have one name in every realm and under every subclass that adds nothing to compare.
const TYPE_NAMES: Partial<Readonly<Record<Family, string>>> = {
  map: 'Map',
  set: 'Set',
  date: 'Date',
  regexp: 'RegExp',
  'json-invalid': 'invalid JSON',
};

const CLASS_FAMILIES: readonly Family[] = ['instance', 'error', 'bytes', 'boxed'];

/**
 * What a person calls the type of `value`: `null`, `number`, `array`, `Map`, `Money`. Never throws.
 */
export function typeNameOf(value: unknown, family: Family = familyOf(value)): string {
  if (CLASS_FAMILIES.includes(family)) return classNameOf(value as object);
  return TYPE_NAMES[family] ?? family;
}

/**
 * The name of the class of an object, read from data properties only; a getter there would be the
 * user's code.
 */
function classNameOf(value: object): string {
  try {
    const prototype: unknown = Object.getPrototypeOf(value);
    const constructor = dataProperty(prototype, 'constructor');
    const name = dataProperty(constructor, 'name');
    return typeof name === 'string' && name !== '' ? name.slice(0, TYPE_NAME_LENGTH_MAX) : 'class';
  } catch {
    return 'class';
  }
}

/** A property as data, from the object or its prototypes; a getter gives undefined, unasked. */
function dataProperty(holder: unknown, key: string): unknown {
  for (let at = holder; at !== null && at !== undefined; at = Object.getPrototypeOf(at)) {
    const descriptor = Object.getOwnPropertyDescriptor(at, key);
    if (descriptor !== undefined) return descriptor.value as unknown;
  }
  return undefined;
}
