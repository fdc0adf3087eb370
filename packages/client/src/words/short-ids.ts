const ID_LENGTH_MIN = 4;

/** The first digits of each id, at least four, by which it is told from all the others. */
export function shortIds(ids: readonly string[]): ReadonlyMap<string, string> {
  const distinct = [...new Set(ids)].sort();
  const shortOf = (id: string, i: number): string => {
    const neighbours = [distinct[i - 1] ?? '', distinct[i + 1] ?? ''];
    const length = Math.max(...neighbours.map((other) => commonLength(id, other) + 1));
    return `#${id.slice(0, Math.max(ID_LENGTH_MIN, length))}`;
  };
  return new Map(distinct.map((id, i) => [id, shortOf(id, i)]));
}

function commonLength(a: string, b: string): number {
  let at = 0;
  while (at < a.length && a[at] === b[at]) at += 1;
  return at;
}
