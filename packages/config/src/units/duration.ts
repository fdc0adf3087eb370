const UNIT_MS = { d: 86_400_000, h: 3_600_000, m: 60_000, s: 1_000, ms: 1 } as const;

// Twelve digits before the point are more milliseconds than a human life; more digits would only
// cost precision.
const DURATION = /^(\d{1,12}(?:\.\d{1,6})?)\s?(ms|s|m|h|d)$/;

/**
 * Milliseconds of `31d`, `1h`, `1.5m`, `5s`, `100ms` or of a plain number of milliseconds, to the
 * microsecond; `undefined` for anything else. A text without a unit is refused: `"500"` could mean
 * either of two things.
 */
export function parseDuration(value: string | number): number | undefined {
  if (typeof value === 'number') return value >= 0 && Number.isFinite(value) ? value : undefined;
  const [, amount, unit] = DURATION.exec(value) ?? [];
  if (amount === undefined) return undefined;
  const ms = Number(amount) * UNIT_MS[unit as keyof typeof UNIT_MS];
  return Math.round(ms * 1_000) / 1_000;
}

/**
 * The same duration in the largest unit that gives a whole number: `1h`, `90s`. Parses back to the
 * same value.
 */
export function durationText(durationMs: number): string {
  for (const [unit, unitMs] of Object.entries(UNIT_MS)) {
    if (durationMs >= unitMs && durationMs % unitMs === 0) return `${durationMs / unitMs}${unit}`;
  }
  return `${durationMs}ms`;
}
