import { type FalseworkError, fault } from '../../errors/index.ts';

// Rules are written by people: a thousand characters is already a page of path, and a bound on the
// text bounds everything built from it (segments, selectors, states of the rule trie).
const PATH_LENGTH_MAX = 1_000;

// Parentheses, filters and calls nest through recursion; real filters nest two or three deep.
const NESTING_MAX = 32;

/**
 * The text of a path and how far it was read. Every failure names the character and what was
 * expected there.
 */
export class PathReader {
  readonly #text: string;
  #at = 0;
  #nesting = 0;

  constructor(text: string) {
    this.#text = text;
    if (text.length > PATH_LENGTH_MAX) {
      this.#at = PATH_LENGTH_MAX;
      throw this.fail(`a path of at most ${PATH_LENGTH_MAX} characters`);
    }
  }

  get isAtEnd(): boolean {
    return this.#at >= this.#text.length;
  }

  get at(): number {
    return this.#at;
  }

  /** Goes back to a place read before: used where two readings share a beginning. */
  rewind(at: number): void {
    this.#at = at;
  }

  peek(ahead = 0): string {
    return this.#text[this.#at + ahead] ?? '';
  }

  skip(characters: number): void {
    this.#at += characters;
  }

  /** Reads `token` if it comes next. */
  take(token: string): boolean {
    if (!this.#text.startsWith(token, this.#at)) return false;
    this.#at += token.length;
    return true;
  }

  expect(token: string, expected = `"${token}"`): void {
    if (!this.take(token)) throw this.fail(expected);
  }

  /** Reads what a sticky expression matches here; empty when it does not match. */
  match(sticky: RegExp): string {
    sticky.lastIndex = this.#at;
    const found = sticky.exec(this.#text)?.[0] ?? '';
    this.#at += found.length;
    return found;
  }

  /** RFC 9535 knows four blank characters; a no-break space is not one of them. */
  skipBlanks(): void {
    while (!this.isAtEnd && ' \t\n\r'.includes(this.peek())) this.#at += 1;
  }

  /** Runs `read` one level deeper, refusing a depth that only a generator would write. */
  nested<Result>(read: () => Result): Result {
    this.#nesting += 1;
    if (this.#nesting > NESTING_MAX) throw this.fail(`at most ${NESTING_MAX} levels of nesting`);
    const result = read();
    this.#nesting -= 1;
    return result;
  }

  fail(expected: string, at = this.#at): FalseworkError {
    return fault('FW_PATH_SYNTAX', { path: this.#text, at: at + 1, expected });
  }
}
