import { decimalKey, parseDecimal } from '../compare/values/decimal.ts';

/** A token, or a part of a document that looks like one. */
const TOKEN = /‹[a-z-]{1,20}:[\da-f]{1,9}›/g;

// Tokens of numbers are powers of ten from here on: no quantity is as large, a double still holds
// the first hundred of them, and no tolerance that anybody would write makes two of them equal.
const NUMBER_EXPONENT = 200;

/**
 * Gives each value of one pair of answers its token: the same value the same one on both sides and
 * wherever it stands, another value another one. Tokens are numbered in the order of appearance, so
 * they hold nothing of what they stand for, and the same value has another number in the next pair:
 * nobody can undo them, nor follow a person from pair to pair. Use one for everything that is kept
 * of a pair, and a new one for the next.
 */
export class RedactionTokens {
  readonly #texts = new Map<string, string>();
  readonly #numbers = new Map<string, NumberToken>();

  /** The token of a text: `‹email:1›`. */
  text(kind: string, value: string): string {
    return this.#tokenOf(kind, `is ${value}`);
  }

  /**
   * The token of a number as written: a number again, such as 1e201. Two spellings of one number
   * have two spellings of one token, so that whoever tells 1.0 from 1.00 still can.
   */
  number(written: string): string {
    const decimal = parseDecimal(written);
    const value = decimal === undefined ? written : decimalKey(decimal);
    const known = this.#numbers.get(value);
    const token = known ?? { exponent: NUMBER_EXPONENT + this.#numbers.size + 1, spellings: [] };
    if (known === undefined) this.#numbers.set(value, token);
    let spelling = token.spellings.indexOf(written);
    if (spelling === -1) spelling = token.spellings.push(written) - 1;
    return `1${spelling === 0 ? '' : `.${'0'.repeat(spelling)}`}e${token.exponent}`;
  }

  /**
   * The text with everything that only looks like a token replaced by a real one. Without it two
   * different documents could become one: one that holds an address, and one that holds the text
   * of its token.
   */
  withoutImpostors(text: string): string {
    if (!text.includes('‹')) return text;
    return text.replace(TOKEN, (found) => this.#tokenOf('text', `looks like ${found}`));
  }

  /** True for a number that could be mistaken for a token. */
  isImpostor(written: string): boolean {
    const decimal = parseDecimal(written);
    return decimal !== undefined && decimal.digits.length + decimal.exponent > NUMBER_EXPONENT;
  }

  #tokenOf(kind: string, value: string): string {
    const known = this.#texts.get(value);
    if (known !== undefined) return known;
    const token = `‹${kind}:${this.#texts.size + 1}›`;
    this.#texts.set(value, token);
    return token;
  }
}

/** A number's place among the tokens, and the ways in which it was written. */
interface NumberToken {
  readonly exponent: number;
  readonly spellings: string[];
}

/** True for a text in which a token stands. */
export function holdsToken(text: string): boolean {
  return text.includes('‹') && text.search(TOKEN) !== -1;
}
