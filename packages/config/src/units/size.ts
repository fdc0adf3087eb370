const UNIT_BYTES = { MiB: 1_048_576, KiB: 1_024, B: 1 } as const;
const SIZE = /^(\d{1,9})\s?(MiB|KiB|B)$/;

/**
 * Bytes of `1MiB`, `64KiB`, `512B` or of a whole number of bytes; `undefined` for anything else.
 */
export function parseSize(value: string | number): number | undefined {
  if (typeof value === 'number') return Number.isSafeInteger(value) ? value : undefined;
  const [, amount, unit] = SIZE.exec(value) ?? [];
  return amount === undefined
    ? undefined
    : Number(amount) * UNIT_BYTES[unit as keyof typeof UNIT_BYTES];
}

/** The same size in the largest unit that gives a whole number: `1MiB`. */
export function sizeText(bytes: number): string {
  for (const [unit, unitBytes] of Object.entries(UNIT_BYTES)) {
    if (bytes >= unitBytes && bytes % unitBytes === 0) return `${bytes / unitBytes}${unit}`;
  }
  return `${bytes}B`;
}
