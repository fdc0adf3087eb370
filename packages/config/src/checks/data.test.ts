import { isFalseworkError } from '@falsework/core/errors';
import { describe, expect, it } from 'vitest';
import { env, parseConfig, sql, table } from '../index.ts';
import type { ConfigProblem } from '../problems.ts';

const TABLES = { entries: { to: 'ledger_entries', columns: { cents: sql`round(amount * 100)` } } };
const STORES = {
  from: 'postgres://a:hunter2@v1/ledger',
  to: 'postgres://v2/ledger',
  tables: TABLES,
};
const LEAST = { name: 'ledger', owner: 'payments', deleteBy: '2027-03-31', store: 'separate' };
const context = (variables: Record<string, string> = {}) => ({
  file: 'falsework.config.ts',
  directory: '/srv/app',
  env: variables,
});

const dataOf = (data: unknown, variables?: Record<string, string>) =>
  parseConfig({ ...LEAST, data }, context(variables)).migrations[0]?.data;

const problemsOf = (data: unknown, over: object = {}): readonly ConfigProblem[] => {
  try {
    parseConfig({ ...LEAST, data, ...over }, context());
  } catch (error) {
    if (!isFalseworkError(error)) throw error;
    return (error.facts as { problems: readonly ConfigProblem[] }).problems;
  }
  throw new Error('It was not refused.');
};

describe('the data side', () => {
  it('needs two stores and a table, and has a default for everything else', () => {
    expect(dataOf(STORES)).toEqual({
      from: 'postgres://a:hunter2@v1/ledger',
      to: 'postgres://v2/ledger',
      capture: 'trigger',
      tables: { entries: [TABLES.entries] },
      invariants: {},
      workflows: null,
      reads: null,
      limits: {
        rehearsalValidMs: 7 * 86_400_000,
        retainMs: 14 * 86_400_000,
        fallsAfterMs: 10_000,
        patienceMs: 250,
        copyShare: 1,
      },
    });
  });

  it('takes its addresses from variables, named or ours', () => {
    const named = { ...STORES, from: env('V1'), to: env('V2') };
    const urls = { V1: 'postgres://x/1', V2: 'postgres://x/2' };
    expect(dataOf(named, urls)).toMatchObject({ from: urls.V1, to: urls.V2 });
    const ours = { FALSEWORK_DATA_FROM: 'postgres://y/1', FALSEWORK_DATA_TO: 'postgres://y/2' };
    expect(dataOf(STORES, ours)).toMatchObject({ from: 'postgres://y/1', to: 'postgres://y/2' });
  });

  it('reads SQL as one text or as parts that name tables of the plan', () => {
    const balanced = sql`select account, sum(cents) from ${table('entries')} group by 1`;
    expect(balanced).toEqual({
      sql: ['select account, sum(cents) from ', { table: 'entries' }, ' group by 1'],
    });
    const both = { legacy: { sql: 'select 1' }, candidate: sql`select 1` };
    const data = { ...STORES, invariants: { balanced, both } };
    expect(dataOf(data)?.invariants).toEqual({
      balanced,
      both: { legacy: { sql: ['select 1'] }, candidate: { sql: ['select 1'] } },
    });
  });

  it('splits a table by giving it several places to go to', () => {
    const tables = { orders: [{ to: 'open_orders' }, { to: 'closed_orders' }] };
    expect(dataOf({ ...STORES, tables })?.tables).toEqual(tables);
  });

  it.each([
    [{ ...STORES, tables: {} }, 'data.tables'],
    [{ ...STORES, to: STORES.from }, 'data.to'],
    [{ ...STORES, from: 'mysql://v1/ledger' }, 'data.from'],
    [{ ...STORES, limits: { fence: '1s', patience: '600ms' } }, 'data.limits.patience'],
    [{ ...STORES, limits: { copyShare: 0 } }, 'data.limits.copyShare'],
    [{ ...STORES, capture: 'polling' }, 'data.capture'],
    [{ ...STORES, tables: { a: { too: 'b' } } }, 'data.tables.a'],
  ])('refuses %j, naming %s', (data, at) => {
    const [problem] = problemsOf(data);
    expect(problem?.path).toContain(at);
    expect(JSON.stringify(problemsOf(data))).not.toContain('hunter2');
  });

  const TWO = { ...STORES, tables: { entries: { to: 'ledger_entries' }, rates: { to: 'rate' } } };

  it('names for each table the key that a read of its rows goes by', () => {
    const keys = { 'public.entries': 'account', rates: '*' };
    expect(dataOf({ ...TWO, reads: { keys } })?.reads).toEqual({ keys, keysBack: null });
    const keysBack = { ledger_entries: 'account_id', rate: null };
    expect(dataOf({ ...TWO, reads: { keys, keysBack } })?.reads).toEqual({ keys, keysBack });
  });

  it('refuses keys that leave a table out, or name one that is not mapped', () => {
    const of = (reads: object) => problemsOf({ ...TWO, reads }).map(({ path }) => path);
    const keys = { entries: 'account', rates: '*' };
    expect(of({ keys: { entries: 'account' } })).toEqual(['data.reads.keys.rates']);
    expect(of({ keys: { ...keys, rate: '*' } })).toEqual(['data.reads.keys.rate']);
    expect(of({ keys, keysBack: { ledger_entries: 'a', rates: '*' } })).toEqual([
      'data.reads.keysBack.rate',
      'data.reads.keysBack.rates',
    ]);
    expect(of({ keys: { ...keys, rates: 7 } })).toEqual(['data.reads.keys.rates']);
    expect(of({})).toEqual(['data.reads.keys']);
    const [{ message = '' } = {}] = problemsOf({ ...TWO, reads: { keys: { entries: 'account' } } });
    expect(message).toContain('the column that names the key of a read, *, or null');
  });

  it('refuses keys of reads where capture tells of a change too late for them', () => {
    const reads = { keys: { entries: 'account' } };
    const [problem] = problemsOf({ ...STORES, capture: 'logical', reads });
    expect(problem).toMatchObject({ path: 'data.capture', found: '"logical"' });
  });

  it('is refused beside one store that both sides share', () => {
    const [problem] = problemsOf(STORES, { store: 'shared' });
    expect(problem).toMatchObject({ path: 'store', found: 'shared' });
  });
});
