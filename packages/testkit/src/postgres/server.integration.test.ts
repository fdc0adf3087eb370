import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { afterEach, describe, expect, it } from 'vitest';
import { POSTGRES_VERSIONS, type PostgresServer, postgresForTests } from './index.ts';

const { server: first, missing } = await postgresForTests();
const ENTRY = fileURLToPath(new URL('index.ts', import.meta.url));

let server: PostgresServer | null = first;

afterEach(async () => {
  await server?.stop();
  server = null;
});

async function asked(address: string, sql: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client(address);
  await client.connect();
  try {
    return (await client.query(sql)).rows as Record<string, unknown>[];
  } finally {
    await client.end();
  }
}

async function folderOf(address: string): Promise<string> {
  const [row] = await asked(address, 'show data_directory');
  return String(row?.['data_directory']).replace(/\/data$/, '');
}

describe.skipIf(missing !== null)(missing ?? 'PostgreSQL for tests', () => {
  it('gives an empty database each time, keeps them through a crash, and leaves nothing', async () => {
    const [one, two] = [await first?.createDatabase(), await first?.createDatabase()] as string[];
    await asked(one as string, 'create table t as select 42 as answer');
    // Without flushing, a commit is on the disk only after a checkpoint.
    await asked(one as string, 'checkpoint');
    await expect(asked(two as string, 'select * from t')).rejects.toThrow('does not exist');
    await first?.crash();
    expect(await asked(one as string, 'select * from t')).toEqual([{ answer: 42 }]);
    const folder = await folderOf(one as string);
    expect(existsSync(folder)).toBe(true);
    await first?.stop();
    await first?.stop();
    expect(existsSync(folder)).toBe(false);
    await expect(asked(one as string, 'select 1')).rejects.toThrow('ECONNREFUSED');
  });

  it.each(POSTGRES_VERSIONS)('runs PostgreSQL %d when asked to', async (version) => {
    const older = await postgresForTests({ version });
    const address = (await older.server?.createDatabase()) ?? '';
    const [row] = await asked(address, 'show server_version_num');
    await older.server?.stop();
    expect(Math.floor(Number(row?.['server_version_num']) / 10_000)).toBe(version);
  });

  it('leaves nothing when the test run is killed', async () => {
    const program = `
      const { startPostgres } = await import(${JSON.stringify(ENTRY)});
      const server = await startPostgres({ flags: ['-c', 'work_mem=3MB'] });
      console.log(await server.createDatabase());
      setInterval(() => {}, 1000);`;
    const run = spawn(process.execPath, ['--input-type=module', '-e', program]);
    const [chunk] = (await once(run.stdout, 'data')) as [Buffer];
    const address = String(chunk).trim();
    expect(await asked(address, 'show work_mem')).toEqual([{ work_mem: '3MB' }]);
    const folder = await folderOf(address);
    run.kill('SIGKILL');
    await once(run, 'exit');
    for (let tries = 0; existsSync(folder) && tries < 100; tries += 1) await pause(100);
    expect(existsSync(folder)).toBe(false);
    await expect(asked(address, 'select 1')).rejects.toThrow('ECONNREFUSED');
  });
});
