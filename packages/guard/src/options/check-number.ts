import { fault } from '@falsework/core/errors';

/** The values that an option may have. */
export interface Range {
  readonly low: number;
  readonly high: number;
  readonly isWhole: boolean;
}

/** Throws FW_GUARD_OPTION for a value outside of its range; one that is left out is none. */
export function checkNumber(option: string, value: number | null | undefined, range: Range): void {
  if (value === undefined || value === null) return;
  const { low, high, isWhole } = range;
  const isRight = (isWhole ? Number.isInteger(value) : Number.isFinite(value)) && value >= low;
  if (isRight && value <= high) return;
  const expected = `${isWhole ? 'a whole number' : 'a number'} from ${low} to ${high}`;
  throw fault('FW_GUARD_OPTION', { option, got: String(value), expected });
}
