import { type Rule, type StrictConflict, strictConflict } from '@falsework/core/compare';
import { fault } from '@falsework/core/errors';
import { type ConfigProblem, pathText, type SettingPath } from '../problems.ts';
import type { Sections } from '../schema/migration-schema.ts';

/** A rule and where it stands. */
interface Placed {
  readonly rule: Rule;
  readonly at: SettingPath;
}

/**
 * No rule excuses what another declares strict: neither among the rules of every route, nor where
 * those and the own ones of a route, or of a method of gRPC, come together.
 */
export function checkStrict({ guard }: Partial<Sections>): ConfigProblem[] {
  if (guard === undefined) return [];
  const shared = placed(guard.compare, ['guard', 'compare']);
  const ofAll = conflictIn(shared);
  // It would come again with every route, and bury what is wrong with them.
  if (ofAll.length > 0) return ofAll;
  const own = [
    ...Object.entries(guard.routes).map(([text, { compare }]) =>
      placed(compare, ['guard', 'routes', text, 'compare']),
    ),
    ...Object.entries(guard.grpc?.methods ?? {}).map(([name, { compare }]) =>
      placed(compare, ['guard', 'grpc', 'methods', name, 'compare']),
    ),
  ];
  return own.flatMap((rules) => conflictIn([...shared, ...rules]));
}

function placed(rules: readonly Rule[], at: SettingPath): Placed[] {
  return rules.map((rule, i) => ({ rule, at: [...at, i] }));
}

function conflictIn(rules: readonly Placed[]): ConfigProblem[] {
  const conflict = strictConflict(rules.map(({ rule }) => rule));
  return conflict === null ? [] : [problemOf(conflict, rules)];
}

function problemOf(
  { rule, ruleAt, strict, strictAt, how }: StrictConflict,
  rules: readonly Placed[],
): ConfigProblem {
  const path = pathText(rules[ruleAt]?.at ?? []);
  const strictPlace = pathText(rules[strictAt]?.at ?? []);
  const facts = {
    at: path,
    rule: rule.rule,
    path: rule.path,
    strictAt: strictPlace,
    strictPath: strict.path,
    how,
  };
  return {
    code: 'FW_RULE_STRICT',
    path,
    found: `the rule ${rule.rule} at ${rule.path}`,
    expected: `no rule that excuses ${strict.path}, which is strict`,
    message: fault('FW_RULE_STRICT', facts).message,
  };
}
