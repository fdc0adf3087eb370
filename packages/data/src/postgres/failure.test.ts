import { fault } from '@falsework/core/errors';
import { describe, expect, it } from 'vitest';
import { classify, isRowError, rowErrorDetail, sqlState } from './failure.ts';

const doing = { database: 'legacy', operation: 'draining' };
const server = (code: string): Error => Object.assign(new Error('duplicate key (7)'), { code });

describe('whatever a driver throws', () => {
  it.each([
    ['40001', 'FW_DATA_BUSY'],
    ['55P03', 'FW_DATA_BUSY'],
    ['55006', 'FW_DATA_BUSY'],
    ['57P01', 'FW_DATA_UNREACHABLE'],
    ['08006', 'FW_DATA_UNREACHABLE'],
    ['53100', 'FW_DATA_FULL'],
    ['42501', 'FW_DATA_DENIED'],
    ['XX000', 'FW_DATA_FAILED'],
    ['ECONNREFUSED', 'FW_DATA_UNREACHABLE'],
  ])('%s becomes %s', (code, expected) => {
    const made = classify(server(code), doing);
    expect(made.code).toBe(expected);
    expect(made.message).not.toContain('duplicate key');
    expect(made.cause).toBeInstanceOf(Error);
  });

  it('is a failure when nothing is known of it', () => {
    expect(classify('nonsense', doing).code).toBe('FW_DATA_FAILED');
    expect(classify(null, doing).code).toBe('FW_DATA_FAILED');
    expect(classify(new Error('Connection terminated unexpectedly'), doing).code).toBe(
      'FW_DATA_UNREACHABLE',
    );
  });

  it('stays what it is when it has a code of ours', () => {
    const ours = fault('FW_DATA_BUSY', { ...doing, because: 'x' });
    expect(classify(ours, doing)).toBe(ours);
  });

  it('shows its state however deep in its causes, and in no endless circle', () => {
    expect(sqlState(new Error('outer', { cause: server('23505') }))).toBe('23505');
    const circle: { cause?: unknown } = {};
    circle.cause = circle;
    expect(sqlState(circle)).toBeNull();
  });

  it('lies in a row only for values and rules of the table', () => {
    expect(['22003', '23505', '44000', 'P0001'].every((code) => isRowError(server(code)))).toBe(
      true,
    );
    expect(['40001', '53100', '57P01'].some((code) => isRowError(server(code)))).toBe(false);
  });

  it('tells of a row what it was refused by, and nothing of what was in it', () => {
    const refused = Object.assign(server('23505'), {
      constraint: 'a_pkey',
      detail: 'Key (id)=(7)',
    });
    expect(rowErrorDetail(refused)).toBe('SQLSTATE 23505, a_pkey');
    expect(rowErrorDetail(Object.assign(server('23502'), { column: 'n' }))).toBe(
      'SQLSTATE 23502, column n',
    );
  });
});
