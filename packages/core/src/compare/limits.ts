import { checkOptions, type OptionShape, requireObject } from './rules/check-options.ts';

/** How much one comparison may cost and keep. */
export interface Limits {
  /** Containers nested deeper are not entered; at most 250, which the call stack bears. */
  readonly depthMax: number;
  /** Values visited, on both sides together and in filters. Ten million take about a second. */
  readonly nodesMax: number;
  /** Differences kept as examples. All are counted up to ten thousand. */
  readonly differencesMax: number;
  /** Characters kept of each side of a difference. */
  readonly textLengthMax: number;
}

export const DEFAULT_LIMITS: Limits = Object.freeze({
  depthMax: 200,
  nodesMax: 1_000_000,
  differencesMax: 100,
  textLengthMax: 200,
});

/**
 * The highest limit of depth. A bag within a bag takes seventeen stack frames a level. Node's
 * default stack, before anything is optimised, bore 300 levels of the costliest rules and broke at
 * 350.
 */
export const DEPTH_MAX = 250;

function wholeNumber(highest: number): OptionShape {
  return {
    expected: `a whole number from 1 to ${highest}`,
    isValid: (value) => Number.isInteger(value) && Number(value) >= 1 && Number(value) <= highest,
    isOptional: true,
  };
}

const SHAPES: Readonly<Record<keyof Limits, OptionShape>> = {
  depthMax: wholeNumber(DEPTH_MAX),
  nodesMax: wholeNumber(1e9),
  differencesMax: wholeNumber(10_000),
  textLengthMax: wholeNumber(100_000),
};

/** Fills in the defaults. Throws FW_RULES_SHAPE, FW_RULE_OPTION_UNKNOWN, FW_RULE_OPTION_INVALID. */
export function parseLimits(input: unknown): Limits {
  if (input === undefined) return DEFAULT_LIMITS;
  const data = requireObject(input, 'limits');
  checkOptions(data, SHAPES, { at: 'createComparator', of: 'limits' });
  const given = Object.entries(data).filter(([, value]) => value !== undefined);
  return Object.freeze({ ...DEFAULT_LIMITS, ...Object.fromEntries(given) });
}
