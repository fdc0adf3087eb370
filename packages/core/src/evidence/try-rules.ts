import type { Comparator } from '../compare/comparator.ts';
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
}

/**
 * Runs a rule set over stored pairs: how many of which cause it would excuse. What it excuses
 * besides the cause that it was written for is what it would hide. O(size of the pairs).
 */
export function tryRules(pairs: readonly StoredPair[], comparator: Comparator): RuleTrial[] {
  const trials = new Map<string, { seam: string; pairs: number; excused: number }>();
  for (const pair of pairs) {
    const left = new Set(causesLeft(pair, comparator));
    for (const id of pair.ids) {
      const trial = trials.get(id) ?? { seam: pair.seam, pairs: 0, excused: 0 };
      trial.pairs += 1;
      if (!left.has(id)) trial.excused += 1;
      trials.set(id, trial);
    }
  }
  return [...trials].map(([id, trial]) => ({ id, ...trial }));
}

function causesLeft(
  { seam, format, legacy, candidate }: StoredPair,
  comparator: Comparator,
): string[] {
  const comparison =
    format === 'json' ? comparator.json(legacy, candidate) : comparator.values(legacy, candidate);
  return signaturesOf(comparison, seam).map((signature) => signature.id);
}
