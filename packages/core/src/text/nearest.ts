/**
 * The known name nearest to a mistyped one, or `undefined` when nothing is near enough to suggest.
 * Distance is Damerau–Levenshtein restricted to adjacent transpositions; near enough is a third of
 * the name's length, at least one.
 */
export function nearestName(wrong: string, known: readonly string[]): string | undefined {
  let best: string | undefined;
  let bestDistance = Number.POSITIVE_INFINITY;
  for (const name of known) {
    const distance = editDistance(wrong.toLowerCase(), name.toLowerCase());
    if (distance < bestDistance) [best, bestDistance] = [name, distance];
  }
  return bestDistance <= Math.max(1, Math.floor(wrong.length / 3)) ? best : undefined;
}

function editDistance(a: string, b: string): number {
  // Names are short; a bound keeps a hostile key of a million characters from costing a million
  // columns.
  if (Math.abs(a.length - b.length) > 20 || a.length > 100) return Number.POSITIVE_INFINITY;
  let before: number[] = [];
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const same = a[i - 1] === b[j - 1];
      let d = Math.min(
        (row[j] ?? 0) + 1,
        (next[j - 1] ?? 0) + 1,
        (row[j - 1] ?? 0) + (same ? 0 : 1),
      );
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      if (swapped) d = Math.min(d, (before[j - 2] ?? 0) + 1);
      next.push(d);
    }
    [before, row] = [row, next];
  }
  return row[b.length] ?? Number.POSITIVE_INFINITY;
}
