import type { Mask } from './secret-shapes.ts';

// What says "there is nothing here" is no secret, and often the very difference.
const NOTHING = new Set(['absent', 'null', 'undefined', 'true', 'false', '""', "''", '']);

/** True for a shown value that tells no more than whether there is one. */
export function saysNothing(shown: string): boolean {
  return NOTHING.has(shown);
}

/**
 * Masks what stands after the name of a secret inside a text: `"password":"…"`, `token=…`,
 * `Cookie: …`.
 */
export function maskNamed(
  text: string,
  isSecretName: (name: string) => boolean,
  mask: Mask,
): string {
  if (!/[:=]/.test(text)) return text;
  const named = /(\\?["']?)([\w.-]{1,64})\1\s{0,4}[:=]\s{0,4}/g;
  let shown = '';
  let from = 0;
  for (let found = named.exec(text); found !== null; found = named.exec(text)) {
    const start = found.index + found[0].length;
    if (!isSecretName(found[2] ?? '')) continue;
    const end = endOfValue(text, start);
    shown += text.slice(from, start) + maskValue(text.slice(start, end), mask);
    from = end;
    named.lastIndex = end;
  }
  return shown + text.slice(from);
}

/** The quotes stay outside, so that a value in quotes is the same secret as one without. */
function maskValue(value: string, mask: Mask): string {
  if (saysNothing(value)) return value;
  const [, quote = '', inner = ''] = /^(\\?["'])([\s\S]*)\1$/.exec(value) ?? ['', '', value];
  return `${quote}${mask('secret', inner)}${quote}`;
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
  const separator = /[,&"'\]}\n]/g;
  separator.lastIndex = start;
  return separator.exec(text)?.index ?? text.length;
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
