/** A value of a document, before it is known what it is. */
export type Json = Readonly<Record<string, unknown>>;

export function isJson(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The members of an object, none where there is no object; inherited ones are not among them. */
export function membersOf(value: unknown): [name: string, value: unknown][] {
  return isJson(value) ? Object.entries(value) : [];
}

export function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

// A reference to a reference is legal; one that never ends is not, and no person writes ten.
const HOPS_MAX = 10;

/**
 * What stands at the end of a `$ref` into the same document; the value itself where it is none, and
 * `undefined` for one that leads nowhere or round in a circle.
 */
export function followed(root: Json, value: unknown): unknown {
  let present = value;
  for (let hop = 0; hop <= HOPS_MAX; hop += 1) {
    if (!isJson(present) || typeof present['$ref'] !== 'string') return present;
    present = at(root, present['$ref']);
  }
  return undefined;
}

/** RFC 6901, as a fragment: `#/components/parameters/Page`. */
function at(root: Json, pointer: string): unknown {
  if (!pointer.startsWith('#/')) return undefined;
  let present: unknown = root;
  for (const piece of pointer.slice(2).split('/')) {
    const name = unescaped(piece);
    const isThere = typeof present === 'object' && present !== null && Object.hasOwn(present, name);
    if (!isThere) return undefined;
    present = (present as Json)[name];
  }
  return present;
}

function unescaped(piece: string): string {
  const text = piece.replaceAll('~1', '/').replaceAll('~0', '~');
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
