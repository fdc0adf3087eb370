import type { ShareStep } from '@falsework/core/policy';
import { nearestName } from '@falsework/core/text';
import { type ConfigProblem, problem, quoted } from '../problems.ts';
import type { Sections } from '../schema/migration-schema.ts';
import type { ParsedRung } from '../schema/policy-schema.ts';

const AT = ['policy', 'ramp'];

/** The ramp only goes up, ends with everybody, and names cohorts that exist. */
export function checkRamp({ policy, cohorts }: Partial<Sections>): ConfigProblem[] {
  const rungs = policy?.ramp ?? [];
  const problems = rungs.flatMap((rung, i) => misstep(rungs, rung, i));
  const last = rungs.at(-1);
  if (last !== undefined && !('percent' in last && last.percent === 100)) {
    problems.push(
      problem('FW_CONFIG_RAMP', [...AT, rungs.length - 1], {
        found: `${said(last)} at its end`,
        expected: '100 as the last rung',
      }),
    );
  }
  if (cohorts === undefined) return problems;
  const known = Object.keys(cohorts);
  return [...problems, ...rungs.flatMap((rung, i) => unknownCohort(rung, i, known))];
}

function misstep(rungs: readonly ParsedRung[], rung: ParsedRung, i: number): ConfigProblem[] {
  const before = rungs.slice(0, i);
  const at = [...AT, i];
  if ('cohort' in rung) {
    const isAgain = before.some((earlier) => 'cohort' in earlier && earlier.cohort === rung.cohort);
    const expected = 'each cohort once: it stays with the candidate from its rung on';
    return isAgain
      ? [problem('FW_CONFIG_RAMP', at, { found: `${said(rung)} again`, expected })]
      : [];
  }
  const highest = before.findLast((earlier) => 'percent' in earlier);
  if (highest === undefined || highest.percent < rung.percent) return [];
  const expected = 'more than the rung before it';
  return [
    problem('FW_CONFIG_RAMP', at, { found: `${said(rung)} after ${said(highest)}`, expected }),
  ];
}

function unknownCohort(rung: ParsedRung, i: number, known: readonly string[]): ConfigProblem[] {
  if (!('cohort' in rung) || known.includes(rung.cohort)) return [];
  const nearest = nearestName(rung.cohort, known);
  const declared =
    known.length === 0 ? 'a cohort, and none is declared' : `one of ${known.join(', ')}`;
  const expected = nearest === undefined ? declared : `${nearest}, the nearest declared cohort`;
  return [problem('FW_CONFIG_COHORT_UNKNOWN', [...AT, i], { found: said(rung), expected })];
}

function said(rung: ParsedRung): string {
  return 'cohort' in rung ? quoted(rung.cohort) : String(rung.percent);
}

/**
 * The steps that core walks. A cohort stays with the candidate on every later rung: a step forward
 * that took it back would be a retreat for the very people who tried first.
 */
export function toSteps(rungs: readonly ParsedRung[]): ShareStep[] {
  let percent = 0;
  let cohorts: readonly string[] = [];
  return rungs.map((rung) => {
    if ('cohort' in rung) cohorts = [...cohorts, rung.cohort];
    else ({ percent } = rung);
    return { percent, cohorts };
  });
}
