/** How one paired run ended. Exactly one of these per sampled call; DESIGN section 2. */
export type Verdict =
  | 'match'
  | 'accepted'
  | 'mismatch'
  | 'transient'
  | 'candidate_error'
  | 'legacy_error'
  | 'both_error'
  | 'timeout'
  | 'shed';

/** Every verdict, in the order in which people read them. */
export const VERDICTS = [
  'match',
  'accepted',
  'mismatch',
  'transient',
  'candidate_error',
  'legacy_error',
  'both_error',
  'timeout',
  'shed',
] as const satisfies readonly Verdict[];

/** A count per verdict. */
export type VerdictCounts = Readonly<Record<Verdict, number>>;

/** All verdicts at zero. */
export const NO_VERDICTS: VerdictCounts = Object.freeze({
  match: 0,
  accepted: 0,
  mismatch: 0,
  transient: 0,
  candidate_error: 0,
  legacy_error: 0,
  both_error: 0,
  timeout: 0,
  shed: 0,
});

/** Runs on which the callers of the two sides would have seen different things. The gate's `k`. */
export function differing(counts: VerdictCounts): number {
  return counts.mismatch + counts.candidate_error + counts.legacy_error;
}

/**
 * Runs that say something about equality. The gate's `n`. Two failures prove nothing about
 * equality, a timeout and a shed run were never compared: counting any of them as equal is how
 * overload comes to look like success.
 */
export function compared(counts: VerdictCounts): number {
  return counts.match + counts.accepted + counts.transient + differing(counts);
}

/** Every run that sampling chose, whatever became of it. */
export function sampled(counts: VerdictCounts): number {
  return completed(counts) + counts.timeout + counts.shed;
}

/** Sampled runs in which both sides answered, with a value or with an error. */
export function completed(counts: VerdictCounts): number {
  return compared(counts) + counts.both_error;
}

/** Adds two counts verdict by verdict. */
export function addVerdicts(a: VerdictCounts, b: VerdictCounts): VerdictCounts {
  return {
    match: a.match + b.match,
    accepted: a.accepted + b.accepted,
    mismatch: a.mismatch + b.mismatch,
    transient: a.transient + b.transient,
    candidate_error: a.candidate_error + b.candidate_error,
    legacy_error: a.legacy_error + b.legacy_error,
    both_error: a.both_error + b.both_error,
    timeout: a.timeout + b.timeout,
    shed: a.shed + b.shed,
  };
}
