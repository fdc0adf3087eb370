import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type FalseworkError, isFalseworkError } from '@falsework/core/errors';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { LoadedConfig } from '../parse-config.ts';
import { CONFIG_NAMES, type LoadOptions, loadConfig } from './load-config.ts';
import { readBounded } from './read-bounded.ts';

const LEAST = 'name: orders\nowner: checkout\ndeleteBy: 2027-03-31\n';
const LEAST_JSON = '{ "name": "orders", "owner": "checkout", "deleteBy": "2027-03-31" }';

// Of every POSIX system; Node has no call for it.
const MAKE_PIPE = 'mkfifo';

let folder = '';

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'falsework-config-'));
});

afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

function write(name: string, text: string): void {
  mkdirSync(dirname(join(folder, name)), { recursive: true });
  writeFileSync(join(folder, name), text);
}

function load(over: Partial<LoadOptions> = {}): Promise<LoadedConfig> {
  return loadConfig({ cwd: folder, env: {}, ...over });
}

async function refusal(over: Partial<LoadOptions> = {}): Promise<FalseworkError> {
  const error: unknown = await load(over).then(
    () => expect.unreachable('it loaded'),
    (thrown: unknown) => thrown,
  );
  if (!isFalseworkError(error)) throw error;
  return error;
}

describe('finding', () => {
  it.each([
    ['falsework.config.yaml', LEAST],
    ['falsework.config.yml', LEAST],
    ['falsework.config.json', LEAST_JSON],
    ['falsework.config.ts', `export default ${LEAST_JSON} satisfies object;`],
    ['falsework.config.mts', `export default await Promise.resolve(${LEAST_JSON});`],
    ['falsework.config.js', `module.exports = ${LEAST_JSON};`],
    ['falsework.config.mjs', `export default ${LEAST_JSON};`],
  ])('loads %s', async (name, text) => {
    write(name, text);
    const { file, migrations } = await load();
    expect(file).toBe(name);
    expect(migrations.map((migration) => migration.name)).toEqual(['orders']);
  });

  it('lists what it looked for when there is nothing', async () => {
    const error = await refusal();
    expect(error.code).toBe('FW_CONFIG_NOT_FOUND');
    for (const name of CONFIG_NAMES) expect(error.message).toContain(name);
    expect(error.exitCode).toBe(2);
  });

  it('refuses to choose between two', async () => {
    write('falsework.config.yaml', LEAST);
    write('falsework.config.json', LEAST_JSON);
    const error = await refusal();
    expect(error.code).toBe('FW_CONFIG_AMBIGUOUS');
    expect(error.message).toContain('falsework.config.json and falsework.config.yaml');
  });

  it('does not look further up', async () => {
    write('falsework.config.yaml', LEAST);
    mkdirSync(join(folder, 'inner'));
    expect((await refusal({ cwd: join(folder, 'inner') })).code).toBe('FW_CONFIG_NOT_FOUND');
  });

  it('takes the file that is named, by option or else by variable, from where one stands', async () => {
    write('a/one.yaml', LEAST);
    write('a/two.yaml', LEAST.replace('orders', 'cards'));
    const env = { FALSEWORK_CONFIG: 'a/two.yaml' };
    expect((await load({ env })).migrations[0]?.name).toBe('cards');
    expect((await load({ env, file: 'a/one.yaml' })).migrations[0]?.name).toBe('orders');
    expect((await load({ file: join(folder, 'a/one.yaml') })).file).toBe('a/one.yaml');
  });
});

describe('reading', () => {
  it.each([
    ['missing.yaml', 'it does not exist'],
    ['folder.yaml', 'it is a folder'],
    ['large.json', 'larger than 1048576 bytes'],
    ['binary.yaml', 'not UTF-8'],
    ['pipe.yaml', 'not a regular file'],
    ['loop.yaml', 'lead in a circle'],
    ['settings.toml', 'must end in one of .ts, .mts'],
    ['a.yaml/b.yaml', 'a part of its path is not a folder'],
  ])('refuses %s and says why', async (file, reason) => {
    mkdirSync(join(folder, 'folder.yaml'));
    write('large.json', `{"a": "${'x'.repeat(1_100_000)}"}`);
    writeFileSync(join(folder, 'binary.yaml'), Uint8Array.of(0x61, 0xff, 0xfe));
    execFileSync(MAKE_PIPE, [join(folder, 'pipe.yaml')]);
    symlinkSync(join(folder, 'loop.yaml'), join(folder, 'loop.yaml'));
    write('settings.toml', '');
    write('a.yaml', LEAST);
    const error = await refusal({ file });
    expect(error.code).toBe('FW_CONFIG_UNREADABLE');
    expect(error.message).toContain(reason);
    expect(error.message).toContain(file);
  });

  it('overlooks a byte order mark', async () => {
    write('falsework.config.json', `\ufeff${LEAST_JSON}`);
    write('b.yaml', `\ufeff${LEAST}`);
    await expect(load()).resolves.toMatchObject({ file: 'falsework.config.json' });
    await expect(load({ file: 'b.yaml' })).resolves.toMatchObject({ file: 'b.yaml' });
  });

  it('reads up to the limit and not one byte more', () => {
    write('a', 'x'.repeat(100));
    expect(readBounded(join(folder, 'a'), 100)).toEqual({ text: 'x'.repeat(100) });
    expect(readBounded(join(folder, 'a'), 99)).toEqual({ reason: 'it is larger than 99 bytes' });
    if (process.platform !== 'linux') return;
    // Files of the proc file system call themselves empty, and are not.
    const status = readBounded('/proc/self/status', 100_000);
    expect('text' in status && status.text).toContain('VmRSS');
    expect(readBounded('/proc/self/status', 99)).toEqual({ reason: 'it is larger than 99 bytes' });
  });

  it.skipIf(process.getuid?.() === 0)(
    'says when permission is denied (root is never denied)',
    async () => {
      write('secret.yaml', LEAST);
      chmodSync(join(folder, 'secret.yaml'), 0o000);
      expect((await refusal({ file: 'secret.yaml' })).message).toContain('permission is denied');
    },
  );

  it('names the file and the line of a mistake', async () => {
    write('falsework.config.yaml', `${LEAST}guard: [1\n`);
    const error = await refusal();
    expect(error.code).toBe('FW_CONFIG_SYNTAX');
    expect(error.message).toMatch(/^falsework\.config\.yaml:[45]:\d+ does not parse: /);
  });

  it('names the file in the problems', async () => {
    write('sub/falsework.config.yaml', 'name: 5\n');
    const error = await refusal({ file: 'sub/falsework.config.yaml' });
    expect(error.code).toBe('FW_CONFIG_INVALID');
    expect(error.message).toContain('sub/falsework.config.yaml has 3 problems');
  });
});

describe('a configuration as code', () => {
  it('has @falsework/config at hand where it is not installed', async () => {
    write(
      'falsework.config.ts',
      `import { defineMigration, env, header, ignore, list, tolerance } from '@falsework/config';
       import { owner } from './owner.ts';
       enum Side { Candidate = 'http://orders-v2' }
       export default defineMigration({
         name: 'orders', owner, deleteBy: '2027-03-31',
         guard: {
           legacy: env('LEGACY_URL'), candidate: Side.Candidate, key: header('x-account-id'),
           compare: [ignore('$.at'), tolerance('$.tax', { abs: 0.005 })],
         },
         cohorts: { internal: list('accounts/internal.txt') },
         policy: { ramp: ['internal', 1, 100] },
       });`,
    );
    write('owner.ts', `export const owner: string = 'checkout';`);
    write('accounts/internal.txt', '# staff\nalice\nbob\n');
    const { migrations } = await load({ env: { LEGACY_URL: 'http://orders-v1' } });
    expect(migrations[0]).toMatchObject({
      owner: 'checkout',
      guard: { legacy: 'http://orders-v1', candidate: 'http://orders-v2', compare: [{}, {}] },
      cohorts: { internal: ['alice', 'bob'] },
    });
  });

  it('is as short as the README says', async () => {
    const readme = readFileSync(join(import.meta.dirname, '../../README.md'), 'utf8');
    const [, snippet = ''] = /```ts\n([\s\S]*?)```/.exec(readme) ?? [];
    write('falsework.config.ts', snippet);
    write('accounts/internal.txt', 'alice\n');
    const { migrations } = await load({ env: { ORDERS_V1: 'http://orders-v1:8080' } });
    expect(migrations[0]).toMatchObject({
      guard: { legacy: 'http://orders-v1:8080', routes: [{ seam: 'GET /orders/{id}' }] },
      cohorts: { internal: ['alice'] },
      policy: { burnInMs: 31 * 86_400_000 },
    });
  });

  it('may compare with a function of its own', async () => {
    write(
      'falsework.config.ts',
      `import { custom, defineMigration } from '@falsework/config';
       export default defineMigration({ name: 'a', owner: 'b', deleteBy: '2027-03-31',
         guard: { legacy: 'http://l', candidate: 'http://c', compare: [custom('$.a', (l, c) => l === c)] } });`,
    );
    const [rule] = (await load()).migrations[0]?.guard?.compare ?? [];
    expect(rule?.rule === 'custom' && rule.isSame(1, 1)).toBe(true);
  });

  it('may export several migrations by name', async () => {
    const rest = `{ owner: 'checkout', deleteBy: '2027-03-31' }`;
    write('falsework.config.mjs', `export const orders = ${rest};\nexport const cards = ${rest};`);
    const names = (await load()).migrations.map(({ name }) => name);
    expect(names.sort()).toEqual(['cards', 'orders']);
  });

  it('takes effect anew each time it is loaded', async () => {
    write('falsework.config.ts', `export default ${LEAST_JSON};`);
    expect((await load()).migrations[0]?.name).toBe('orders');
    write('falsework.config.ts', `export default ${LEAST_JSON.replace('orders', 'cards')};`);
    expect((await load()).migrations[0]?.name).toBe('cards');
  });

  it('names file, line and column of a mistake, also in a file that it imports', async () => {
    write('falsework.config.ts', `export default {\n  a: (1 };\n`);
    const own = await refusal();
    expect(own.code).toBe('FW_CONFIG_SYNTAX');
    expect(own.message).toMatch(/falsework\.config\.ts:2:\d+ does not parse: Unexpected token/);
    expect(own.cause).toBeInstanceOf(Error);
    write('falsework.config.ts', `import './other.ts';\nexport default ${LEAST_JSON};`);
    write('other.ts', `const x = ;\n`);
    expect((await refusal()).message).toMatch(/other\.ts:1:\d+ does not parse/);
  });

  it('keeps what the file threw as the cause, and its words out of the message', async () => {
    write('falsework.config.ts', `const a: number = 1;\nthrow new RangeError('hunter2 ' + a);\n`);
    const error = await refusal();
    expect(error.message).toBe('falsework.config.ts:2 threw RangeError while it was evaluated.');
    expect(error.code).toBe('FW_CONFIG_THREW');
    expect(error.cause).toMatchObject({ name: 'RangeError', message: 'hunter2 1' });
  });

  it.each([
    ['throw undefined', 'a value of type undefined'],
    ['throw null', 'null'],
    [`throw 'hunter2'`, 'a value of type string'],
    [`import './nowhere.ts'`, 'MODULE_NOT_FOUND'],
    [`import { ignore } from '@falsework/config';\nignore('$[')`, 'FW_PATH_SYNTAX (The path "$["'],
  ])('tells what %j throws', async (text, thrown) => {
    write('falsework.config.ts', `${text};\nexport default {};`);
    const error = await refusal();
    expect(error.code).toBe('FW_CONFIG_THREW');
    expect(error.message).toContain(thrown);
    expect(error.message).not.toContain('hunter2');
  });

  it('is refused when it exports nothing that is a configuration', async () => {
    write('falsework.config.mjs', 'export default () => ({})');
    expect((await refusal()).message).toContain('a function');
    write('falsework.config.mjs', 'const x = 1;');
    expect((await refusal()).code).toBe('FW_CONFIG_INVALID');
  });
});

describe('list files', () => {
  const withList = (file: string): string =>
    `${LEAST}cohorts: { internal: { from: list, file: ${file} } }\n`;

  it('are found from the configuration, wherever one stands', async () => {
    write('deploy/falsework.config.yaml', withList('accounts.txt'));
    write('deploy/accounts.txt', 'alice\n');
    const { migrations } = await load({ file: 'deploy/falsework.config.yaml' });
    expect(migrations[0]?.cohorts).toEqual({ internal: ['alice'] });
  });

  it.each([
    ['nowhere.txt', 'it does not exist'],
    ['.', 'it is a folder'],
    ['large.txt', 'larger than'],
  ])('are a problem of the configuration when they cannot be read: %s', async (file, reason) => {
    write('falsework.config.yaml', withList(file));
    write('large.txt', 'x\n'.repeat(3_000_000));
    const error = await refusal();
    expect(error.facts.problems).toMatchObject([
      { code: 'FW_CONFIG_LIST', path: 'cohorts.internal' },
    ]);
    expect(error.message).toContain(reason);
  });

  it('must hold a key', async () => {
    write('falsework.config.yaml', withList('empty.txt'));
    write('empty.txt', '# nobody yet\n');
    expect((await refusal()).message).toContain('cohorts.internal is a list of 0');
  });
});
