import { remembered } from '../remembered.ts';

/**
 * One step from a node to its child: a member's name, an element's index, or a symbol key of a
 * JavaScript object.
 */
export type PathStep = string | number | symbol;

const SHORTHAND_NAME =
  /^[A-Z_a-z\u{80}-\u{D7FF}\u{E000}-\u{10FFFF}][0-9A-Z_a-z\u{80}-\u{D7FF}\u{E000}-\u{10FFFF}]*$/u;

const SHORT_ESCAPES: Readonly<Record<string, string>> = {
  '\b': '\\b',
  '\f': '\\f',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  "'": "\\'",
  '\\': '\\\\',
};

/**
 * The normalised path of RFC 9535 section 2.7, `$['lines'][3]['tax']`: one text per node, so it can
 * be a key. A symbol key, which JSON has not, stands as `[Symbol(name)]`. O(length).
 */
export function formatNormalizedPath(steps: readonly PathStep[]): string {
  return `$${steps.map(formatBracketed).join('')}`;
}

/**
 * The friendlier form, `$.lines[3].tax`: names in shorthand where RFC 9535 allows it, so it reads
 * well and can still be pasted into a rule. O(length).
 */
export function formatPath(steps: readonly PathStep[]): string {
  let path = '$';
  for (const step of steps) path += formatStep(step);
  return path;
}

/** One step of {@link formatPath}, for those who build a path piece by piece. */
export function formatStep(step: PathStep): string {
  return typeof step === 'string' ? formatName(step) : formatBracketed(step);
}

const formatName = remembered((name) =>
  SHORTHAND_NAME.test(name) ? `.${name}` : formatBracketed(name),
);

function formatBracketed(step: PathStep): string {
  if (typeof step === 'string') return `['${escapeName(step)}']`;
  return `[${String(step)}]`;
}

function escapeName(name: string): string {
  let escaped = '';
  for (const character of name) escaped += escapeCharacter(character);
  return escaped;
}

function escapeCharacter(character: string): string {
  const short = SHORT_ESCAPES[character];
  if (short !== undefined) return short;
  const code = character.charCodeAt(0);
  // Half a surrogate pair cannot be written raw in a path; escaped it at least stays visible.
  if (code >= 0x20 && character.isWellFormed()) return character;
  return `\\u${code.toString(16).padStart(4, '0')}`;
}
