import { describe, expect, it } from 'vitest';
import type { ConfigProblem } from '../problems.ts';
import { splitMigrations } from './split.ts';

const ONE = { name: 'ledger', owner: 'payments', deleteBy: '2027-03-31' };
const { name: _, ...NAMELESS } = ONE;

function split(tree: unknown): { raw: unknown; problems: readonly ConfigProblem[] } {
  const problems: ConfigProblem[] = [];
  return { raw: splitMigrations(tree, problems), problems };
}

describe('splitMigrations', () => {
  it('takes an object for one migration', () => {
    expect(split(ONE).raw).toEqual([{ at: [], settings: ONE }]);
  });

  it('takes a list for several', () => {
    expect(split([ONE, { ...ONE, name: 'b' }]).raw).toMatchObject([{ at: [0] }, { at: [1] }]);
  });

  it('takes an object of migrations for several by name, and does not ask for the name again', () => {
    expect(split({ ledger: NAMELESS, cards: { ...NAMELESS, name: 'other' } }).raw).toEqual([
      { at: ['ledger'], settings: { name: 'ledger', ...NAMELESS } },
      { at: ['cards'], settings: { name: 'other', ...NAMELESS } },
    ]);
  });

  it('takes an object of sections for one migration that lacks its name', () => {
    const sections = { guard: { legacy: 'http://l' }, policy: {} };
    expect(split(sections).raw).toEqual([{ at: [], settings: sections }]);
    expect(split({ gaurd: { legacy: 'http://l' } }).raw).toMatchObject([{ at: [] }]);
  });

  it('overlooks the $schema that an editor reads', () => {
    expect(split({ $schema: './s.json', ...ONE }).raw).toEqual([{ at: [], settings: ONE }]);
    expect(split({ $schema: './s.json', ledger: NAMELESS }).raw).toMatchObject([
      { at: ['ledger'] },
    ]);
  });

  it.each([
    [undefined, 'missing'],
    [null, 'null'],
    ['text', '"text"'],
    [[], 'an empty list'],
    [() => ONE, 'a function'],
  ])('refuses %o', (tree, found) => {
    const { raw, problems } = split(tree);
    expect(raw).toEqual([]);
    expect(problems).toMatchObject([{ code: 'FW_CONFIG_VALUE', path: 'the configuration', found }]);
  });

  it('refuses an item of a list that is none, and reads the others', () => {
    const { raw, problems } = split([ONE, 5]);
    expect(raw).toHaveLength(1);
    expect(problems).toMatchObject([{ path: '[1]', found: '5' }]);
  });
});
