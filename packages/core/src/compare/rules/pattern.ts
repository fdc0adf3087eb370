// Patterns come from the configuration, but what they run on comes from traffic, and JavaScript's
// engine backtracks. Longer strings are not excused by a pattern; ids and tokens are far shorter.
const SUBJECT_LENGTH_MAX = 10_000;

/** The expression of a pattern rule, or undefined when its source does not compile. */
export function compilePattern(source: string): RegExp | undefined {
  try {
    return new RegExp(source, 'u');
  } catch {
    return undefined;
  }
}

/** True when the pattern is found in both texts. */
export function doBothMatch(pattern: RegExp, legacy: string, candidate: string): boolean {
  if (Math.max(legacy.length, candidate.length) > SUBJECT_LENGTH_MAX) return false;
  return pattern.test(legacy) && pattern.test(candidate);
}
