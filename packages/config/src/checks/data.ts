import { type ConfigProblem, problem } from '../problems.ts';
import type { Sections } from '../schema/migration-schema.ts';

/** Two stores at two addresses, in a migration that says that there are two. */
export function checkData({ data, store }: Partial<Sections>): ConfigProblem[] {
  if (data === undefined) return [];
  const problems: ConfigProblem[] = [];
  if (store === 'shared') {
    const expected = 'separate: `data` moves rows from one store to another';
    problems.push(problem('FW_CONFIG_VALUE', ['store'], { found: 'shared', expected }));
  }
  if (Object.keys(data.tables).length === 0) {
    const said = { found: 'no table', expected: 'at least one table of the legacy store' };
    problems.push(problem('FW_CONFIG_VALUE', ['data', 'tables'], said));
  }
  if (data.from === data.to) {
    const said = { found: 'the address of data.from', expected: 'another database' };
    problems.push(problem('FW_CONFIG_SIDES_EQUAL', ['data', 'to'], said));
  }
  if (data.limits.patience * 2 > data.limits.fence) {
    const found = 'more than half of data.limits.fence';
    const expected = 'less: what is left of the fence must do for draining and comparing';
    problems.push(problem('FW_CONFIG_VALUE', ['data', 'limits', 'patience'], { found, expected }));
  }
  return problems;
}
