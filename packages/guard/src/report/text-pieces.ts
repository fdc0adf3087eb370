/** Between legacy's and the candidate's. */
export const ARROW = '→';

// Two of these and the rest of a row of causes still fit a wide terminal.
const PIECE_LENGTH_MAX = 36;
// So much of what both have is shown before what tells them apart.
const LEAD_LENGTH = 12;

/** Both texts, cut to where they begin to differ when they are long. */
export function tellingPieces(a: string, b: string): readonly [string, string] {
  if (a.length <= PIECE_LENGTH_MAX && b.length <= PIECE_LENGTH_MAX) return [a, b];
  let same = 0;
  while (same < a.length && a[same] === b[same]) same += 1;
  const from = same > LEAD_LENGTH ? same - LEAD_LENGTH : 0;
  return [pieceOf(a, from), pieceOf(b, from)];
}

function pieceOf(text: string, from: number): string {
  const isWhole = from === 0 && text.length <= PIECE_LENGTH_MAX;
  const to = from + PIECE_LENGTH_MAX;
  return isWhole
    ? text
    : `${from > 0 ? '…' : ''}${text.slice(from, to)}${to < text.length ? '…' : ''}`;
}

/**
 * Columns as wide as their widest cell, three blanks apart; columns without a cell are left out.
 */
export function table(rows: readonly (readonly string[])[]): string[] {
  const widths: number[] = [];
  for (const row of rows) {
    for (const [i, cell] of row.entries()) widths[i] = Math.max(widths[i] ?? 0, cell.length);
  }
  return rows.map((row) =>
    row
      .map((cell, i) => cell.padEnd(widths[i] ?? 0))
      .filter((_cell, i) => (widths[i] ?? 0) > 0)
      .join('   ')
      .trimEnd(),
  );
}

/**
 * Quotes around a text say nothing here, unless without them it could be taken for something else.
 */
export function unquoted(text: string): string {
  const inner = text.slice(1, -1);
  const isPlain = /^".*"$/.test(text) && /^[^\s"\\](?:[^"\\]*[^\s"\\])?$/.test(inner);
  const isAmbiguous = /^(?:-?\d+(?:\.\d+)?|true|false|null|undefined|absent)$/.test(inner);
  return isPlain && !isAmbiguous ? inner : text;
}
