import { fault, isFalseworkError } from '@falsework/core/errors';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { classify } from './failure.ts';

const DOING = { store: 'The store orders at db', operation: 'Adding evidence' };
const ROW = 'Key (name)=(Ada Lovelace) already exists.';

function pgError(code: string): Error {
  return Object.assign(new Error(`duplicate key: ${ROW}`), { code, detail: ROW });
}

function sqliteError(errcode: number, errstr: string): Error {
  return Object.assign(new Error(`${errstr}: ${ROW}`), {
    code: 'ERR_SQLITE_ERROR',
    errcode,
    errstr,
  });
}

describe('what a driver threw', () => {
  it.each([
    ['a deadlock', pgError('40P01'), 'FW_STORE_BUSY'],
    ['a lock that is not let go', pgError('55P03'), 'FW_STORE_BUSY'],
    ['a busy file', sqliteError(5, 'database is locked'), 'FW_STORE_BUSY'],
    ['a busy file, extended code', sqliteError(517, 'database is locked'), 'FW_STORE_BUSY'],
    [
      'a refused connection',
      Object.assign(new Error('x'), { code: 'ECONNREFUSED' }),
      'FW_STORE_UNREACHABLE',
    ],
    ['a connection lost', new Error('Connection terminated unexpectedly'), 'FW_STORE_UNREACHABLE'],
    ['a server shutting down', pgError('57P01'), 'FW_STORE_UNREACHABLE'],
    ['a wrong password', pgError('28P01'), 'FW_STORE_UNREACHABLE'],
    ['no such database', pgError('3D000'), 'FW_STORE_UNREACHABLE'],
    ['no such folder', sqliteError(14, 'unable to open database file'), 'FW_STORE_UNREACHABLE'],
    ['a file of something else', sqliteError(26, 'file is not a database'), 'FW_STORE_UNREACHABLE'],
    ['a full disk', sqliteError(13, 'database or disk is full'), 'FW_STORE_FAILED'],
    ['a statement that took too long', pgError('57014'), 'FW_STORE_FAILED'],
    ['a duplicate', pgError('23505'), 'FW_STORE_FAILED'],
    ['an error of ours inside', new TypeError(ROW), 'FW_STORE_FAILED'],
  ])('%s has a code', (_, thrown, code) => {
    const error = classify(thrown, DOING);
    expect(error).toMatchObject({ code, cause: thrown });
    expect(error.message).not.toContain('Ada');
  });

  it('keeps an error that has a code already', () => {
    const ours = fault('FW_STORE_NO_MIGRATION', { migration: 'orders' });
    expect(classify(ours, DOING)).toBe(ours);
  });

  it('gets a code whatever it is', () => {
    fc.assert(
      fc.property(fc.anything(), (thrown) => {
        expect(isFalseworkError(classify(thrown, DOING))).toBe(true);
      }),
      { seed: 2026 },
    );
  });
});
