import { createComparator, parseRules } from '@falsework/core/compare';
import { type RuleTrial, type StoredPair, tryRules } from '@falsework/core/evidence';

/** What a rule would do to the stored differences. */
export interface TriedRule {
  /** Stored pairs that it was tried on. */
  readonly pairs: number;
  /** Of the cause that it is meant for. */
  readonly meant: Pick<RuleTrial, 'pairs' | 'excused' | 'beyond'>;
  /** Other causes of which it would excuse something. */
  readonly hidden: readonly RuleTrial[];
}

const NONE = { pairs: 0, excused: 0, beyond: 0 };

/**
 * Tries one rule, or a list of them, over stored pairs, as `falsework rules test` does. Throws
 * `FW_RULE_…` for what is no rule, and a SyntaxError for what is no JSON.
 */
export function tryRule(text: string, id: string, pairs: readonly StoredPair[]): TriedRule {
  const given: unknown = JSON.parse(text);
  const rules = parseRules(Array.isArray(given) ? given : [given]);
  const present = createComparator({ rules: [] });
  const trials = tryRules(pairs, { tried: createComparator({ rules }), present });
  return {
    pairs: pairs.length,
    meant: trials.find((trial) => trial.id === id) ?? NONE,
    hidden: trials.filter((trial) => trial.id !== id && trial.excused > 0),
  };
}
