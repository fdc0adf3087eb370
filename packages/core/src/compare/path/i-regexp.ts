// A longer pattern or subject is refused rather than run: JavaScript's engine backtracks, and the
// subject comes from traffic. Ten thousand characters keep a quadratic pattern near a tenth of a
// second.
const PATTERN_LENGTH_MAX = 1_000;
const SUBJECT_LENGTH_MAX = 10_000;

// Compiling costs a microsecond or more and a filter asks once per node; documents can hold
// patterns too, so bounded.
const COMPILED_MAX = 200;
const compiled = new Map<string, RegExp | null>();

/**
 * RFC 9535's `match` and `search` over an I-Regexp (RFC 9485), run as a JavaScript expression with
 * the u flag. Its dot is the one difference in meaning, and is rewritten. False for a pattern that
 * does not compile, as the RFC asks.
 */
export function testIRegexp(subject: string, pattern: string, isWhole: boolean): boolean {
  if (subject.length > SUBJECT_LENGTH_MAX) return false;
  return compileIRegexp(pattern, isWhole)?.test(subject) ?? false;
}

function compileIRegexp(pattern: string, isWhole: boolean): RegExp | null {
  if (pattern.length > PATTERN_LENGTH_MAX) return null;
  const key = `${isWhole ? '=' : '~'}${pattern}`;
  const known = compiled.get(key);
  if (known !== undefined) return known;
  if (compiled.size >= COMPILED_MAX) compiled.clear();
  const fresh = tryCompile(isWhole ? `^(?:${dotsRewritten(pattern)})$` : dotsRewritten(pattern));
  compiled.set(key, fresh);
  return fresh;
}

function tryCompile(source: string): RegExp | null {
  try {
    return new RegExp(source, 'u');
  } catch {
    return null;
  }
}

/**
 * An I-Regexp dot is any character but LF and CR; JavaScript's also leaves out U+2028 and U+2029.
 */
function dotsRewritten(pattern: string): string {
  let rewritten = '';
  let isInClass = false;
  for (let i = 0; i < pattern.length; i += 1) {
    const character = pattern[i] ?? '';
    if (character === '\\') {
      rewritten += character + (pattern[i + 1] ?? '');
      i += 1;
      continue;
    }
    if (character === '[') isInClass = true;
    if (character === ']') isInClass = false;
    rewritten += character === '.' && !isInClass ? '[^\\n\\r]' : character;
  }
  return rewritten;
}
