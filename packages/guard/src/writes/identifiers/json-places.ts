import type { Identifier } from '../../journal/index.ts';
import type { ScalarPath } from './scalar-path.ts';

/** A value in a JSON text that lies where a path leads. */
export interface JsonPlace {
  readonly path: ScalarPath;
  readonly start: number;
  readonly end: number;
  /** `null` for what is no identifier: an object, an array, a boolean. */
  readonly identifier: Identifier | null;
  readonly isNull: boolean;
}

/**
 * Finds values in a JSON text without taking it apart: everything else keeps its bytes, numbers too
 * long for a double included. `null` when the text is not JSON. Repeated members are all found, so
 * that a text which two readers read in two ways shows as ambiguous. O(length).
 */
export function placesIn(text: string, paths: readonly ScalarPath[]): JsonPlace[] | null {
  try {
    JSON.parse(text);
  } catch {
    return null;
  }
  const found: JsonPlace[] = [];
  visit(text, blanksEnd(text, 0), 0, paths, found);
  return found;
}

/** Goes only as deep as the paths do: how deeply a document is nested is its sender's choice. */
function visit(
  text: string,
  at: number,
  depth: number,
  paths: readonly ScalarPath[],
  found: JsonPlace[],
): number {
  const end = valueEnd(text, at);
  for (const path of paths) {
    if (path.steps.length === depth) found.push(placeOf(text, at, end, path));
  }
  const deeper = paths.filter((path) => path.steps.length > depth);
  if (deeper.length === 0) return end;
  if (text[at] === '{') visitMembers(text, at, depth, deeper, found);
  else if (text[at] === '[') visitElements(text, at, depth, deeper, found);
  return end;
}

function visitMembers(
  text: string,
  open: number,
  depth: number,
  paths: readonly ScalarPath[],
  found: JsonPlace[],
): void {
  let at = blanksEnd(text, open + 1);
  while (text[at] !== '}') {
    const nameEnd = stringEnd(text, at);
    const name = JSON.parse(text.slice(at, nameEnd)) as string;
    at = blanksEnd(text, blanksEnd(text, nameEnd) + 1);
    const on = paths.filter(({ steps }) => steps[depth] === name || steps[depth] === null);
    at = blanksEnd(text, visit(text, at, depth + 1, on, found));
    if (text[at] === ',') at = blanksEnd(text, at + 1);
  }
}

function visitElements(
  text: string,
  open: number,
  depth: number,
  paths: readonly ScalarPath[],
  found: JsonPlace[],
): void {
  let at = blanksEnd(text, open + 1);
  for (let index = 0; text[at] !== ']'; index += 1) {
    const on = paths.filter(({ steps }) => steps[depth] === index || steps[depth] === null);
    at = blanksEnd(text, visit(text, at, depth + 1, on, found));
    if (text[at] === ',') at = blanksEnd(text, at + 1);
  }
}

function placeOf(text: string, start: number, end: number, path: ScalarPath): JsonPlace {
  const source = text.slice(start, end);
  const first = source[0] as string;
  let identifier: Identifier | null = null;
  if (first === '"') identifier = { kind: 'string', text: JSON.parse(source) as string };
  else if (first === '-' || (first >= '0' && first <= '9')) {
    identifier = { kind: 'number', text: source };
  }
  return { path, start, end, identifier, isNull: source === 'null' };
}

/** Where the value that begins here ends. The text is known to be JSON. */
function valueEnd(text: string, at: number): number {
  const first = text[at];
  if (first === '"') return stringEnd(text, at);
  if (first !== '{' && first !== '[') {
    let end = at;
    while (end < text.length && !',]} \t\n\r'.includes(text[end] as string)) end += 1;
    return end;
  }
  let open = 0;
  let end = at;
  do {
    const character = text[end];
    if (character === '"') end = stringEnd(text, end) - 1;
    else if (character === '{' || character === '[') open += 1;
    else if (character === '}' || character === ']') open -= 1;
    end += 1;
  } while (open > 0);
  return end;
}

function stringEnd(text: string, at: number): number {
  let end = at + 1;
  while (text[end] !== '"') end += text[end] === '\\' ? 2 : 1;
  return end + 1;
}

function blanksEnd(text: string, from: number): number {
  let at = from;
  while (at < text.length && ' \t\n\r'.includes(text[at] as string)) at += 1;
  return at;
}
