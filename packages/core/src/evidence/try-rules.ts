import type { Comparator } from '../compare/comparator.ts';
import { createComparator } from '../compare/create-comparator.ts';
import { signaturesOf } from '../compare/signature.ts';
import type { StoredPair } from './stored-pair.ts';

/** What a rule set does to the stored pairs of one cause. */
export interface RuleTrial {
  readonly id: string;
  readonly seam: string;
  /** Stored pairs that show the cause. */
  readonly pairs: number;
  /** Those of them that no longer would. */
  readonly excused: number;
  /** Stored pairs on which no rule can say anything: the cause lies outside of their documents. */
  readonly beyond: number;
}

/** What rules are tried with. */
export interface RuleTrialOptions {
  /** The rules that are tried. */
  readonly tried: Comparator;
  /** The rules under which the pairs were seen to differ, as far as is known. */
  readonly present: Comparator;
}

type Counted = { -readonly [Field in keyof RuleTrial]: RuleTrial[Field] };

// Differences that were named by other rules are told by the names they have without any.
const BARE = createComparator();

/**
 * Runs a rule set over stored pairs: how many of which cause it would excuse. What it excuses
 * besides the cause that it was written for is what it would hide. A cause that no comparison of
 * the stored documents shows, such as another status, is never excused. O(size of the pairs).
 */
export function tryRules(
  pairs: readonly StoredPair[],
  { tried, present }: RuleTrialOptions,
): RuleTrial[] {
  const trials = new Map<string, Counted>();
  for (const pair of pairs) {
    const left = new Set(causesOf(pair, tried));
    const shown = new Set([...causesOf(pair, present), ...causesOf(pair, BARE), ...left]);
    for (const id of pair.ids) {
      const fresh = { id, seam: pair.seam, pairs: 0, excused: 0, beyond: 0 };
      const trial = trials.get(id) ?? fresh;
      if (!shown.has(id)) trial.beyond += 1;
      else {
        trial.pairs += 1;
        if (!left.has(id)) trial.excused += 1;
      }
      trials.set(id, trial);
    }
  }
  return [...trials.values()];
}

function causesOf(
  { seam, format, legacy, candidate }: StoredPair,
  comparator: Comparator,
): string[] {
  const comparison =
    format === 'json' ? comparator.json(legacy, candidate) : comparator.values(legacy, candidate);
  return signaturesOf(comparison, seam).map((signature) => signature.id);
}
