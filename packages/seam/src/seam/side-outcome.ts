import type { Comparator } from '@falsework/core/compare';
import { compareEffects } from '../effects/compare-effects.ts';
import { type JudgementScope, judgementOf } from '../engine/findings.ts';
import type { Judgement, Outcome } from '../engine/job.ts';
import type { EffectLog } from '../run/effect-log.ts';

/** How one side's run ended, with what it did beside answering where that is compared. */
export type SideOutcome = Outcome<unknown> & {
  readonly log?: EffectLog | null;
  /** What an iterable gave before it failed. Of one that did not, the items are its value. */
  readonly items?: readonly unknown[];
};

/** Both sides of one sampled call. */
export interface SidePair {
  readonly legacy: SideOutcome;
  readonly candidate: SideOutcome;
}

const EQUAL: Judgement = Object.freeze({ result: 'equal', findings: [] });
const INCOMPLETE: Judgement = Object.freeze({ result: 'incomplete', findings: [] });

/**
 * Compares the answers of both sides and, where they were noted, what both did beside answering.
 * Where only one of them succeeded, what the other did not come to do is a consequence and no
 * further cause.
 */
export function compareSides(
  comparator: Comparator,
  { legacy, candidate }: SidePair,
  scope: JudgementScope,
): Judgement {
  const answers = both(
    judgementOf(comparator.outcomes(legacy, candidate), scope),
    compareItems(comparator, { legacy, candidate }, scope),
  );
  if (!legacy.log || !candidate.log || legacy.ok !== candidate.ok) return answers;
  if (legacy.log.gap !== null || candidate.log.gap !== null) return both(answers, INCOMPLETE);
  const calls = { legacy: legacy.log.writes, candidate: candidate.log.writes };
  return both(answers, compareEffects(comparator, calls, scope));
}

/** What two iterables gave before both of them failed. */
function compareItems(
  comparator: Comparator,
  { legacy, candidate }: SidePair,
  scope: JudgementScope,
): Judgement {
  if (!legacy.items || !candidate.items) return EQUAL;
  return judgementOf(comparator.values(legacy.items, candidate.items), scope);
}

/** One difference is enough; without one, both must have been seen to the end. */
function both(one: Judgement, other: Judgement): Judgement {
  const findings = [...one.findings, ...other.findings];
  for (const result of ['different', 'incomplete', 'accepted'] as const) {
    if (one.result === result || other.result === result) return { result, findings };
  }
  return EQUAL;
}
