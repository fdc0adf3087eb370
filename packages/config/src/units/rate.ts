const PERCENT = /^(\d{1,3}(?:\.\d{1,12})?)\s?%$/;

/**
 * A ratio of `0.2` or of `"20%"`, which may be above 1; `undefined` for anything else. The point is
 * moved in the text, not by a division, so that both spellings are the very same number.
 */
export function parseRatio(value: string | number): number | undefined {
  const ratio = typeof value === 'number' ? value : Number(`${PERCENT.exec(value)?.[1]}e-2`);
  return ratio >= 0 && Number.isFinite(ratio) ? ratio : undefined;
}

/** A share between 0 and 1, of `0.0001` or of `"0.01%"`; `undefined` for anything else. */
export function parseRate(value: string | number): number | undefined {
  const rate = parseRatio(value);
  return rate !== undefined && rate <= 1 ? rate : undefined;
}

/** A percentage between 0 and 100, of `25` or of `"25%"`; `undefined` for anything else. */
export function parsePercent(value: string | number): number | undefined {
  const percent = typeof value === 'number' ? value : Number(PERCENT.exec(value)?.[1]);
  return percent >= 0 && percent <= 100 ? percent : undefined;
}

/** A share as a percentage: `0.01%`. */
export function rateText(rate: number): string {
  // Twelve digits are more than anybody writes, and fewer than those in which the multiplication is
  // inexact.
  return `${Number((rate * 100).toPrecision(12))}%`;
}
