import { isInShare, type StratumNeed } from '@falsework/core/routing';
import { describe, expect, it } from 'vitest';
import { ScriptedLink, simHost, snapshotWith } from '../../test/fixtures.ts';
import { type SeamWorld, seamWorld } from '../../test/seam-fixtures.ts';
import { Plane } from '../plane/plane.ts';
import { seam } from './seam.ts';
import type { SeamHandle } from './types.ts';

const kind = ([call]: [call: number]): string => (call % 100 === 0 ? 'rare' : 'common');
const double = (call: number): number => call * 2;

async function callAll(world: SeamWorld, fn: (call: number) => number, calls: number) {
  for (let call = 0; call < calls; call += 1) {
    fn(call);
    if (call % 50 === 0) await world.pass(1);
  }
  await world.pass(1_000);
}

function comparedIn(fn: SeamHandle, stratum: string): number {
  const { strata } = fn.report();
  return strata.find((each) => each.stratum === stratum)?.verdicts.match ?? 0;
}

describe('a seam with strata that samples a tenth', () => {
  const tenth = { shadow: { sample: 0.1, concurrency: 100 } };

  it('compares every call of a rare stratum, and a tenth or more of a common one', async () => {
    const world = seamWorld(tenth);
    const fn = world.seam({ legacy: double, candidate: double, stratum: kind });
    await callAll(world, fn, 10_000);
    expect(comparedIn(fn, 'rare')).toBe(100);
    expect(comparedIn(fn, 'common')).toBeGreaterThan(990);
    expect(fn.report().compared).toBeLessThan(2_200);
  });

  it('does so while the candidate serves a share, and by key', async () => {
    const world = seamWorld({ ...tenth, stage: 'shift', percent: 50 });
    const key = ([call]: [call: number]): string => `k${call}`;
    const fn = world.seam({ legacy: double, candidate: double, stratum: kind, key });
    await callAll(world, fn, 10_000);
    expect(comparedIn(fn, 'rare')).toBe(100);
    expect(fn.report().compared).toBeLessThan(2_200);
  });

  it('sees every call of an entity that the sample has, and extras of others', async () => {
    const world = seamWorld(tenth);
    const account = (call: number): string => `account ${call % 100}`;
    const seen = new Map<string, number>();
    const candidate = (call: number): number => {
      seen.set(account(call), (seen.get(account(call)) ?? 0) + 1);
      return call;
    };
    const fn = world.seam({
      legacy: (call: number) => call,
      candidate,
      key: ([call]) => account(call),
      stratum: () => 'one',
    });
    await callAll(world, fn, 5_000);
    const accounts = Array.from({ length: 100 }, (_, i) => account(i));
    const inSample = accounts.filter((each) => isInShare('m\u00001\u0000sample', each, 10));
    expect(inSample.length).toBeGreaterThan(3);
    for (const each of inSample) expect(seen.get(each)).toBe(50);
    const extras = fn.report().compared - inSample.length * 50;
    expect(extras).toBeGreaterThan(100);
    expect(extras).toBeLessThanOrEqual(532);
  });

  it('takes the word of the snapshot for what is proven and for a rate of its own', async () => {
    const need = (over: Partial<StratumNeed>): StratumNeed => ({
      seam: 'test',
      stratum: 'rare',
      sample: null,
      comparisons: 0,
      ...over,
    });
    const proven = seamWorld({ ...tenth, strata: [need({})] });
    const one = proven.seam({ legacy: double, candidate: double, stratum: kind });
    await callAll(proven, one, 10_000);
    expect(comparedIn(one, 'rare')).toBeLessThan(30);
    const ofOthers = seamWorld({ ...tenth, strata: [need({ seam: 'other' })] });
    const other = ofOthers.seam({ legacy: double, candidate: double, stratum: kind });
    await callAll(ofOthers, other, 10_000);
    expect(comparedIn(other, 'rare')).toBe(100);
  });

  it('remembers what it has compared through a new snapshot of the same step, not of a new one', async () => {
    const host = simHost();
    const link = new ScriptedLink();
    const plane = new Plane({ host, link });
    // Proven after a hundred comparisons or so.
    const alarm = { rateOk: 0.05, threshold: 1e9 };
    const snapshot = { ...tenth, alarm, stage: 'shadow' } as const;
    const push = (version: number, step: number): void =>
      link.push(snapshotWith({ ...snapshot, version, step, epoch: 1 }));
    push(1, 1);
    const fn = seam({
      name: 'test',
      legacy: double,
      candidate: double,
      stratum: kind,
      effects: 'none',
      plane,
    });
    const rareIn = async (calls: number): Promise<number> => {
      const before = comparedIn(fn, 'rare');
      for (let call = 0; call < calls; call += 1) {
        fn(call);
        if (call % 50 === 0) await host.clock.advance(1);
      }
      await host.clock.advance(1_000);
      return comparedIn(fn, 'rare') - before;
    };
    expect(await rareIn(20_000)).toBeGreaterThan(50);
    push(2, 1);
    expect(await rareIn(10_000)).toBeLessThan(50);
    push(3, 2);
    expect(await rareIn(5_000)).toBe(50);
    await plane.close({ withinMs: 10 });
  });

  it('pays nothing where every call is compared anyway, or none', async () => {
    const world = seamWorld({ shadow: { sample: 1 } });
    let asked = 0;
    const stratum = (): string => {
      asked += 1;
      return 'one';
    };
    const fn = world.seam({ legacy: double, candidate: double, stratum });
    fn(1);
    expect(asked).toBe(1);
    const none = world.seam({
      name: 'none',
      legacy: double,
      candidate: double,
      stratum,
      sample: 0,
    });
    none(1);
    expect(asked).toBe(1);
    await world.pass();
  });
});
