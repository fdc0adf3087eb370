import { type Database, openDatabase } from '@falsework/data';
import { postgresForTests } from '@falsework/testkit/postgres';
import { afterAll, describe, expect, it } from 'vitest';
import { CANDIDATE_SCHEMA } from '../schemas/candidate.ts';
import { objectsDifference, readObjects } from './catalogue.ts';

const { server, missing } = await postgresForTests();
afterAll(() => server?.stop());

async function changesOf(statement: string): Promise<string[]> {
  const url = (await server?.createDatabase()) ?? '';
  const database: Database = openDatabase({ url, label: 'candidate' });
  const run = (text: string) => database.use(({ client }) => client.query(text));
  try {
    await run(CANDIDATE_SCHEMA);
    const before = await readObjects(database);
    await run(statement);
    const { added, removed } = objectsDifference(before, await readObjects(database));
    return [...added.map((line) => `+ ${line}`), ...removed.map((line) => `- ${line}`)];
  } finally {
    await database.close();
  }
}

describe.skipIf(missing !== null)(missing ?? 'what a migration may leave behind', () => {
  it.each([
    ['a schema', 'create schema falsework_ledger', '+ schema falsework_ledger'],
    ['a table', 'create table left_over (id int)', '+ table public.left_over'],
    ['a column', 'alter table hold add fw_ver bigint', '+ column hold'],
    ['an index', 'create index on hold (account_id)', '+ CREATE INDEX hold_account_id_idx'],
    ['a sequence', 'create sequence fw_id', '+ sequence public.fw_id'],
    ['a function', `create function fw() returns int language sql as 'select 1'`, '+ CREATE OR'],
    [
      'a trigger',
      `create trigger fw after insert on hold for each row execute function append_only()`,
      '+ CREATE TRIGGER fw',
    ],
    ['a trigger that is off', 'alter table line disable trigger append_only', '+ CREATE TRIGGER'],
    ['a constraint that is gone', 'alter table hold drop constraint hold_cents_check', '- constr'],
    ['a publication', 'create publication fw', '+ publication fw'],
  ])('%s is seen', async (_, statement, line) => {
    const changes = await changesOf(statement);
    expect(
      changes.some((one) => one.startsWith(line)),
      changes.join('\n'),
    ).toBe(true);
  });

  it('is nothing where only rows came', async () => {
    const row = `insert into account values ('1', 'o', 'asset', 'EUR', 'public', now(), false)`;
    expect(await changesOf(row)).toEqual([]);
  });
});
