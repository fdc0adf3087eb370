import { fault } from '@falsework/core/errors';
import { nearestName } from '@falsework/core/text';
import { Plane } from '../plane/plane.ts';
import { isHostPattern } from '../rail/allow-list.ts';
import type { AnyFunction, Effects, SeamOptions } from './types.ts';

interface OptionShape {
  readonly expected: string;
  readonly isValid: (value: unknown) => boolean;
}

const EFFECTS: readonly Effects[] = ['none', 'recorded', 'rolled-back', 'dry-run', 'follow'];
const NAME_LENGTH_MAX = 200;

const isFunction = (value: unknown): boolean => typeof value === 'function';
const isNumberBetween = (low: number, high: number) => (value: unknown) =>
  typeof value === 'number' && value >= low && value <= high;

const FUNCTION: OptionShape = { expected: 'a function', isValid: isFunction };
const SHARE: OptionShape = { expected: 'a number from 0 to 1', isValid: isNumberBetween(0, 1) };
const TRUE_OR_FALSE: OptionShape = {
  expected: 'true or false',
  isValid: (value) => typeof value === 'boolean',
};

const SHAPES: Readonly<Record<keyof SeamOptions<AnyFunction>, OptionShape>> = {
  name: {
    expected: `a name of 1 to ${NAME_LENGTH_MAX} characters`,
    isValid: (value) =>
      typeof value === 'string' && value !== '' && value.length <= NAME_LENGTH_MAX,
  },
  legacy: FUNCTION,
  candidate: FUNCTION,
  effects: {
    expected: `one of ${EFFECTS.join(', ')}`,
    isValid: (value) => (EFFECTS as readonly unknown[]).includes(value),
  },
  compare: {
    expected: 'a list of rules, or a comparator',
    isValid: (value) => Array.isArray(value) || isComparator(value),
  },
  redact: {
    expected: 'a list of JSONPaths and names of members',
    isValid: (value) => Array.isArray(value),
  },
  mayCall: {
    expected: 'a list of hosts, such as db.internal or 10.0.0.7:5432',
    isValid: (value) => Array.isArray(value) && value.every(isHostPattern),
  },
  fallback: TRUE_OR_FALSE,
  key: FUNCTION,
  fence: { expected: 'a fence, such as openReadFence gives', isValid: isFence },
  stratum: FUNCTION,
  isCritical: {
    expected: 'true, false or a function',
    isValid: (value) => typeof value === 'boolean' || isFunction(value),
  },
  sample: SHARE,
  busyMax: SHARE,
  timeoutMs: {
    expected: 'milliseconds from 1 to 3600000',
    isValid: isNumberBetween(1, 3_600_000),
  },
  clone: FUNCTION,
  itemsMax: {
    expected: 'a whole number from 1 to 10000',
    isValid: (value) => Number.isInteger(value) && isNumberBetween(1, 10_000)(value),
  },
  plane: { expected: 'a Plane', isValid: (value) => value instanceof Plane },
};

const REQUIRED = ['name', 'legacy', 'candidate'] as const;

/**
 * Checks the options of a seam where it is defined, so that nothing is left to go wrong when it is
 * called. Throws `FW_SEAM_OPTION`, `FW_SEAM_OPTION_UNKNOWN` and, for effects that only the guard
 * can honour, `FW_SEAM_EFFECTS_UNAVAILABLE`.
 */
export function checkOptions(options: object): void {
  const given = options as Readonly<Record<string, unknown>>;
  const seam = typeof given.name === 'string' ? given.name.slice(0, NAME_LENGTH_MAX) : '(unnamed)';
  for (const option of REQUIRED) {
    if (given[option] === undefined) throw refused(seam, option, undefined);
  }
  for (const [option, value] of Object.entries(given)) {
    if (!Object.hasOwn(SHAPES, option)) {
      const nearest = nearestName(option, Object.keys(SHAPES));
      throw fault('FW_SEAM_OPTION_UNKNOWN', { seam, option, nearest });
    }
    const isValid = SHAPES[option as keyof typeof SHAPES].isValid(value);
    if (value !== undefined && !isValid) throw refused(seam, option, value);
  }
  const { effects } = given;
  // Without a key every call would wait for all that is under way, whomever it is about.
  if (given.fence !== undefined && given.key === undefined) throw refused(seam, 'key', undefined);
  if (effects === 'dry-run') throw fault('FW_SEAM_EFFECTS_UNAVAILABLE', { seam, effects });
}

function refused(seam: string, option: string, value: unknown): Error {
  const { expected } = SHAPES[option as keyof typeof SHAPES];
  return fault('FW_SEAM_OPTION', { seam, option, expected, got: described(value) });
}

/** A value in an error message: scalars as they are, everything else by its type. */
function described(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (typeof value === 'string') return value.length > 40 ? 'a long string' : `'${value}'`;
  if (typeof value === 'object' || typeof value === 'function') {
    return value === null ? 'null' : `a value of type ${typeof value}`;
  }
  return String(value);
}

function isFence(value: unknown): boolean {
  const { check, mark, hasMoved } = (value ?? {}) as Readonly<Record<string, unknown>>;
  return [check, mark, hasMoved].every(isFunction);
}

function isComparator(value: unknown): boolean {
  return (
    typeof value === 'object' &&
    value !== null &&
    'outcomes' in value &&
    typeof value.outcomes === 'function'
  );
}
