import { type ErrorCode, fault } from '@falsework/core/errors';
import { formatCount } from '@falsework/core/text';
import { Opaque } from './layers/opaque.ts';

/** From the root of the configuration to one of its settings. */
export type SettingPath = readonly PropertyKey[];

/** The codes of problems that a setting can have; those of the comparison rules are core's own. */
export type ProblemCode =
  | 'FW_CONFIG_VALUE'
  | 'FW_CONFIG_KEY_UNKNOWN'
  | 'FW_CONFIG_VARIABLE_MISSING'
  | 'FW_CONFIG_LIST'
  | 'FW_CONFIG_WINDOW'
  | 'FW_CONFIG_RAMP'
  | 'FW_CONFIG_COHORT_UNKNOWN'
  | 'FW_CONFIG_SIDES_EQUAL'
  | 'FW_CONFIG_LOOP'
  | 'FW_CONFIG_MONEY'
  | 'FW_CONFIG_ROUTE'
  | 'FW_CONFIG_GRPC'
  | 'FW_CONFIG_MIGRATIONS';

/**
 * One thing that is wrong with a configuration, as FW_CONFIG_INVALID carries it in
 * `facts.problems`.
 */
export interface ConfigProblem {
  readonly code: ErrorCode;
  /** `guard.routes["GET /orders/{id}"].sample` */
  readonly path: string;
  /**
   * What was there; never a secret, nor anything that an environment variable of the user's own
   * held.
   */
  readonly found: string;
  readonly expected: string;
  /** The sentence made of the three above. */
  readonly message: string;
}

/** One problem of one of our own codes. */
export function problem(
  code: ProblemCode,
  at: SettingPath,
  said: { readonly found: string; readonly expected: string },
): ConfigProblem {
  const facts = { path: pathText(at), ...said };
  return { code, ...facts, message: fault(code, facts).message };
}

const PLAIN_NAME = /^[A-Za-z_][A-Za-z0-9_-]*$/;

/**
 * A path as people write it: `guard.routes["GET /orders"].compare[0]`; `configuration` for the
 * whole.
 */
export function pathText(at: SettingPath): string {
  if (at.length === 0) return 'the configuration';
  const text = at.map((key) => {
    if (typeof key === 'number') return `[${key}]`;
    const name = String(key);
    return PLAIN_NAME.test(name) ? `.${name}` : `[${quoted(name)}]`;
  });
  return text.join('').replace(/^\./, '');
}

// Long enough for an address, short enough that a pasted document does not bury the sentence around
// it.
const QUOTED_LENGTH_MAX = 60;

/** A text of the user's, cut, and without the credentials that an address may carry. */
export function quoted(text: string): string {
  // Masked before it is cut: a cut between the password and the @ would leave the password
  // standing.
  const masked = text.slice(0, 4_096).replaceAll(/\/\/[^/\s]*@/g, '//(credentials)@');
  const isLong = masked.length > QUOTED_LENGTH_MAX;
  return JSON.stringify(isLong ? `${masked.slice(0, QUOTED_LENGTH_MAX)}…` : masked);
}

/** A value in a few words, for a problem: scalars as they are, everything else by what it is. */
export function shown(value: unknown): string {
  if (value === undefined) return 'missing';
  if (typeof value === 'string') return quoted(value);
  if (typeof value === 'function') return 'a function';
  if (typeof value === 'symbol') return 'a symbol';
  if (Array.isArray(value)) return `a list of ${formatCount(value.length)}`;
  if (value instanceof Opaque) return `an object of the class ${value.what}`;
  return typeof value === 'object' && value !== null ? 'an object' : String(value);
}
