/**
 * What kind of difference it is, in one word; part of a signature, so a kind never changes its
 * name. The texts are for the docs and for `explain`.
 */
export const DIFFERENCE_KINDS = {
  number: 'two numbers differ by more than the rules allow',
  string: 'two strings differ',
  boolean: 'true on one side, false on the other',
  bigint: 'two bigints differ',
  symbol: 'two different symbols',
  function: 'two different functions',
  date: 'two Dates differ',
  regexp: 'two regular expressions differ',
  bytes: 'two buffers differ',
  instant: 'two instants lie further apart than the instant rule allows, or are none',
  pattern: 'two strings differ and do not both match the pattern rule',
  type: 'the types differ, such as null against string, or Money against object',
  missing: 'the candidate lacks a member or an element',
  extra: 'the candidate has a member or an element too many',
  'null-absent': 'null on one side, nothing on the other',
  'undefined-absent': 'undefined on one side, nothing on the other',
  length: 'two arrays differ in length, and more than by elements added or removed in one place',
  order: 'two arrays hold the same elements in another order',
  'duplicate-key': 'a key occurs more often on one side than on the other',
  'missing-key': 'elements of a keyed array lack their key on one side only',
  cycle: 'an object contains itself in different ways',
  error: 'two errors of different classes',
  outcome: 'one side succeeded, the other failed',
  custom: 'a custom rule says that they differ',
  'rule-failed': 'a custom rule threw, or did not return a boolean',
  opaque: 'two objects into which one cannot look, such as promises or getters',
  unreadable: 'looking at one side threw',
  'json-invalid': 'one side at least is not JSON',
} as const;

export type DifferenceKind = keyof typeof DIFFERENCE_KINDS;

/** One place where the two sides differ. Plain data, small enough to keep and to send. */
export interface Difference {
  /** Where, as `$.lines[3].tax`; of an element that moved or is gone, where legacy has it. */
  readonly path: string;
  readonly kind: DifferenceKind;
  /** Which of the comparison's causes it has, by index. */
  readonly cause: number;
  /** Both types, for the kind `type` only. */
  readonly types?: readonly [legacy: string, candidate: string];
  /**
   * Each side as text: JSON where JSON can say it, numbers as written, `absent` where there is
   * nothing; cut.
   */
  readonly legacy: string;
  readonly candidate: string;
}

/**
 * All differences of one comparison that share path template, kind and, for `type`, the two types.
 */
export interface Cause {
  /** The path with indices and id-like keys as `[*]`: `$.lines[*].tax`. */
  readonly template: string;
  readonly kind: DifferenceKind;
  readonly types?: readonly [legacy: string, candidate: string];
  readonly count: number;
}

/**
 * Why not everything was seen: nested too deep, too much work, enough differences, or a failure of
 * our own.
 */
export type StopReason = 'depth' | 'nodes' | 'differences' | 'failure';

/**
 * The verdict on one pair of answers. `incomplete` is neither a match nor a mismatch: a limit was
 * reached before any difference was found.
 */
export interface Comparison {
  readonly result: 'equal' | 'different' | 'incomplete';
  /** Examples of each cause, in the order of the document; bounded by `limits.differencesMax`. */
  readonly differences: readonly Difference[];
  /** How many differences were counted; more than are kept when the list is cut. */
  readonly differenceCount: number;
  readonly causes: readonly Cause[];
  /** True when some differences or causes were counted or left uncounted but not kept. */
  readonly isTruncated: boolean;
  /** Present when the walk did not see everything. */
  readonly stop?: StopReason;
  /** What failed, when `stop` is `failure`. */
  readonly failure?: string;
}

/**
 * How one side's run ended: with an answer, or by throwing anything at all. `isData` says what it
 * says in {@link ValuesOptions}.
 */
export type Outcome =
  | { readonly ok: true; readonly value: unknown; readonly isData?: boolean }
  | { readonly ok: false; readonly error: unknown; readonly isData?: boolean };

const NOTHING = { differences: [], differenceCount: 0, causes: [], isTruncated: false } as const;

/** The one answer for all that is equal: a match allocates nothing. */
export const EQUAL: Comparison = Object.freeze({ result: 'equal', ...NOTHING });

/** No difference, but not everything was seen either. */
export function incomplete(stop: StopReason, failure?: string): Comparison {
  const result = 'incomplete';
  return failure === undefined
    ? { result, ...NOTHING, stop }
    : { result, ...NOTHING, stop, failure };
}
