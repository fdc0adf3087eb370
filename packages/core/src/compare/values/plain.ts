import { JsonNumber, JsonObject } from '../json/json-nodes.ts';
import { ABSENT } from './family.ts';
import { isSameNumber } from './numbers.ts';

// A custom rule that needs more than this is looking at a document, not at a value; it then fails
// as a rule.
const DEPTH_MAX = 500;

/**
 * A node of a parsed JSON text as JSON.parse would give it, for the user's function; undefined
 * where there is none. Whole numbers that would come back from a double with other digits become
 * bigints. Throws RangeError on nodes nested deeper than 500. O(size).
 */
export function plainJson(node: unknown, depth = 0): unknown {
  if (depth > DEPTH_MAX) throw new RangeError('The document is nested too deep for a custom rule.');
  if (node === ABSENT) return undefined;
  if (node instanceof JsonNumber) return plainNumber(node);
  if (Array.isArray(node)) return node.map((item) => plainJson(item, depth + 1));
  return node instanceof JsonObject ? plainObject(node, depth) : node;
}

function plainObject(node: JsonObject, depth: number): object {
  const plain = {};
  for (const [name, member] of node.members) {
    // Assigning __proto__ would set the prototype; defining it makes it the member that the
    // document has.
    Object.defineProperty(plain, name, {
      value: plainJson(member, depth + 1),
      enumerable: true,
      configurable: true,
      writable: true,
    });
  }
  return plain;
}

function plainNumber(node: JsonNumber): number | bigint {
  const double = Number(node.text);
  const isWholeLiteral = /^-?[0-9]+$/.test(node.text);
  return isWholeLiteral && !isSameNumber(node, double) ? BigInt(node.text) : double;
}
