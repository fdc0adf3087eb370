import { parseCondition } from './parse-filter.ts';
import { parseInteger, parseString } from './parse-literal.ts';
import type { PathQuery, Segment, Selector } from './path-query.ts';
import { PathReader } from './path-reader.ts';

// RFC 9535's name-first and name-char. Under the u flag half a surrogate pair matches neither
// range.
const SHORTHAND =
  /[A-Z_a-z\u{80}-\u{D7FF}\u{E000}-\u{10FFFF}][0-9A-Z_a-z\u{80}-\u{D7FF}\u{E000}-\u{10FFFF}]*/uy;

const QUOTING = "a name with other characters is written ['like-this']";

/**
 * Parses a JSONPath as RFC 9535 defines it: names, wildcard, indices, slices, unions, descendants,
 * filters with the five standard functions and their type rules. Bounded: a thousand characters, 32
 * levels of nesting. Throws FW_PATH_SYNTAX naming the character and what was expected there.
 * O(length).
 *
 * ```ts
 * parsePath("$.lines[?@.sku == 'A1'].tax").segments.length; // 3
 * ```
 */
export function parsePath(text: string): PathQuery {
  const reader = new PathReader(text);
  reader.expect('$', '"$", where every path starts');
  const segments = parseSegments(reader);
  if (!reader.isAtEnd) throw reader.fail(`".", "..", "[" or the end of the path; ${QUOTING}`);
  return { segments };
}

function parseSegments(reader: PathReader): readonly Segment[] {
  const segments: Segment[] = [];
  for (;;) {
    const before = reader.at;
    reader.skipBlanks();
    const segment = parseSegment(reader);
    if (segment === undefined) {
      // Blanks may stand before a segment, not after the last one: `$.a ` is no path.
      reader.rewind(before);
      return segments;
    }
    segments.push(segment);
  }
}

function parseSegment(reader: PathReader): Segment | undefined {
  if (reader.peek() === '[') return { isDescendant: false, selectors: parseBrackets(reader) };
  if (!reader.take('.')) return undefined;
  const isDescendant = reader.take('.');
  if (isDescendant && reader.peek() === '[')
    return { isDescendant, selectors: parseBrackets(reader) };
  if (reader.take('*')) return { isDescendant, selectors: [{ kind: 'wildcard' }] };
  const name = reader.match(SHORTHAND);
  if (name === '') {
    throw reader.fail(isDescendant ? 'a name, "*" or "["' : `a name or "*"; ${QUOTING}`);
  }
  return { isDescendant, selectors: [{ kind: 'name', name }] };
}

function parseBrackets(reader: PathReader): readonly Selector[] {
  reader.expect('[');
  const selectors: Selector[] = [];
  do {
    reader.skipBlanks();
    selectors.push(parseSelector(reader));
    reader.skipBlanks();
  } while (reader.take(','));
  reader.expect(']', '"," or "]"');
  return selectors;
}

function parseSelector(reader: PathReader): Selector {
  const next = reader.peek();
  if (next === '"' || next === "'") return { kind: 'name', name: parseString(reader) };
  if (reader.take('*')) return { kind: 'wildcard' };
  if (reader.take('?')) {
    reader.skipBlanks();
    return { kind: 'filter', condition: parseCondition(reader, parseSegments) };
  }
  return parseIndexOrSlice(reader);
}

function parseIndexOrSlice(reader: PathReader): Selector {
  const start = parseInteger(reader);
  const afterStart = reader.at;
  reader.skipBlanks();
  if (!reader.take(':')) {
    if (start === undefined) {
      throw reader.fail('a quoted name, "*", an index, a slice or a filter starting with "?"');
    }
    reader.rewind(afterStart);
    return { kind: 'index', index: start };
  }
  const end = parseSliceBound(reader);
  const step = reader.take(':') ? parseSliceBound(reader) : undefined;
  return { kind: 'slice', start: start ?? null, end: end ?? null, step: step ?? 1 };
}

function parseSliceBound(reader: PathReader): number | undefined {
  reader.skipBlanks();
  const bound = parseInteger(reader);
  reader.skipBlanks();
  return bound;
}
