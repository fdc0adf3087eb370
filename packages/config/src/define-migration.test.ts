import { describe, expect, expectTypeOf, it } from 'vitest';
import type { z } from 'zod';
import { cookie, defineMigration, env, header, ignore, list, path, query } from './index.ts';
import type { KeySource } from './key-source.ts';
import type { MigrationConfig } from './migration-config.ts';
import type { migrationSchema } from './schema/migration-schema.ts';

describe('defineMigration', () => {
  it('gives back what it was given, so that a configuration stays plain data', () => {
    const config: MigrationConfig = { name: 'a', owner: 'b', deleteBy: '2027-03-31' };
    expect(defineMigration(config)).toBe(config);
  });

  it('takes every setting in the form in which people write it', () => {
    defineMigration({
      name: 'ledger',
      owner: 'payments',
      deleteBy: '2027-03-31',
      money: true,
      guard: {
        legacy: env('LEGACY'),
        candidate: 'http://ledger-v2',
        port: env('PORT'),
        key: header('x-account-id'),
        routes: { 'GET /accounts/{id}/balance': { effects: 'none', compare: [ignore('$.at')] } },
        maxBody: '64KiB',
      },
      cohorts: { internal: list('accounts/internal.txt'), beta: ['a'] },
      policy: { ramp: ['internal', 1, 10, 100], burnIn: '31d', mismatch: { rateMax: '0.01%' } },
    });
  });

  it('does not compile with an unknown key, a wrong unit or a wrong effect', () => {
    const base = { name: 'a', owner: 'b', deleteBy: 'c' };
    const sides = { legacy: 'http://a', candidate: 'http://b' };
    // @ts-expect-error no such key
    defineMigration({ ...base, gaurd: {} });
    // @ts-expect-error weeks are no unit
    defineMigration({ ...base, policy: { burnIn: '2w' } });
    // @ts-expect-error a stand-in cannot be handed to another process
    defineMigration({ ...base, guard: { ...sides, routes: { 'GET /': { effects: 'recorded' } } } });
    // @ts-expect-error the end is missing
    defineMigration({ name: 'a', owner: 'b' });
    expect(base.name).toBe('a');
  });

  it('knows exactly the settings of the schema', () => {
    // The types that people see are written by hand, for their comments; this keeps them beside the
    // schema.
    type Written = SettingsOf<MigrationConfig>;
    type Read = SettingsOf<z.input<typeof migrationSchema>>;
    expectTypeOf<Written>().toEqualTypeOf<Read>();
    expectTypeOf<'policy.shadow.recheckAfter'>().toExtend<Written>();
    expectTypeOf<'guard.routes.*.critical'>().toExtend<Written>();
    expectTypeOf<'policy.strata.[].reason'>().toExtend<Written>();
  });
});

/** What references and key sources say that they are from; a store is from somewhere as well. */
type Origin = 'env' | 'list' | KeySource['from'];

/**
 * Every setting of a type by its dotted path. References and key sources are one value, as are
 * rules.
 */
type SettingsOf<T, At extends string = ''> = T extends { from: Origin } | { rule: string }
  ? never
  : T extends readonly (infer Item)[]
    ? SettingsOf<Item, `${At}[].`>
    : T extends object
      ? {
          [Key in keyof T & string]:
            | `${At}${string extends Key ? '*' : Key}`
            | SettingsOf<T[Key], `${At}${string extends Key ? '*' : Key}.`>;
        }[keyof T & string]
      : never;

describe('the builders', () => {
  it('make plain data, the same that YAML would hold', () => {
    expect([header('h'), cookie('c'), query('q'), path('{id}'), env('E'), list('l.txt')]).toEqual([
      { from: 'header', name: 'h' },
      { from: 'cookie', name: 'c' },
      { from: 'query', name: 'q' },
      { from: 'path', name: '{id}' },
      { from: 'env', name: 'E' },
      { from: 'list', file: 'l.txt' },
    ]);
  });
});
