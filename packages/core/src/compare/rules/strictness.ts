import { type Overlap, overlapOf } from '../path/overlap.ts';
import { parsePath } from '../path/parse-path.ts';
import type { PathQuery } from '../path/path-query.ts';
import type { Rule, RuleName, StrictRule } from './rule.ts';

/** A rule that could excuse what a strict path declares inexcusable. */
export interface StrictConflict {
  readonly rule: Rule;
  /** Its position in the list. */
  readonly ruleAt: number;
  readonly strict: StrictRule;
  readonly strictAt: number;
  /** How the nodes of the two lie to each other, in words that go between the two paths. */
  readonly how: string;
}

/**
 * Where a rule excuses. `here`: differences of the very node that it selects, so that above a
 * strict path it does no harm. `everything`: whatever lies beneath that node as well. `nothing`: it
 * only says which element answers which.
 *
 * Unordered excuses everything: elements may change places, and beside a rule that ignores what
 * tells them apart, so may two amounts. Keyed does not: elements meet by their key or not at all,
 * each is then compared as strictly as any other node, and one too many or too few is found.
 * Absent-is-null counts, because an amount that is null is not one that was left out.
 */
const EXCUSES: Readonly<Record<RuleName, 'here' | 'everything' | 'nothing'>> = {
  ignore: 'everything',
  custom: 'everything',
  'same-type': 'everything',
  unordered: 'everything',
  tolerance: 'here',
  instant: 'here',
  pattern: 'here',
  'absent-is-null': 'here',
  keyed: 'nothing',
  strict: 'nothing',
};

/**
 * The first rule of the list that could, in some document, excuse a difference at a strict path or
 * beneath it; `null` when none could. Decided by the paths alone: see {@link overlapOf} for what is
 * taken for possible. O(rules × strict rules × segments²).
 */
export function strictConflict(rules: readonly Rule[]): StrictConflict | null {
  const stricts = rules.flatMap((rule, strictAt) =>
    rule.rule === 'strict' ? [{ strict: rule, strictAt, query: parsePath(rule.path) }] : [],
  );
  if (stricts.length === 0) return null;
  for (const [ruleAt, rule] of rules.entries()) {
    if (EXCUSES[rule.rule] === 'nothing') continue;
    const query = parsePath(rule.path);
    for (const { strict, strictAt, query: strictQuery } of stricts) {
      const how = conflictOf(rule, query, strictQuery);
      if (how !== null) return { rule, ruleAt, strict, strictAt, how };
    }
  }
  return null;
}

function conflictOf({ rule }: Rule, query: PathQuery, strictQuery: PathQuery): string | null {
  const overlap: Overlap = overlapOf(strictQuery, query);
  if (overlap.isAtOrBeneath) return 'can apply at or beneath';
  const isAround = EXCUSES[rule] === 'everything' && overlap.isAtOrAbove;
  return isAround ? 'can apply around' : null;
}
