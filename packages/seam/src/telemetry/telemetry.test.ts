import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type SeamWorld, seamWorld } from '../../test/seam-fixtures.ts';
import { attachTelemetry, type Telemetry } from './telemetry.ts';

let world: SeamWorld;
let told: string[];

beforeEach(() => {
  world = seamWorld();
  told = [];
});
afterEach(() => attachTelemetry(null));

const keeping: Telemetry<string> = {
  served({ seam, side }) {
    told.push(`${side} serves ${seam}`);
    return 'request';
  },
  shadow({ seam, side }, link) {
    told.push(`${side} of ${seam} runs for ${link}`);
    return {
      within: (body) => body(),
      ended: () => void told.push(`${side} ended`),
      judged: (verdict) => void told.push(`${side}: ${verdict}`),
    };
  },
};

describe('what seams tell', () => {
  it('is which side serves, which one runs in its shadow, and what came of it', async () => {
    attachTelemetry(keeping);
    const fn = world.seam({ legacy: () => 1, candidate: () => 2 });
    fn();
    await world.pass();
    expect(told).toEqual([
      'legacy serves test',
      'candidate of test runs for request',
      'candidate ended',
      'candidate: mismatch',
    ]);
  });

  it('names the runs of a second look, all judged alike', async () => {
    world = seamWorld({ shadow: { recheckAfterMs: 250 } });
    attachTelemetry(keeping);
    world.seam({ legacy: () => 1, candidate: () => 2 })();
    await world.pass(250);
    expect(told.filter((words) => words.includes('mismatch'))).toEqual([
      'candidate: mismatch',
      'legacy: mismatch',
      'candidate: mismatch',
    ]);
  });

  it('says of a run that was left behind that it took too long', async () => {
    attachTelemetry(keeping);
    await world.seam({ legacy: async () => 1, candidate: () => new Promise<number>(() => {}) })();
    await world.pass(100);
    expect(told.slice(1)).toEqual(['candidate of test runs for request', 'candidate: timeout']);
  });

  it('names both sides when legacy answers for a candidate that fails its caller', async () => {
    world = seamWorld({ stage: 'shift', percent: 100 });
    attachTelemetry(keeping);
    const candidate = (): number => {
      throw new Error('no');
    };
    expect(world.seam({ legacy: () => 1, candidate })()).toBe(1);
    expect(told).toEqual(['candidate serves test', 'legacy serves test']);
    await world.pass();
  });

  it('says nothing of calls that nobody watches', async () => {
    attachTelemetry(keeping);
    const fn = world.seam({ legacy: () => 1, candidate: () => 2, sample: 0 });
    for (let i = 0; i < 100; i += 1) fn();
    await world.pass();
    expect(told).toEqual([]);
  });

  it('begins with calls made after it is attached, for seams made before', async () => {
    const fn = world.seam({ legacy: () => 1, candidate: () => 1 });
    fn();
    await world.pass();
    attachTelemetry(keeping);
    fn();
    await world.pass();
    expect(told).toHaveLength(4);
  });

  it.each(['served', 'shadow', 'within', 'ended', 'judged'])(
    'never reaches a caller: a %s that throws is a fault of ours',
    async (method) => {
      const broken = (): never => {
        throw new Error('no');
      };
      attachTelemetry({
        ...keeping,
        shadow: (work, link) => ({ ...keeping.shadow(work, link as string), [method]: broken }),
        ...(method === 'served' || method === 'shadow' ? { [method]: broken } : {}),
      });
      const fn = world.seam({ legacy: () => 1, candidate: () => 1 });
      expect(fn()).toBe(1);
      await world.pass();
      expect(fn.report()).toMatchObject({ faults: 1 });
      expect(fn.report().compared).toBe(method === 'within' ? 0 : 1);
    },
  );
});
