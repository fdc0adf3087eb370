const UNITS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

// Bounded digits: nobody waits for ten thousand years, and a text of a megabyte is no duration.
const DURATION = /^(\d{1,12}(?:\.\d{1,6})?)\s?(ms|s|m|h|d)$/;

/**
 * Milliseconds of `5s`, `100ms`, `1.5m`, `2h`, `1d` or of a number of milliseconds; undefined for
 * anything else.
 */
export function parseDurationMs(duration: number | string): number | undefined {
  if (typeof duration === 'number') {
    return Number.isFinite(duration) && duration >= 0 ? duration : undefined;
  }
  const [, amount, unit] = DURATION.exec(duration) ?? [];
  const unitMs = UNITS[unit ?? ''];
  return amount === undefined || unitMs === undefined ? undefined : Number(amount) * unitMs;
}
