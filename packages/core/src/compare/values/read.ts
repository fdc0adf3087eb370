import { JsonObject } from '../json/json-nodes.ts';
import { ABSENT, AccessorProperty, type Family, familyOf } from './family.ts';
import { Members } from './members.ts';

/**
 * An error's own properties that matter although they are not enumerable. Never the stack: it names
 * files.
 */
const ERROR_PROPERTIES: readonly string[] = ['message', 'code', 'cause', 'errors'];

/**
 * The elements of an array, holes as {@link ABSENT}. A copy, read once: a proxy or an accessor
 * among the elements could otherwise answer differently each time. Throws what a hostile proxy
 * throws.
 */
export function itemsOf(array: readonly unknown[]): readonly unknown[] {
  const items: unknown[] = [];
  for (let i = 0; i < array.length; i += 1) items.push(itemAt(array, i));
  return items;
}

function itemAt(array: readonly unknown[], index: number): unknown {
  const item = array[index];
  // Only `undefined` can be a hole, so only it pays for the second question.
  return item === undefined && !Object.hasOwn(array, index) ? ABSENT : item;
}

/**
 * The members of a plain object, class instance or JSON object. Throws what a hostile proxy throws.
 */
export function membersOf(value: object): Members {
  if (value instanceof JsonObject) return value.members;
  const members = new Members();
  for (const key of Reflect.ownKeys(value)) {
    const descriptor = Object.getOwnPropertyDescriptor(value, key);
    if (descriptor?.enumerable === true) members.add(key, valueOf(descriptor));
  }
  return members;
}

/** The same of an object whose properties may simply be read, in a third of the time. */
export function dataMembersOf(value: object): Members {
  if (value instanceof JsonObject) return value.members;
  return new Members(Object.keys(value), Object.values(value));
}

/** The names that a JSON object repeats, with all their values; null for everything else. */
export function repeatedOf(value: object): ReadonlyMap<string, readonly unknown[]> | null {
  return value instanceof JsonObject ? value.repeated : null;
}

/**
 * The members of an error: own enumerable properties plus message, code, cause and errors, wherever
 * the class keeps them. Reading may invoke a getter of the class (DOMException has its message
 * there), and throws what that throws.
 */
export function errorMembersOf(error: object): Members {
  const members = new Members();
  for (const [key, value] of membersOf(error)) {
    if (key !== 'name' && key !== 'stack') members.add(key, value);
  }
  for (const key of ERROR_PROPERTIES) {
    if (!members.has(key) && key in error) members.add(key, Reflect.get(error, key));
  }
  return members;
}

/** One member by name, or {@link ABSENT}; what a path inside a filter sees. Never throws. */
export function memberOf(value: unknown, name: string): unknown {
  const family = familyOf(value);
  try {
    return readMember(value as object, family, name);
  } catch {
    return ABSENT;
  }
}

function readMember(value: object, family: Family, name: string): unknown {
  if (value instanceof JsonObject) {
    return value.members.has(name) ? value.members.get(name) : ABSENT;
  }
  if (family === 'map') {
    return Reflect.apply(Map.prototype.has, value, [name])
      ? Reflect.apply(Map.prototype.get, value, [name])
      : ABSENT;
  }
  if (family === 'error') {
    const members = errorMembersOf(value);
    return members.has(name) ? members.get(name) : ABSENT;
  }
  if (family !== 'object' && family !== 'instance') return ABSENT;
  const descriptor = Object.getOwnPropertyDescriptor(value, name);
  return descriptor?.enumerable === true ? valueOf(descriptor) : ABSENT;
}

function valueOf(descriptor: PropertyDescriptor): unknown {
  return 'value' in descriptor ? descriptor.value : new AccessorProperty();
}

/**
 * The entries of a Map, read past any override of its methods. Throws what a hostile proxy throws.
 */
export function mapEntriesOf(map: object): [unknown, unknown][] {
  const entries: [unknown, unknown][] = [];
  const collect = (value: unknown, key: unknown) => entries.push([key, value]);
  Reflect.apply(Map.prototype.forEach, map, [collect]);
  return entries;
}

/** The elements of a Set in insertion order. */
export function setItemsOf(set: object): unknown[] {
  const items: unknown[] = [];
  Reflect.apply(Set.prototype.forEach, set, [(item: unknown) => items.push(item)]);
  return items;
}

/** The bytes of a buffer or of any view on one. Throws when the buffer was transferred away. */
export function bytesOf(value: object): Uint8Array {
  if (ArrayBuffer.isView(value)) {
    return new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
  }
  return new Uint8Array(value as ArrayBuffer);
}
