import { describe, expect, it } from 'vitest';
import { Budget } from './budget.ts';

describe('Budget', () => {
  it('grants exactly what it holds, and is spent only by a request that it refused', () => {
    const budget = new Budget(3);
    expect([budget.spend(), budget.spend(2), budget.isSpent]).toEqual([true, true, false]);
    expect([budget.spend(0), budget.isSpent]).toEqual([true, false]);
    expect([budget.spend(), budget.isSpent]).toEqual([false, true]);
  });

  it('stays spent: what was cut short once is not whole again', () => {
    const budget = new Budget(1);
    budget.spend(5);
    expect([budget.spend(0), budget.spend(), budget.isSpent]).toEqual([false, false, true]);
  });
});
