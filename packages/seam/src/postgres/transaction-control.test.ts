import { describe, expect, it } from 'vitest';
import { controlOf } from './transaction-control.ts';

describe('a statement that controls its transaction', () => {
  it.each([
    ['begin', 'begin'],
    ['BEGIN;', 'begin'],
    ['  begin transaction isolation level serializable  ', 'begin'],
    ['start transaction read only', 'begin'],
    ['/* trace */ BEGIN -- now', 'begin'],
    ['commit', 'commit'],
    ['COMMIT WORK', 'commit'],
    ['end', 'commit'],
    ['end transaction ;', 'commit'],
    ['commit and no chain', 'commit'],
    ['commit and chain', 'commit-chain'],
    ['rollback', 'rollback'],
    ['abort work', 'rollback'],
    ['rollback and chain', 'rollback-chain'],
    ['commit /*traceparent=00-1-2-01*/', 'commit'],
    ['set transaction isolation level repeatable read', 'mode'],
    ['SET LOCAL transaction read only', 'mode'],
  ])('%s is %s', (statement, control) => {
    expect(controlOf(statement)).toBe(control);
  });

  it.each([
    '',
    'select 1',
    'rollback to savepoint a',
    'release savepoint a',
    'savepoint begin',
    'commit prepared $1',
    'prepare transaction $1',
    'end_of_month()',
    'beginning',
    'insert into t values (1); commit',
    'commit; select 1',
    'do $$ begin null; end $$',
    `commit ${' '.repeat(2_000)}`,
    'set session characteristics as transaction read write',
    'set statement_timeout = 0',
  ])('%s is none', (statement) => {
    expect(controlOf(statement)).toBeNull();
  });

  it('is told in linear time from text made to be slow', () => {
    const hostile = `/*${'*'.repeat(900)}`;
    expect(controlOf(hostile)).toBeNull();
  });
});
