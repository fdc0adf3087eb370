import { ignore, keyed, strict, tolerance } from '@falsework/core/compare';
import { isFalseworkError } from '@falsework/core/errors';
import { describe, expect, it } from 'vitest';
import { parseConfig } from '../parse-config.ts';
import type { ConfigProblem } from '../problems.ts';

const LEAST = { name: 'ledger', owner: 'payments', deleteBy: '2027-03-31' };
const SIDES = { legacy: 'http://ledger-v1', candidate: 'http://ledger-v2' };
const ROUTE = 'GET /accounts/{id}';

function problemsOf(guard: object): readonly ConfigProblem[] {
  const value = { ...LEAST, guard: { ...SIDES, ...guard } };
  try {
    parseConfig(value, { file: 'falsework.config.yaml', directory: '/srv', env: {} });
    return [];
  } catch (error) {
    if (!isFalseworkError(error)) throw error;
    return error.facts.problems as readonly ConfigProblem[];
  }
}

describe('strict paths of a configuration', () => {
  it('stand beside rules that cannot meet them', () => {
    const compare = [strict('$.balance'), ignore('$.servedBy')];
    const routes = { [ROUTE]: { compare: [keyed('$.entries', 'id'), strict('$.entries')] } };
    expect(problemsOf({ compare, routes })).toEqual([]);
  });

  it('refuse a rule beside them, named with its place, both paths and the strict one', () => {
    const compare = [{ rule: 'strict', path: '$.entries[*].amount' }, ignore('$.at')];
    const route = { compare: [{ rule: 'tolerance', path: '$..amount', abs: 0.01 }] };
    expect(problemsOf({ compare, routes: { [ROUTE]: route } })).toEqual([
      {
        code: 'FW_RULE_STRICT',
        path: 'guard.routes["GET /accounts/{id}"].compare[0]',
        found: 'the rule tolerance at $..amount',
        expected: 'no rule that excuses $.entries[*].amount, which is strict',
        message:
          'guard.routes["GET /accounts/{id}"].compare[0]: the rule tolerance at "$..amount" can apply at or beneath "$.entries[*].amount", which guard.compare[0] declares strict: nothing there may be excused.',
      },
    ]);
  });

  it('of a route refuse the rule of every route that meets them', () => {
    const route = { compare: [strict('$')] };
    const found = problemsOf({
      compare: [tolerance('$.a', { abs: 1 })],
      routes: { [ROUTE]: route },
    });
    expect(found.map(({ code, path }) => `${code} ${path}`)).toEqual([
      'FW_RULE_STRICT guard.compare[0]',
    ]);
  });

  it('say once what is wrong with the rules of every route', () => {
    const compare = [strict('$.a'), ignore('$..a')];
    const found = problemsOf({ compare, routes: { [ROUTE]: {}, 'GET /other': {} } });
    expect(found.map(({ path }) => path)).toEqual(['guard.compare[1]']);
  });
});
