import { type JsonInvalid, JsonObject } from '../json/json-nodes.ts';
import { cut } from './cut.ts';
import { ABSENT, AccessorProperty, familyOf, typeNameOf, unboxed } from './family.ts';
import { type AnyNumber, numberText } from './numbers.ts';
import { bytesOf, mapEntriesOf, setItemsOf } from './read.ts';

// A reader of a difference wants to recognise a subtree, not to read it.
const DEPTH_MAX = 3;
const CHILDREN_MAX = 20;
const BYTES_MAX = 16;

// Stands for what is not shown inside a subtree.
const MORE = '…';

/**
 * One side of a difference as text of at most `lengthMax` characters: JSON where JSON can say it,
 * numbers as written, `absent` for nothing, subtrees cut short. Never throws, and never reads more
 * of a subtree than it shows.
 */
export function show(value: unknown, lengthMax: number): string {
  return cut(showNode(value, 0, lengthMax), lengthMax);
}

function showNode(value: unknown, depth: number, lengthMax: number): string {
  try {
    return showByFamily(value, depth, lengthMax);
  } catch {
    return 'unreadable';
  }
}

function showByFamily(value: unknown, depth: number, lengthMax: number): string {
  const family = familyOf(value);
  switch (family) {
    case 'string':
      return showText(value as string, lengthMax);
    case 'number':
      // String(-0) is "0", which would show a difference between 0 and -0 as none.
      return Object.is(value, -0) ? '-0' : numberText(value as AnyNumber);
    case 'bigint':
      return `${value}n`;
    case 'boolean':
    case 'symbol':
      return String(value);
    case 'function':
      return `function ${showName(value)}`.trimEnd();
    case 'array':
      return `[${showItems(value as readonly unknown[], depth, lengthMax)}]`;
    case 'object':
      return `{${showMembers(value as object, depth, lengthMax)}}`;
    case 'instance':
      return `${typeNameOf(value, family)} {${showMembers(value as object, depth, lengthMax)}}`;
    case 'map':
      return `Map {${showEntries(mapEntriesOf(value as object), { depth, lengthMax })}}`;
    case 'set':
      return `Set [${showItems(setItemsOf(value as object), depth, lengthMax)}]`;
    case 'date':
      return showDate(Reflect.apply(Date.prototype.getTime, value, []));
    case 'regexp':
      return Reflect.apply(RegExp.prototype.toString, value, []);
    case 'bytes':
      return showBytes(value as object);
    case 'boxed':
      return `${typeNameOf(value)}(${showNode(unboxed(value as object), depth, lengthMax)})`;
    case 'error':
      return showError(value as Error);
    case 'json-invalid':
      return showInvalid(value as JsonInvalid);
    case 'null':
    case 'undefined':
    case 'absent':
    case 'accessor':
    case 'unreadable':
      return family;
  }
}

function showInvalid({ at, expected }: JsonInvalid): string {
  return `not JSON from character ${at}: expected ${expected}`;
}

function showText(text: string, lengthMax: number): string {
  // Cut before quoting: quoting a megabyte to keep two hundred characters would be waste. Two are
  // for the quotes.
  const kept = cut(text, Math.max(1, lengthMax - 2));
  return JSON.stringify(kept);
}

/** Read as data, because `name` may be a getter of the user's. */
function showName(fn: unknown): string {
  const name: unknown = Object.getOwnPropertyDescriptor(fn, 'name')?.value;
  return typeof name === 'string' ? name : '';
}

function showDate(time: number): string {
  return Number.isNaN(time) ? 'Invalid Date' : new Date(time).toISOString();
}

function showBytes(value: object): string {
  const bytes = bytesOf(value);
  const shown = Array.from(bytes.subarray(0, BYTES_MAX), (byte) =>
    byte.toString(16).padStart(2, '0'),
  );
  const more = bytes.length > BYTES_MAX ? MORE : '';
  return `${typeNameOf(value)}(${bytes.length}) ${shown.join('')}${more}`.trimEnd();
}

function showError(error: Error): string {
  const { name, message, code } = error as Error & { readonly code?: unknown };
  const codeText = typeof code === 'string' || typeof code === 'number' ? ` [${code}]` : '';
  return `${String(name)}${codeText}: ${String(message)}`;
}

/** By index and not by iterating: a sparse array's holes are shown, and only those within reach. */
function showItems(items: readonly unknown[], depth: number, lengthMax: number): string {
  if (depth >= DEPTH_MAX) return items.length === 0 ? '' : MORE;
  const shown: string[] = [];
  for (let i = 0; i < Math.min(items.length, CHILDREN_MAX); i += 1) {
    shown.push(showNode(i in items ? items[i] : ABSENT, depth + 1, lengthMax));
  }
  return joined(shown, items.length, lengthMax);
}

/**
 * The first members of an object, read no further than they are shown; getters are named, not
 * invoked.
 */
function showMembers(value: object, depth: number, lengthMax: number): string {
  if (value instanceof JsonObject) return showEntries([...value.members], { depth, lengthMax });
  const keys = Reflect.ownKeys(value);
  const entries = keys.slice(0, CHILDREN_MAX).flatMap((key) => {
    const descriptor = Object.getOwnPropertyDescriptor(value, key);
    if (descriptor?.enumerable !== true) return [];
    return [[key, 'value' in descriptor ? descriptor.value : new AccessorProperty()] as const];
  });
  // Keys beyond those shown count as members without being asked whether they are enumerable.
  const hidden = Math.max(0, keys.length - CHILDREN_MAX);
  return showEntries(entries, { depth, lengthMax, total: entries.length + hidden });
}

function showEntries(
  entries: readonly (readonly [key: unknown, value: unknown])[],
  {
    depth,
    lengthMax,
    total = entries.length,
  }: { depth: number; lengthMax: number; total?: number },
): string {
  if (depth >= DEPTH_MAX) return total === 0 ? '' : MORE;
  const shown = entries.slice(0, CHILDREN_MAX).map(([key, value]) => {
    const name = showNode(key, depth + 1, lengthMax);
    return `${name}:${showNode(value, depth + 1, lengthMax)}`;
  });
  return joined(shown, total, lengthMax);
}

/** Joins what fits and says how many children there are in all when some are left out. */
function joined(shown: readonly string[], total: number, lengthMax: number): string {
  let text = '';
  for (const [i, child] of shown.entries()) {
    if (text.length + child.length > lengthMax) return `${text}${MORE} ${total} in all`;
    text += i === 0 ? child : `,${child}`;
  }
  return shown.length < total ? `${text},${MORE} ${total} in all` : text;
}
