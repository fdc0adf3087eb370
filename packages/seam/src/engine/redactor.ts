import { murmur3 } from '@falsework/core/text';
import { isSecretName, namesOnPath } from './secret-names.ts';

/**
 * Takes secrets out of examples before they are kept. Pure: the same text and salt give the same
 * result.
 */
export interface Redactor {
  /**
   * The text with everything that looks like a secret replaced by `‹kind:xxxx›` and cut to a length
   * for people. The four digits are the same for the same secret, so that one can still see whether
   * two sides had the same one. `path` is where the text stands: beneath a name such as `password`
   * all of it is secret.
   */
  readonly redact: (text: string, path?: string) => string;
}

/** What an example may be long at most, and how much of a longer text is looked at. */
const LENGTH_MAX = 200;
const WINDOW_MAX = 2_000;

// What says "there is nothing here" is no secret, and often the very difference.
const NOTHING = new Set(['absent', 'null', 'undefined', 'true', 'false', '""', "''", '']);

interface Pattern {
  readonly kind: string;
  /** Every repetition is bounded, so that no text makes a search quadratic. */
  readonly shape: RegExp;
  /** A second look where the shape alone says too little. */
  readonly isMeant?: (found: string) => boolean;
}

const PATTERNS: readonly Pattern[] = [
  { kind: 'token', shape: /\b(?:Bearer|Basic)\s{1,4}[\w.~+/=-]{8,2000}/gi },
  { kind: 'token', shape: /\beyJ[\w-]{5,2000}\.[\w-]{5,2000}\.?[\w-]{0,2000}/g },
  { kind: 'token', shape: /\b(?:[spr]k_(?:live|test)|gh[pousr]|xox[abprs])[_-][\w-]{8,500}/g },
  { kind: 'token', shape: /\bA[KS]IA[A-Z\d]{16}\b/g },
  { kind: 'secret', shape: /-----BEGIN [A-Z ]{0,30}PRIVATE KEY-----[\s\S]{0,2000}/g },
  { kind: 'secret', shape: /(?<=:\/\/)[^\s/@:]{1,100}:[^\s/@]{1,200}(?=@)/g },
  { kind: 'email', shape: /[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,5}/g },
  { kind: 'card', shape: /(?<!\d)[2-6]\d{3}(?:[ -]?\d){9,15}(?!\d)/g, isMeant: isLuhn },
  { kind: 'hex', shape: /\b[\da-f]{32,2000}\b/gi },
  { kind: 'secret', shape: /[\w+/-]{32,2000}={0,2}/g, isMeant: looksRandom },
];

/**
 * Makes a redactor. The salt keeps the four digits from being looked up in a table made elsewhere:
 * choose it at random per process, or per store where examples of several processes are to be
 * compared.
 */
export function createRedactor({ salt }: { readonly salt: string }): Redactor {
  const mask = (kind: string, secret: string): string =>
    `‹${kind}:${(murmur3(`${salt}\0${secret}`) & 0xffff).toString(16).padStart(4, '0')}›`;
  return {
    redact: (text, path = '') => {
      if (namesOnPath(path).some(isSecretName))
        return NOTHING.has(text) ? text : mask('secret', text);
      let shown = maskNamed(windowOf(text), mask);
      for (const { kind, shape, isMeant } of PATTERNS) {
        shown = shown.replace(shape, (found) =>
          isMeant === undefined || isMeant(found) ? mask(kind, found) : found,
        );
      }
      return shown.length > LENGTH_MAX
        ? `${shown.slice(0, LENGTH_MAX - 1).toWellFormed()}…`
        : shown;
    },
  };
}

/**
 * The part that is looked at. A secret cut in half matches no pattern, so the last word of a cut
 * text goes too.
 */
function windowOf(text: string): string {
  const isCut = text.length > WINDOW_MAX || /…"?$/.test(text);
  return isCut ? `${text.slice(0, WINDOW_MAX).replace(/[\w.+/=@:-]{0,2000}…?"?$/, '')}…` : text;
}

/**
 * Masks what stands after a secret name inside the text: `"password":"…"`, `token=…`, `Cookie: …`.
 */
function maskNamed(text: string, mask: (kind: string, secret: string) => string): string {
  const named = /(\\?["']?)([\w.-]{1,64})\1\s{0,4}[:=]\s{0,4}/g;
  let shown = '';
  let from = 0;
  for (let found = named.exec(text); found !== null; found = named.exec(text)) {
    const name = found[2] ?? '';
    const start = found.index + found[0].length;
    if (!isSecretName(name)) continue;
    const end = endOfValue(text, start);
    const value = text.slice(start, end);
    shown += text.slice(from, start) + (NOTHING.has(value) ? value : mask('secret', value));
    from = end;
    named.lastIndex = end;
  }
  return shown + text.slice(from);
}

/**
 * Where the value that begins at `start` ends: after its closing quote or bracket, or before the
 * next separator.
 */
function endOfValue(text: string, start: number): number {
  // JSON inside a JSON string: its quotes are escaped.
  if (text.startsWith('\\"', start)) return indexAfter(text, '\\"', start + 2);
  const open = text.charAt(start);
  if (open === '"' || open === "'") return indexAfterString(text, start);
  if (open === '{' || open === '[') return indexAfterBrackets(text, start);
  const end = text.slice(start).search(/[,&"'\]}\n]/);
  return end === -1 ? text.length : start + end;
}

function indexAfter(text: string, mark: string, from: number): number {
  const at = text.indexOf(mark, from);
  return at === -1 ? text.length : at + mark.length;
}

function indexAfterString(text: string, start: number): number {
  const quote = text.charAt(start);
  for (let i = start + 1; i < text.length; i += 1) {
    if (text.charAt(i) === '\\') i += 1;
    else if (text.charAt(i) === quote) return i + 1;
  }
  return text.length;
}

function indexAfterBrackets(text: string, start: number): number {
  let depth = 0;
  for (let i = start; i < text.length; i += 1) {
    const c = text.charAt(i);
    if (c === '"') i = indexAfterString(text, i) - 1;
    else if (c === '{' || c === '[') depth += 1;
    else if (c === '}' || c === ']') depth -= 1;
    if (depth === 0) return i + 1;
  }
  return text.length;
}

/** The check digit of card numbers. Rules out nine of ten numbers that are long by chance. */
function isLuhn(found: string): boolean {
  let sum = 0;
  [...found.replace(/\D/g, '')].reverse().forEach((digit, i) => {
    const doubled = Number(digit) * (i % 2 === 0 ? 1 : 2);
    sum += doubled > 9 ? doubled - 9 : doubled;
  });
  return sum % 10 === 0;
}

/**
 * Tells keys from long names. Both have small and capital letters and digits; but a name has few
 * digits, and words of five letters and more, which three of a hundred random keys of this length
 * have by chance together.
 */
function looksRandom(found: string): boolean {
  if (!/[a-z]/.test(found) || !/[A-Z]/.test(found)) return false;
  const digits = found.replace(/\D/g, '').length;
  return digits >= 3 || (digits > 0 && !/[a-z]{5}/.test(found));
}
