import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { postgresForTests } from '@falsework/testkit/postgres';
import { afterAll, describe, expect, it } from 'vitest';
import { drainAll, execute, startedFeed, twoStores } from '../../test/stores.ts';
import { sql } from '../mapping/sql.ts';

const one = await postgresForTests();
const two = await postgresForTests();
const missing = one.missing ?? two.missing;

afterAll(async () => {
  await one.server?.stop();
  await two.server?.stop();
});

const guide = readFileSync(new URL('../../../../docs/guides/data.md', import.meta.url), 'utf8');
const program = /^```ts\n([\s\S]*?readFenceOf[\s\S]*?)^```$/m.exec(guide)?.[1] ?? '';

const LEGACY = `
  create table accounts (id text primary key);
  create table entries (id int primary key, account text not null, amount numeric(9,2) not null);
  create table rates (code text primary key, rate int not null);
  create table audit (id int primary key, what text)`;
const CANDIDATE = `
  create table ledger_accounts (id text primary key);
  create table ledger_entries (id int primary key, account text not null,
    amount_cents bigint not null);
  create table ledger_rates (code text primary key, rate int not null);
  create table ledger_audit (id int primary key, what text)`;
const TABLES = {
  accounts: { to: 'ledger_accounts' },
  entries: {
    to: 'ledger_entries',
    columns: { amount_cents: sql`round(amount * 100)` },
    back: { amount: sql`amount_cents / 100.0` },
  },
  rates: { to: 'ledger_rates' },
  audit: { to: 'ledger_audit' },
};

// Everybody is in the candidate's share; then somebody else writes, and nobody drains.
const STORY = `
  import { attach, Plane } from '@falsework/seam';
  const { snapshot } = new Plane();
  attach(new Plane({ snapshot: { ...snapshot, version: 1, stage: 'shift', percent: 100, topology: 'separate' } }));
  const told = [await balance('7')];
  await legacy.use((s) => s.run("insert into audit values (1, 'not looked at')"));
  told.push(await balance('7'));
  await legacy.use((s) => s.run("insert into entries values (2, '7', 0.50)"));
  told.push(await balance('7'), await balance('8'));
  const { passed, fenced } = balance.report().fence;
  console.log(JSON.stringify({ told, passed, fenced: fenced.pending }));
  await balance.settled();
  await legacy.close();
  await candidate.close();`;

describe.skipIf(missing !== null)(missing ?? 'the guide to reads of two stores', () => {
  it('shows a program that reads what was written, whoever wrote it', async () => {
    if (one.server === null || two.server === null) throw new Error('There are no servers.');
    const tables = { legacy: LEGACY, candidate: CANDIDATE };
    const stores = await twoStores(one.server, tables, two.server);
    const feed = await startedFeed(stores, { tables: TABLES });
    await execute(stores.legacy, `insert into entries values (1, '7', 1.25), (3, '8', 9)`);
    await drainAll(feed);
    const env = { ...process.env, LEGACY_DB: stores.legacy.url, LEDGER_DB: stores.candidate.url };
    const flags = ['--conditions=falsework-source', '--no-warnings'];
    const input = ['--input-type=module-typescript', '--eval', `${program}\n${STORY}`];
    const cwd = new URL('../..', import.meta.url);
    const run = promisify(execFile);
    const { stdout } = await run(process.execPath, [...flags, ...input], { cwd, env });
    expect(JSON.parse(stdout)).toEqual({ told: [125, 125, 175, 900], passed: 3, fenced: 1 });
    await stores.close();
  });
});
