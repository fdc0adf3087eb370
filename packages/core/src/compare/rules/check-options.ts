import { fault } from '../../errors/index.ts';
import { nearestName } from '../../text/index.ts';
import { typeNameOf } from '../values/family.ts';

/** What one key of an option object may hold, in words and as a test. */
export interface OptionShape {
  readonly expected: string;
  readonly isValid: (value: unknown) => boolean;
  readonly isOptional?: boolean;
}

export type OptionShapes = Readonly<Record<string, OptionShape>>;

/** Where an option object stands in the input, for the error: `rules[2]` of kind `tolerance`. */
export interface OptionsPlace {
  readonly at: string;
  readonly of: string;
}

/** A data object of the input. Throws FW_RULES_SHAPE for anything else. */
export function requireObject(input: unknown, at: string): Readonly<Record<string, unknown>> {
  if (typeof input === 'object' && input !== null && !Array.isArray(input)) {
    return input as Record<string, unknown>;
  }
  throw fault('FW_RULES_SHAPE', { at, expected: 'an object', got: described(input) });
}

/**
 * Refuses unknown keys (FW_RULE_OPTION_UNKNOWN, with the nearest known one) and missing or wrong
 * values (FW_RULE_OPTION_INVALID). A mistyped key that was let through would silently leave a
 * default in force.
 */
export function checkOptions(
  input: Readonly<Record<string, unknown>>,
  shapes: OptionShapes,
  { at, of }: OptionsPlace,
): void {
  const known = Object.keys(shapes);
  for (const option of Object.keys(input)) {
    if (known.includes(option)) continue;
    const nearest = nearestName(option, known);
    throw fault('FW_RULE_OPTION_UNKNOWN', { at, of, option, known, nearest });
  }
  for (const [option, shape] of Object.entries(shapes)) {
    const value = input[option];
    if (value === undefined ? shape.isOptional === true : shape.isValid(value)) continue;
    const got = value === undefined ? 'missing' : described(value);
    throw fault('FW_RULE_OPTION_INVALID', { at, of, option, expected: shape.expected, got });
  }
}

/** A value for an error message: short scalars as they are, everything else by its type. */
export function described(value: unknown): string {
  if (typeof value === 'string') return value.length > 40 ? 'a long string' : JSON.stringify(value);
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  return typeNameOf(value);
}
