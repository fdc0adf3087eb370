import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { Kysely } from 'kysely';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { NodeSqliteDialect } from '../sqlite/dialect.ts';
import { CHANGES, type SchemaChange } from './changes.ts';
import type { Tables } from './tables.ts';
import { type UpgradeTarget, upgradeSchema } from './upgrade.ts';

const NOW = Date.UTC(2026, 0, 5);
const SECOND: SchemaChange = {
  name: 'second',
  statements: ({ at, text }) => [`alter table ${at}fw_migrations add column note ${text}`],
};
const BROKEN: SchemaChange = {
  name: 'broken',
  statements: ({ at }) => [`create table ${at}half_done (a integer)`, 'create table ('],
};

let folder: string;
let file: string;
let db: Kysely<Tables>;
let target: UpgradeTarget;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'falsework-upgrade-'));
  file = join(folder, 'state.db');
  db = new Kysely<Tables>({ dialect: new NodeSqliteDialect(file) });
  target = { db, engine: 'sqlite', schema: null, label: 'The store', now: NOW };
});

afterEach(async () => {
  await db.destroy();
  rmSync(folder, { recursive: true });
});

function look<Row>(sql: string): Row[] {
  const database = new DatabaseSync(file);
  const rows = database.prepare(sql).all() as Row[];
  database.close();
  return rows;
}

const versions = (): unknown[] =>
  look('select version, name, applied_at from fw_schema order by version').map((row) => ({
    ...(row as object),
  }));

const tables = (): string[] =>
  look<{ name: string }>("select name from sqlite_master where type = 'table'").map((t) => t.name);

describe('the schema of the store', () => {
  it('is made in an empty place, and noted with its date', async () => {
    await upgradeSchema(target);
    expect(versions()).toEqual(
      CHANGES.map(({ name }, i) => ({ version: i + 1, name, applied_at: NOW })),
    );
    expect(tables()).toContain('fw_decisions');
  });

  it('is left alone when it is the one that the program knows', async () => {
    await upgradeSchema(target);
    await upgradeSchema({ ...target, now: NOW + 1 });
    expect(versions()).toHaveLength(CHANGES.length);
  });

  it('goes forward by the changes that are missing, and keeps what is stored', async () => {
    await upgradeSchema(target);
    const row = { name: 'orders', version: 1, state: '{}', snapshot: '{}' };
    await db.insertInto('fw_migrations').values(row).execute();
    await upgradeSchema({ ...target, now: NOW + 1 }, [...CHANGES, SECOND]);
    expect(versions()).toEqual([
      ...CHANGES.map(({ name }, i) => ({ version: i + 1, name, applied_at: NOW })),
      { version: CHANGES.length + 1, name: 'second', applied_at: NOW + 1 },
    ]);
    expect(look('select name, note from fw_migrations')).toMatchObject([
      { name: 'orders', note: null },
    ]);
  });

  it('refuses a store that a newer program wrote, and changes nothing', async () => {
    await upgradeSchema(target, [...CHANGES, SECOND]);
    await expect(upgradeSchema(target)).rejects.toMatchObject({
      code: 'FW_STORE_NEWER',
      facts: { found: CHANGES.length + 1, known: CHANGES.length },
      retryable: false,
    });
    expect(versions()).toHaveLength(CHANGES.length + 1);
  });

  it('stays as it was when a change fails half-way', async () => {
    await upgradeSchema(target);
    await expect(upgradeSchema(target, [...CHANGES, SECOND, BROKEN])).rejects.toThrow('syntax');
    expect(versions()).toHaveLength(CHANGES.length);
    expect(tables()).not.toContain('half_done');
    await upgradeSchema(target, [...CHANGES, SECOND]);
    expect(versions()).toHaveLength(CHANGES.length + 1);
  });

  it('is made once when many start at once', async () => {
    const others = Array.from({ length: 6 }, () => {
      const other = new Kysely<Tables>({ dialect: new NodeSqliteDialect(file) });
      return { ...target, db: other };
    });
    await Promise.all(others.map((other) => upgradeSchema(other)));
    expect(versions()).toHaveLength(CHANGES.length);
    await Promise.all(others.map((other) => other.db.destroy()));
  });

  it('has strict tables on SQLite, so that a wrong type is refused there too', async () => {
    await upgradeSchema(target);
    const loose = look<{ name: string; strict: number }>(
      "select name, strict from pragma_table_list where name like 'fw_%'",
    ).filter((table) => table.strict !== 1);
    expect(loose).toEqual([]);
  });
});
