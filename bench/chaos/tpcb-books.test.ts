import { describe, expect, it } from 'vitest';
import { auditBooks, type Books, type BothBooks } from './tpcb-books.ts';

const HELD = {
  digests: { pgbench_accounts: 'x', pgbench_tellers: 'y' },
  accounts: [
    ['1', 12, 0],
    ['2', -3, 0],
    ['3', 0, 0],
  ],
  sums: [
    ['tellers', 9, 0],
    ['branches', 9, 0],
  ],
} as const;

/** Three transactions: two on legacy, one on the candidate after turnover. */
function both(changes: Partial<Record<'legacy' | 'candidate', Partial<Books>>> = {}): BothBooks {
  const legacy: Books = {
    ...HELD,
    history: [
      ['1', 10, 1],
      ['2', -3, 1],
    ],
    ...changes.legacy,
  };
  const candidate: Books = { ...HELD, history: [['1', 2, 1]], ...changes.candidate };
  return { legacy, candidate, transactions: 3 };
}

describe('the books of TPC-B', () => {
  it('agree when both stores are the sum of both histories', () => {
    expect(auditBooks(both())).toEqual([]);
  });

  it('tell of a transaction that was lost on the way over', () => {
    const accounts = [['1', 2, 0] as const, ...HELD.accounts.slice(1)];
    const digests = { ...HELD.digests, pgbench_accounts: 'z' };
    expect(auditBooks(both({ candidate: { accounts, digests } }))).toEqual([
      'pgbench_accounts differs between the stores',
      '1 accounts of candidate are not the sum of the histories',
    ]);
  });

  it('tell of one that was lost or applied twice on both', () => {
    const accounts = [['1', 14, 0] as const, ...HELD.accounts.slice(1)];
    expect(auditBooks(both({ legacy: { accounts }, candidate: { accounts } }))).toEqual([
      '1 accounts of legacy are not the sum of the histories',
      '1 accounts of candidate are not the sum of the histories',
    ]);
  });

  it('tell of one that is in no history, or in both', () => {
    expect(auditBooks(both({ candidate: { history: [] } }))).toContain(
      '3 transactions were acknowledged, 2 are in the histories',
    );
    const twice = [
      ['1', 2, 1],
      ['2', -3, 1],
    ] as const;
    expect(auditBooks(both({ candidate: { history: twice } }))).toContain(
      '3 transactions were acknowledged, 4 are in the histories',
    );
  });

  it('tell of tellers and branches that went their own way', () => {
    const sums = [['tellers', 9, 0] as const, ['branches', 8, 0] as const];
    expect(auditBooks(both({ legacy: { sums } }))).toEqual([
      'the branches of legacy are not the sum of the histories',
    ]);
  });

  it('tell of a row that differs in what is not counted', () => {
    const digests = { ...HELD.digests, pgbench_tellers: 'other' };
    expect(auditBooks(both({ legacy: { digests } }))).toEqual([
      'pgbench_tellers differs between the stores',
    ]);
  });
});
