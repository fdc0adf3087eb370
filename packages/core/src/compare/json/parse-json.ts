import type { Budget } from '../budget.ts';
import type { JsonInput } from './both.ts';
import { JsonInvalid, JsonNumber, JsonObject } from './json-nodes.ts';
import { decodeUtf8, malformedAt } from './utf8.ts';

/** An array or object whose end has not been read yet. */
interface OpenContainer {
  readonly node: unknown[] | JsonObject;
  /** The name that the next value of an object belongs to. */
  name: string;
}

/** Stands for a container that was opened and has yet to be filled. */
const OPENED = Symbol('opened');

const NUMBER = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?/y;
const HEX = /[0-9A-Fa-f]{4}/y;
// What may stand in a string as it is: everything but control characters, the quote and the
// backslash.
const PLAIN = /[\x20\x21\x23-\x5b\x5d-\uffff]*/y;

const ESCAPES: Readonly<Record<string, string>> = {
  '"': '"',
  '\\': '\\',
  '/': '/',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
};

/**
 * Parses JSON text (RFC 8259) without losing anything: numbers stay text, repeated names are all
 * kept. Returns a tree of null, booleans, strings, arrays, {@link JsonNumber} and {@link
 * JsonObject}, or {@link JsonInvalid}. Holds open containers on its own stack, so 10^5 levels of
 * nesting are as good as one. Spends one unit of the budget per value; when that runs out it gives
 * up with JsonInvalid, and the caller looks at the budget first. O(length).
 */
export function parseJson(text: string, budget: Budget): unknown {
  return new JsonParser(text, budget).document();
}

/** The same of a document as it came; bytes that are not UTF-8 are no JSON. */
export function parseJsonInput(input: JsonInput, budget: Budget): unknown {
  if (typeof input === 'string') return parseJson(input, budget);
  const malformed = malformedAt(input);
  if (malformed < 0) return parseJson(decodeUtf8(input, 0, input.length), budget);
  return new JsonInvalid(decodeUtf8(input, 0, malformed).length + 1, 'UTF-8');
}

class JsonParser {
  readonly #text: string;
  readonly #budget: Budget;
  readonly #open: OpenContainer[] = [];
  #at: number;
  #invalid: JsonInvalid | null = null;

  constructor(text: string, budget: Budget) {
    this.#text = text;
    this.#budget = budget;
    // RFC 8259 lets a reader ignore a byte order mark; servers on Windows still send one.
    this.#at = text.startsWith('\uFEFF') ? 1 : 0;
  }

  document(): unknown {
    this.#skipBlanks();
    let value = this.#begin();
    // One turn of the loop per finished value: it goes into the innermost open container, which is
    // then either asked for its next value or closed, in which case the container itself is the
    // finished value.
    while (this.#invalid === null) {
      const container = this.#open.at(-1);
      if (container === undefined) break;
      value = this.#place(container, value);
    }
    if (this.#invalid !== null) return this.#invalid;
    this.#skipBlanks();
    return this.#at === this.#text.length ? value : this.#fail('the end of the text');
  }

  /** Puts a finished value where it belongs and goes on to what follows it. */
  #place(container: OpenContainer, value: unknown): unknown {
    // A value that was only opened comes back here once it is complete.
    if (value === OPENED) return this.#first(container);
    const { node } = container;
    if (node instanceof JsonObject) node.add(container.name, value);
    else node.push(value);
    this.#skipBlanks();
    if (this.#take(',')) {
      this.#skipBlanks();
      return this.#nextValue(container);
    }
    return this.#close(node, node instanceof JsonObject ? '"," or "}"' : '"," or "]"');
  }

  /** Right after the opening bracket: either the first value, or the end. */
  #first(container: OpenContainer): unknown {
    const { node } = container;
    this.#skipBlanks();
    const end = node instanceof JsonObject ? '}' : ']';
    return this.#text[this.#at] === end ? this.#close(node, end) : this.#nextValue(container);
  }

  /** Where a value must follow; in an object its name comes first. */
  #nextValue(container: OpenContainer): unknown {
    if (container.node instanceof JsonObject) {
      if (this.#text[this.#at] !== '"') return this.#fail('a name in double quotes');
      container.name = this.#string();
      this.#skipBlanks();
      if (!this.#take(':')) return this.#fail('":"');
      this.#skipBlanks();
    }
    return this.#begin();
  }

  #close(node: unknown[] | JsonObject, expected: string): unknown {
    if (!this.#take(node instanceof JsonObject ? '}' : ']')) return this.#fail(expected);
    this.#open.pop();
    return node;
  }

  /** Reads a scalar whole, or opens a container. */
  #begin(): unknown {
    if (!this.#budget.spend()) return this.#fail('fewer values');
    const next = this.#text[this.#at];
    if (next === '"') return this.#string();
    if (next === '{' || next === '[') {
      this.#at += 1;
      this.#open.push({ node: next === '{' ? new JsonObject() : [], name: '' });
      return OPENED;
    }
    if (this.#take('true')) return true;
    if (this.#take('false')) return false;
    if (this.#take('null')) return null;
    const number = this.#match(NUMBER);
    return number === '' ? this.#fail('a value') : new JsonNumber(number);
  }

  /** Plain runs are taken whole, so a string without escapes is one slice of the text. */
  #string(): string {
    this.#at += 1;
    let text = this.#match(PLAIN);
    while (!this.#take('"')) {
      if (!this.#take('\\')) {
        this.#fail(this.#at === this.#text.length ? 'a closing quote' : 'no control character');
        return '';
      }
      text += this.#escape() + this.#match(PLAIN);
      if (this.#invalid !== null) return '';
    }
    return text;
  }

  /** Half a surrogate pair is allowed, as JSON.parse allows it: it is what the service sent. */
  #escape(): string {
    if (this.#take('u')) {
      const digits = this.#match(HEX);
      if (digits === '') this.#fail('four hexadecimal digits');
      return String.fromCharCode(Number.parseInt(digits, 16));
    }
    const plain = ESCAPES[this.#text[this.#at] ?? ''];
    if (plain === undefined) this.#fail('an escape of JSON');
    this.#at += 1;
    return plain ?? '';
  }

  #take(token: string): boolean {
    if (!this.#text.startsWith(token, this.#at)) return false;
    this.#at += token.length;
    return true;
  }

  #match(sticky: RegExp): string {
    sticky.lastIndex = this.#at;
    // `test` moves lastIndex and builds no match array, which `exec` would do for every token.
    if (!sticky.test(this.#text)) return '';
    const start = this.#at;
    this.#at = sticky.lastIndex;
    return this.#text.slice(start, this.#at);
  }

  #skipBlanks(): void {
    // A loop, not an expression: most calls find no blank at all, and this is half of the parsing
    // time.
    for (;;) {
      const code = this.#text.charCodeAt(this.#at);
      if (code !== 0x20 && code !== 0x0a && code !== 0x0d && code !== 0x09) return;
      this.#at += 1;
    }
  }

  /** The first failure is the one that is reported; those after it are its echo. */
  #fail(expected: string): JsonInvalid {
    this.#invalid ??= new JsonInvalid(this.#at + 1, expected);
    return this.#invalid;
  }
}
