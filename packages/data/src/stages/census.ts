import type { Side } from '@falsework/core/routing';
import type { Sql } from '../mapping/sql.ts';
import { sqlText } from '../mapping/sql.ts';
import type { Stores } from '../plan/plan-data.ts';
import { coded } from '../postgres/failure.ts';
import { oneValue } from '../postgres/session.ts';

/**
 * How runs that began on the old side are counted: there are none by nature, a statement that gives
 * their number, or a function of the application's that knows.
 */
export type WorkflowCensus =
  | 'none'
  | { readonly on: Side; readonly count: Sql }
  | (() => Promise<number>);

/**
 * The number of runs that began on the old side and are still under way. Rejects with what the
 * census rejects with: a census that fails is no zero.
 */
export async function countWorkflows(census: WorkflowCensus, stores: Stores): Promise<number> {
  if (census === 'none') return 0;
  if (typeof census === 'function') return wholeCount(await census());
  const database = stores[census.on];
  const statement = sqlText(census.count, (name) => name);
  const found = await coded({ database: database.label, operation: 'counting workflows' }, () =>
    database.use((session) => oneValue(session, statement)),
  );
  return wholeCount(Number(found ?? Number.NaN));
}

function wholeCount(count: number): number {
  if (Number.isSafeInteger(count) && count >= 0) return count;
  throw new TypeError('A census of workflows has to give a whole number from 0 on.');
}
