import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Ended, Falsework, Folder, run } from './support/falsework.ts';
import { freePort } from './support/services.ts';

const ADA = 'ada-secret-of-16-characters';
const WALL = 'wall-secret-of-16-characters';
const ENV = { ADA_TOKEN: ADA };

describe('tokens of the configuration', () => {
  let folder: Folder;
  let up: Falsework;

  beforeAll(async () => {
    folder = new Folder();
    writeFileSync(join(folder.path, 'wall-token'), `${WALL}\n`);
    const tokens = {
      ada: { role: 'operator', secret: { from: 'env', name: 'ADA_TOKEN' } },
      'wall display': { role: 'viewer', secret: { from: 'file', file: 'wall-token' } },
    };
    const config = {
      name: 'orders',
      owner: 'payments',
      deleteBy: '2027-03-31',
      control: { port: await freePort(), tokens },
    };
    writeFileSync(join(folder.path, 'falsework.config.json'), JSON.stringify(config));
    up = new Falsework(['up', '--json', '--no-guard', '--log-level', 'debug'], folder.path, ENV);
    await up.says(/"control"/);
  });

  afterAll(async () => {
    await up?.stop('SIGKILL');
    folder?.remove();
  });

  // Nobody who asks control needs the others' secrets: ADA_TOKEN is not set here.
  const asking = (token: string, ...args: string[]): Promise<Ended> =>
    run(args, folder.path, { FALSEWORK_TOKEN: token });
  const HOLD = ['hold', '--reason', 'freeze', '--execute'];

  it('let a viewer see everything on the command line, and do nothing', async () => {
    const seen = await asking(WALL, 'status');
    expect([seen.exit, seen.stderr]).toEqual([0, '']);
    const refused = await asking(WALL, ...HOLD);
    expect(refused.exit).toBe(1);
    expect(refused.stderr).toContain('FW_TOKEN_REFUSED');
    expect((await asking(WALL, 'decisions')).stdout).not.toContain('freeze');
  });

  it('sign what their owner does with the owner’s name', async () => {
    expect((await asking(ADA, ...HOLD)).exit).toBe(0);
    const { stdout } = await asking(WALL, 'decisions', '--json');
    expect(stdout).toMatch(/"by": ?"ada"/);
  });

  it('are in no log, no state and no word that is said', async () => {
    const { stdout } = await run(['check', '--json'], folder.path, ENV);
    const state = readFileSync(join(folder.path, '.falsework/state.db'), 'latin1');
    for (const secret of [ADA, WALL]) {
      expect(up.stdout + up.stderr + stdout + state).not.toContain(secret);
    }
  });

  it('are read again when it is asked to, and their sessions end with them', async () => {
    const renewed = `${WALL}-renewed`;
    writeFileSync(join(folder.path, 'wall-token'), renewed);
    up.child.kill('SIGHUP');
    await up.says(/the new configuration is taken up/);
    expect((await asking(WALL, 'status')).stderr).toContain('FW_TOKEN_REFUSED');
    expect((await asking(renewed, 'status')).exit).toBe(0);
    // What cannot be read leaves everything as it is, control included.
    writeFileSync(join(folder.path, 'wall-token'), 'short');
    up.child.kill('SIGHUP');
    await up.says(/was not taken up/);
    expect((await asking(renewed, 'status')).exit).toBe(0);
  });

  it('that are missing stop control before it starts, and say whose they are', async () => {
    const { exit, stderr } = await run(['up', '--no-guard'], folder.path);
    expect(exit).toBe(2);
    expect(stderr).toContain('The token of ada cannot be used: ADA_TOKEN is not set');
  });
});
