import { fault } from '@falsework/core/errors';

/** Gives the number back, or throws `FW_CLIENT_OPTION`. A NaN that went on would never compare. */
export function checkNumber(
  option: string,
  value: number,
  { min, max = Number.MAX_SAFE_INTEGER }: { readonly min: number; readonly max?: number },
): number {
  if (typeof value === 'number' && value >= min && value <= max) return value;
  const expected =
    max === Number.MAX_SAFE_INTEGER
      ? `a number from ${min} up`
      : `a number from ${min} up to ${max}`;
  throw fault('FW_CLIENT_OPTION', { option, got: String(value), expected });
}
