import { formatCount } from '@falsework/core/text';
import { type ConfigProblem, problem, type SettingPath } from '../problems.ts';
import type { Sections } from '../schema/migration-schema.ts';
import type { PolicySection } from '../schema/policy-schema.ts';
import { rateText } from '../units/index.ts';

/**
 * A window in which one mismatch is above the limit already could never pass, and nobody would see
 * why.
 */
export function checkWindow({ policy }: Partial<Sections>): ConfigProblem[] {
  if (policy === undefined) return [];
  const { comparisons } = policy.window;
  return limitsOf(policy).flatMap(({ rateMax, of }) => {
    // The product of two decimals may fall short of 1 by its last bit.
    if (comparisons * rateMax >= 1 - 1e-9) return [];
    const needed = formatCount(Math.ceil(1 / rateMax - 1e-6));
    const expected = `at least ${needed}: under ${of} of ${rateText(rateMax)}, one mismatch in a shorter window is too many`;
    const found = formatCount(comparisons);
    return [problem('FW_CONFIG_WINDOW', ['policy', 'window', 'comparisons'], { found, expected })];
  });
}

function limitsOf({ mismatch, strata }: PolicySection): { rateMax: number; of: string }[] {
  const own = strata.flatMap(({ rateMax }, i) =>
    rateMax === null ? [] : [{ rateMax, of: `the policy.strata[${i}].rateMax` }],
  );
  return [{ rateMax: mismatch.rateMax, of: 'a policy.mismatch.rateMax' }, ...own];
}

/** Two rules for one stratum: which of them is in force would depend on their order. */
export function checkStrata({ policy }: Partial<Sections>): ConfigProblem[] {
  const seen = new Set<string>();
  return (policy?.strata ?? []).flatMap(({ seam, stratum }, i) => {
    const id = `${seam}\0${stratum}`;
    if (!seen.has(id)) {
      seen.add(id);
      return [];
    }
    const said = { found: 'a second rule for its stratum', expected: 'one rule for each stratum' };
    return [problem('FW_CONFIG_VALUE', ['policy', 'strata', i], said)];
  });
}

/**
 * Where money moves, waivers and single approvals are refused. Core's strict policy would drop them
 * silently, and whoever wrote them would believe that they are in force.
 */
export function checkMoney({ money, policy }: Partial<Sections>): ConfigProblem[] {
  if (money !== true || policy === undefined) return [];
  const refuse = (at: SettingPath, found: string, expected: string): ConfigProblem =>
    problem('FW_CONFIG_MONEY', ['policy', ...at], { found, expected });
  const waivers = policy.strata.flatMap(({ rateMax }, i) =>
    rateMax === null
      ? [refuse(['strata', i, 'rateMax'], 'null', 'a rate: with money: true nothing is waived')]
      : [],
  );
  const single = (['turnover', 'seal'] as const).filter((stage) => policy.approvals[stage] === 1);
  const expected = 'at least 2: money: true asks for two names';
  return [...waivers, ...single.map((stage) => refuse(['approvals', stage], '1', expected))];
}
