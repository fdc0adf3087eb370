import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { Kysely, sql } from 'kysely';
import { describe, expect, it } from 'vitest';
import { NodeSqliteDialect } from './dialect.ts';
import { patiently } from './patience.ts';
import { Statements } from './statements.ts';

class Busy extends Error {
  readonly errcode = 5;
}

/** Time that passes only by waiting. */
function fakeWaiting() {
  const waiting = {
    nowMs: 0,
    pauses: 0,
    monotonicMs: () => waiting.nowMs,
    pause: async (durationMs: number) => {
      waiting.pauses += 1;
      waiting.nowMs += durationMs;
    },
  };
  return waiting;
}

describe('waiting for a file that another process writes to', () => {
  it('does not wait when there is nothing to wait for', async () => {
    const waiting = fakeWaiting();
    expect(await patiently(() => 42, waiting)).toBe(42);
    expect(waiting.pauses).toBe(0);
  });

  it('tries again until the file is free', async () => {
    const waiting = fakeWaiting();
    const run = (): number => {
      if (waiting.pauses < 3) throw new Busy();
      return waiting.pauses;
    };
    expect(await patiently(run, waiting)).toBe(3);
  });

  it('gives up after five seconds, with what SQLite said', async () => {
    const waiting = fakeWaiting();
    const busy = new Busy();
    const run = (): never => {
      throw busy;
    };
    await expect(patiently(run, waiting)).rejects.toBe(busy);
    expect(waiting.nowMs).toBe(5_000);
  });

  it('does not try again what failed for another reason', async () => {
    const waiting = fakeWaiting();
    const run = (): never => {
      throw Object.assign(new Error('disk I/O error'), { errcode: 10 });
    };
    await expect(patiently(run, waiting)).rejects.toThrow('disk I/O error');
    expect(waiting.pauses).toBe(0);
  });
});

describe('prepared statements', () => {
  it('are parsed once, know whether they give rows, and are forgotten when there are too many', () => {
    const database = new DatabaseSync(':memory:');
    const statements = new Statements(database);
    database.exec('create table t (a integer)');
    const insert = statements.prepare('insert into t values (?)');
    expect(insert.isReader).toBe(false);
    expect(statements.prepare('select * from t').isReader).toBe(true);
    expect(statements.prepare('insert into t values (?) returning a').isReader).toBe(true);
    for (let i = 0; i < 150; i += 1) statements.prepare(`select ${i}`);
    expect(statements.prepare('insert into t values (?)')).toBe(insert);
    for (let i = 0; i < 250; i += 1) statements.prepare(`select ${i} as x`);
    expect(statements.prepare('insert into t values (?)')).not.toBe(insert);
    database.close();
  });
});

describe('a connection to a file', () => {
  it('flushes every commit to the disk, checks references, and blocks for no more than a moment', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'falsework-pragma-'));
    const db = new Kysely<never>({ dialect: new NodeSqliteDialect(join(folder, 'state.db')) });
    const setting = async (name: string): Promise<unknown> => {
      const { rows } = await sql.raw<Record<string, unknown>>(`pragma ${name}`).execute(db);
      return Object.values(rows[0] ?? {})[0];
    };
    expect(await setting('journal_mode')).toBe('wal');
    // 2 is FULL in SQLite's documentation of the pragma.
    expect(await setting('synchronous')).toBe(2);
    expect(await setting('foreign_keys')).toBe(1);
    expect(await setting('busy_timeout')).toBeLessThanOrEqual(50);
    await db.destroy();
    rmSync(folder, { recursive: true });
  });
});
