import type { IsSame } from '../rules/rule.ts';
import type { Pair, Walk } from './walk.ts';

/**
 * Asks the user's function where the two sides differ at or beneath the place; where they do not
 * there is nothing to excuse. Only `true` excuses: a promise is truthy, and taking it for a verdict
 * would pass everything.
 */
export function applyCustomRule(walk: Walk, pair: Pair, isSame: IsSame): void {
  if (walk.probe(() => walk.compareContent(pair)) || walk.budget.isSpent) return;
  const { legacy, candidate, place } = pair;
  const verdict = ask(walk, pair, isSame);
  if (verdict === true) return;
  walk.report(verdict === false ? 'custom' : 'rule-failed', place, legacy, candidate);
}

function ask(walk: Walk, { legacy, candidate }: Pair, isSame: IsSame): unknown {
  try {
    return isSame(walk.userValue(legacy), walk.userValue(candidate));
  } catch {
    return undefined;
  }
}
