const UNIT_MS: Readonly<Record<string, number>> = {
  H: 3_600_000,
  M: 60_000,
  S: 1_000,
  m: 1,
  u: 0.001,
  n: 0.000_001,
};

// The longest number that gRPC allows in the header.
const DIGITS_MAX = 8;

/** Milliseconds of a `grpc-timeout`; `null` when there is none, or none that gRPC knows. */
export function parseTimeout(text: string | undefined): number | null {
  const [, digits = '', unit = ''] = /^(\d{1,8})([HMSmun])$/.exec(text ?? '') ?? [];
  return unit === '' ? null : Number(digits) * (UNIT_MS[unit] ?? 0);
}

/**
 * A `grpc-timeout` of so many milliseconds, rounded down: the deadline of whoever is asked must not
 * lie after that of who asks. At least one unit, for no time at all cannot be said.
 */
export function formatTimeout(timeoutMs: number): string {
  for (const unit of ['u', 'm', 'S', 'M', 'H']) {
    const count = Math.max(1, Math.floor(timeoutMs / (UNIT_MS[unit] ?? 1)));
    if (String(count).length <= DIGITS_MAX) return `${count}${unit}`;
  }
  return '99999999H';
}
