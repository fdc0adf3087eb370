import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { runIn } from '../test/fake-context.ts';
import { main } from './main.ts';

const COMMANDS = [
  'guard',
  'up',
  'status',
  'explain',
  'diffs',
  'diffs show',
  'diffs accept',
  'diffs reopen',
  'diffs note',
  'diffs export',
  'decisions',
  'advance',
  'approve',
  'hold',
  'rollback',
  'routes',
  'routes import',
  'check',
  'rules',
  'rules test',
  'rules propose',
  'replay',
];
// A group of commands has nothing of its own to print.
const WITH_RESULTS = COMMANDS.filter((name) => name !== 'rules');

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'falsework-main-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const write = (config: object): void =>
  writeFileSync(join(folder, 'falsework.config.json'), JSON.stringify(config));
const ORDERS = { name: 'orders', owner: 'payments', deleteBy: '2027-03-31' };

describe('help', () => {
  it.each(COMMANDS)('of `%s` says what it does, on stdout, with exit 0', async (name) => {
    const { exit, out, err } = await runIn({}, ...name.split(' '), '--help');
    expect({ exit, err }).toEqual({ exit: 0, err: '' });
    expect(out).toContain(`Usage: falsework ${name}`);
    expect(out).toMatch(/\n\n\S.{15,}/);
  });

  it.each(WITH_RESULTS)('of `%s` promises JSON for scripts', async (name) => {
    const { out } = await runIn({}, ...name.split(' '), '--help');
    expect(out).toMatch(/--json +results for scripts/);
  });

  it('names every command and every exit code', async () => {
    const { out } = await runIn({}, '--help');
    const named = COMMANDS.filter((name) => !name.includes(' '));
    for (const name of named) expect(out).toMatch(new RegExp(`^  ${name}\\b`, 'm'));
    expect(out).toContain('0 done, 1 failed, 2 wrong usage, 3 refused');
  });

  it('of a step says that nothing happens without --execute', async () => {
    for (const name of ['advance', 'approve', 'hold', 'rollback', 'diffs accept', 'diffs reopen']) {
      const { out } = await runIn({}, ...name.split(' '), '--help');
      expect(out, name).toMatch(/--execute +do it; without this only the plan is shown/);
    }
  });
});

describe('wrong usage', () => {
  it.each([
    { args: ['statsu'], says: /Did you mean status/ },
    { args: ['diffs', 'shwo', 'a41f'], says: /too many arguments|unknown command/ },
    { args: ['status', '--jsno'], says: /Did you mean --json/ },
    { args: ['diffs', '--state', 'gone'], says: /open, explained, accepted, fixed, regressed/ },
    { args: ['diffs', '--limit', '0'], says: /whole number above zero/ },
    { args: ['diffs', 'show'], says: /missing required argument 'id'/ },
    { args: ['diffs', 'accept', 'a41f'], says: /--owner <name>' not specified/ },
    { args: ['diffs', 'accept', 'a41f', '--owner', 'x'], says: /--reason <words>' not specified/ },
    {
      args: ['diffs', 'accept', 'a41f', '--owner', 'x', '--reason', 'y'],
      says: /--until <date>' not specified/,
    },
    { args: ['diffs', 'note', 'a41f'], says: /--text <words>' not specified/ },
    { args: ['rollback', 'nowhere'], says: /inert, dual-write/ },
    { args: ['up', '--log-level', 'loud'], says: /debug, info, warn, error, silent/ },
  ])('$args: exit 2, words on stderr, nothing on stdout', async ({ args, says }) => {
    const { exit, out, err } = await runIn({ cwd: folder }, ...args);
    expect({ exit, out }).toEqual({ exit: 2, out: '' });
    expect(err).toMatch(says);
  });

  it('without any command shows what there is', async () => {
    const { exit, err } = await runIn({});
    expect(exit).toBe(2);
    expect(err).toContain('Usage: falsework');
  });
});

describe('the configuration', () => {
  it('that is not there is named, with exit 2', async () => {
    const { exit, err } = await runIn({ cwd: folder }, 'check');
    expect(exit).toBe(2);
    expect(err).toContain('falsework.config');
  });

  it('is found in the folder, checked without any server, and shown with its sources', async () => {
    write(ORDERS);
    const { exit, out } = await runIn({ cwd: folder }, 'check', '--values');
    expect(exit).toBe(0);
    expect(out).toContain('is valid.');
    expect(out).toContain('orders: inert → shadow → shift → seal → strike');
    expect(out).toMatch(/orders: owner +payments +file/);
  });

  it('counts the legacy code that is left, as JSON on one line', async () => {
    write({ ...ORDERS, legacyCode: ['*.old'] });
    writeFileSync(join(folder, 'a.old'), '');
    const { json } = await runIn({ cwd: folder }, 'check', '--json');
    expect(json).toEqual([
      {
        file: 'falsework.config.json',
        migrations: [{ migration: 'orders', legacyFiles: 1 }],
      },
    ]);
  });

  it('with a misspelt key is refused with the nearest known name', async () => {
    write({ ...ORDERS, ownr: 'x' });
    const { exit, err } = await runIn({ cwd: folder }, 'check');
    expect(exit).toBe(2);
    expect(err).toMatch(/ownr.*owner/s);
  });

  it('elsewhere is taken from where the flag says, and only from there', async () => {
    write(ORDERS);
    const there = join(folder, 'falsework.config.json');
    expect((await runIn({}, 'check', '--config', there)).exit).toBe(0);
    expect((await runIn({ cwd: folder }, 'check', '--config', 'other.json')).exit).toBe(2);
  });
});

describe('the process of a command', () => {
  afterEach(() => vi.restoreAllMocks());

  it('is kept alive until the command has ended, also while that only waits', async () => {
    const [set, clear] = [
      vi.spyOn(globalThis, 'setInterval'),
      vi.spyOn(globalThis, 'clearInterval'),
    ];
    vi.spyOn(process.stdout, 'write').mockReturnValue(true);
    const before = process.exitCode;
    await main(['--version']);
    process.exitCode = before;
    const awake = set.mock.results[0]?.value as NodeJS.Timeout;
    expect(awake.hasRef()).toBe(true);
    expect(clear).toHaveBeenCalledWith(awake);
  });
});
