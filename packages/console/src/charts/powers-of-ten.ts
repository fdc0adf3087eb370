/**
 * Of the lines of a logarithmic axis, those at 0.1, 1, 10 and so on; all of them are a hatching.
 */
export function powersOfTen(_: unknown, splits: readonly number[]): (number | null)[] {
  return splits.map((at) => (Number.isInteger(Number(Math.log10(at).toFixed(6))) ? at : null));
}
