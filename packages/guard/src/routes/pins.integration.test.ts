import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { request as send } from 'undici';
import { describe, expect, it } from 'vitest';
import { guardBetween, httpService, routeWith, snapshotWith } from '../../test/fixtures.ts';
import { emptyFolder } from '../../test/journal-fixtures.ts';
import type { GuardOptions, RunningGuard } from '../main.ts';
import { PIN_HEADER, Pins } from './pins.ts';

const named = (name: string) =>
  httpService((request, response) => void request.resume().on('end', () => response.end(name)));

const routes = [
  routeWith({ seam: 'POST /checkouts', effects: 'undeclared', beginsWorkflow: true }),
  routeWith({ seam: 'PUT /checkouts/{id}', effects: 'undeclared' }),
  routeWith({ seam: 'PUT /stays/{id}', effects: 'undeclared', canShift: false }),
];

async function guardAt(
  percent: number,
  folder: string,
  over: Partial<GuardOptions> = {},
): Promise<RunningGuard> {
  const key = { from: 'header', name: 'x-account' } as const;
  return guardBetween(await named('legacy'), await named('candidate'), {
    routes: routes.map((route) => ({ ...route, key })),
    writes: { folder, journal: { diskFreeBytesMin: 0 } },
    snapshot: snapshotWith({ stage: 'shift', percent, shadow: { sample: 0 } }),
    ...over,
  });
}

async function ask(
  guard: RunningGuard,
  path: string,
  headers: Record<string, string> = {},
): Promise<{ readonly side: string; readonly pin: string | undefined }> {
  const method = path === '/checkouts' ? 'POST' : 'PUT';
  const answer = await send(`${guard.url}${path}`, { method, headers, body: '{}' });
  const pin = answer.headers[PIN_HEADER.toLowerCase()] as string | undefined;
  return { side: await answer.body.text(), pin };
}

describe('a workflow', () => {
  it('stays on the side on which it began, while the share moves and over restarts', async () => {
    const folder = emptyFolder();
    const first = await guardAt(0, folder);
    const { side, pin = '' } = await ask(first, '/checkouts');
    expect([side, pin.slice(0, 2)]).toEqual(['legacy', 'l.']);
    await first.stop({ withinMs: 100 });

    const second = await guardAt(100, folder);
    const pinned = await ask(second, '/checkouts/7', { [PIN_HEADER]: pin });
    expect(pinned).toEqual({ side: 'legacy', pin: undefined });
    expect((await ask(second, '/checkouts/7')).side).toBe('candidate');
    expect((await ask(second, '/checkouts')).pin?.slice(0, 2)).toBe('c.');
  });

  it('goes back to legacy with everybody, wherever it began', async () => {
    const folder = emptyFolder();
    const pin = (await Pins.open(folder)).issue('candidate');
    const guard = await guardAt(50, folder, { snapshot: snapshotWith({ stage: 'shadow' }) });
    expect((await ask(guard, '/checkouts/7', { [PIN_HEADER]: pin })).side).toBe('legacy');
  });

  it('is not chosen by a caller that makes up a pin, nor with one of another guard', async () => {
    const folder = emptyFolder();
    const guard = await guardAt(0.001, folder);
    const strange = (await Pins.open(emptyFolder())).issue('candidate');
    const own = (await Pins.open(folder)).issue('legacy');
    for (const pin of [strange, own.replace('l.', 'c.'), 'c.AAAAAAAAAAA.', 'candidate', '']) {
      expect((await ask(guard, '/checkouts/7', { [PIN_HEADER]: pin })).side).toBe('legacy');
    }
  });

  it('does not move writes of a route that stays with legacy', async () => {
    const folder = emptyFolder();
    const guard = await guardAt(50, folder);
    const pin = (await Pins.open(folder)).issue('candidate');
    const account = { 'x-account': 'a' };
    expect((await ask(guard, '/stays/7', { ...account, [PIN_HEADER]: pin })).side).toBe('legacy');
    expect((await ask(guard, '/checkouts/7', { [PIN_HEADER]: pin })).side).toBe('candidate');
  });
});

describe('writes over a shared store', () => {
  it('shift sticky by key, unless their route stays', async () => {
    const guard = await guardAt(50, emptyFolder());
    const sides = { moved: new Set<string>(), stayed: new Set<string>() };
    for (let i = 0; i < 40; i += 1) {
      const account = { 'x-account': `a${i}` };
      const { side } = await ask(guard, '/checkouts/7', account);
      expect((await ask(guard, '/checkouts/8', account)).side).toBe(side);
      sides.moved.add(side);
      sides.stayed.add((await ask(guard, '/stays/7', account)).side);
    }
    expect([...sides.moved].sort()).toEqual(['candidate', 'legacy']);
    expect([...sides.stayed]).toEqual(['legacy']);
  });

  it('follow the authority over separate stores, whatever the share', async () => {
    const snapshot = snapshotWith({ stage: 'shift', percent: 100, topology: 'separate' });
    const guard = await guardAt(100, emptyFolder(), { snapshot });
    expect((await ask(guard, '/checkouts/7', { 'x-account': 'a' })).side).toBe('legacy');
  });
});

describe('the key of pins', () => {
  it('is made once, for its owner alone, and one that is none is not taken for one', async () => {
    const folder = emptyFolder();
    const pin = (await Pins.open(folder)).issue('legacy');
    expect((await Pins.open(folder)).read(['Host', 'a', 'falsework-pin', pin])).toBe('legacy');
    const file = join(folder, 'pins.key');
    expect(readFileSync(file)).toHaveLength(32);
    writeFileSync(file, 'short');
    await expect(Pins.open(folder)).rejects.toMatchObject({ code: 'FW_WRITE_FOLDER' });
  });
});
