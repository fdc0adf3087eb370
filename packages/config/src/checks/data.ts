import { type ConfigProblem, problem, quoted } from '../problems.ts';
import type { DataSection } from '../schema/data-schema.ts';
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
  return [...problems, ...checkReads(data)];
}

/** Every table has to be named: one that was forgotten would be read stale without a word. */
function checkReads({ reads, capture, tables }: DataSection): ConfigProblem[] {
  if (reads === undefined) return [];
  const problems = checkKeys('keys', reads.keys, Object.keys(tables));
  if (reads.keysBack !== undefined) {
    const followers = Object.values(tables).flat();
    problems.push(
      ...checkKeys(
        'keysBack',
        reads.keysBack,
        followers.map(({ to }) => to),
      ),
    );
  }
  if (capture === 'logical') {
    const expected = 'trigger or application: the log tells of a change after readers could see it';
    problems.push(
      problem('FW_CONFIG_VALUE', ['data', 'capture'], { found: '"logical"', expected }),
    );
  }
  return problems;
}

function checkKeys(
  name: 'keys' | 'keysBack',
  keys: Readonly<Record<string, string | null>>,
  tables: readonly string[],
): ConfigProblem[] {
  const at = (table: string): readonly string[] => ['data', 'reads', name, table];
  const asked = new Set(Object.keys(keys).map(plainName));
  const known = new Set(tables.map(plainName));
  const forgotten = [...known].filter((table) => !asked.has(table));
  const strange = Object.keys(keys).filter((table) => !known.has(plainName(table)));
  const wanted = 'the column that names the key of a read, *, or null where reads do not look';
  const one = `a table of data.tables: ${[...known].map(quoted).join(', ')}`;
  return [
    ...forgotten.map((table) =>
      problem('FW_CONFIG_VALUE', at(table), { found: 'nothing', expected: wanted }),
    ),
    ...strange.map((table) =>
      problem('FW_CONFIG_VALUE', at(table), { found: 'a table without a mapping', expected: one }),
    ),
  ];
}

/** A table is one and the same with its schema and without, where that is the usual one. */
function plainName(table: string): string {
  return table.replace(/^public\./, '');
}
