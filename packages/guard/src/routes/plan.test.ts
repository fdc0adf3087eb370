import { bucketOf } from '@falsework/core/routing';
import { STAGES } from '@falsework/core/stage';
import { CountedFence, createRedactor } from '@falsework/seam/engine';
import { Plane } from '@falsework/seam/plane';
import { SimClock } from '@falsework/testkit';
import { describe, expect, it } from 'vitest';
import { ScriptedLink, simHost, snapshotWith } from '../../test/fixtures.ts';
import { ScriptedFence } from '../../test/scripted-fence.ts';
import { Upstream } from '../http/upstream.ts';
import { CaptureBudget } from '../shadow/capture.ts';
import type { ShadowContext } from '../shadow/shadow-lane.ts';
import { compilePlan, isDrawn, type Plan, sideOf } from './plan.ts';
import type { Route } from './route.ts';
import { RouteTable } from './route-table.ts';

function setUp(
  over: Parameters<typeof snapshotWith>[0] = {},
  fence: ShadowContext['fence'] = null,
) {
  const host = simHost();
  const link = new ScriptedLink();
  const plane = new Plane({ host, link, snapshot: snapshotWith(over) });
  const context: ShadowContext = {
    host,
    plane,
    upstreams: {
      legacy: new Upstream('legacy', 'http://127.0.0.1:1'),
      candidate: new Upstream('candidate', 'http://127.0.0.1:2'),
    },
    budget: new CaptureBudget(1_000),
    redactor: createRedactor({ salt: 's' }),
    bodyBytesMax: 1_000,
    headers: [],
    follow: null,
    fence,
    buildHeader: 'falsework-build',
  };
  const table = new RouteTable({ routes: [], compare: [], key: { from: 'header', name: 'k' } });
  const plan = (route: Route): Plan => compilePlan(route, plane, context);
  const read = table.find('GET', '/orders', false);
  read.noteAnswer(200);
  return { host, link, plane, plan, read, write: table.find('POST', '/orders', true), table };
}

const keys = Array.from({ length: 2_000 }, (_, i) => `account-${i}`);

describe('a plan', () => {
  it('serves legacy and compares reads in shadow, and compares no writes', () => {
    const { plan, read, write } = setUp({ stage: 'shadow', shadow: { sample: 0.1 } });
    expect(plan(read)).toMatchObject({ side: 'legacy', sample: 0.1, canFallBack: true });
    expect(plan(write)).toMatchObject({ side: 'legacy', sample: 0, lane: null });
  });

  it('compares nothing in inert', () => {
    const { plan, read } = setUp({ stage: 'inert' });
    expect(plan(read)).toMatchObject({ side: 'legacy', sample: 0, lane: null });
  });

  it('has reads wait for the fence while one of two stores follows the other, and nothing else', () => {
    const fence = new CountedFence(new ScriptedFence(), new SimClock());
    const fenced = STAGES.flatMap(({ stage, topologies }) =>
      topologies.flatMap((topology) => {
        const { plan, read, write } = setUp({ stage, topology }, fence);
        expect(plan(write).fence).toBeNull();
        const { fence: own, doubtServes, needsKey } = plan(read);
        if (own === null) return [];
        // Without the key, the fence could only be asked about all of them.
        expect([own, needsKey]).toEqual([fence, true]);
        return [`${topology} ${stage}: ${doubtServes}`];
      }),
    );
    expect(fenced).toEqual([
      'separate dual-write: legacy',
      'separate backfill: legacy',
      'separate reconcile: legacy',
      'separate shadow: legacy',
      'separate shift: legacy',
      'separate turnover: candidate',
    ]);
  });

  it('never falls back to legacy where legacy is no longer kept equal', () => {
    for (const stage of ['seal', 'strike'] as const) {
      const { plan, read } = setUp({ stage, percent: 100 });
      expect(plan(read)).toMatchObject({ side: 'candidate', canFallBack: false, sample: 0 });
    }
    const { plan, write } = setUp({ stage: 'shift', percent: 100 });
    expect(plan(write)).toMatchObject({ side: 'candidate', canFallBack: false });
  });

  it('moves keys stickily, and monotonically in the share', () => {
    let before = new Set<string>();
    for (const percent of [1, 5, 10, 25, 50]) {
      const { plan, read } = setUp({ stage: 'shift', percent });
      const compiled = plan(read);
      const moved = new Set(keys.filter((key) => sideOf(compiled, key) === 'candidate'));
      for (const key of before) expect(moved).toContain(key);
      for (const key of moved) expect(bucketOf('m', key)).toBeLessThan(percent);
      before = moved;
    }
    expect(before.size).toBeGreaterThan(900);
  });

  it('does not move a request without a key before 100 %', () => {
    const { plan, read } = setUp({ stage: 'shift', percent: 99 });
    expect(sideOf(plan(read), null)).toBe('legacy');
    const all = setUp({ stage: 'shift', percent: 100 });
    expect(sideOf(all.plan(all.read), null)).toBe('candidate');
  });

  it('lets a route sample more than the policy, and nothing when the policy samples nothing', () => {
    const { plan, table, plane, link } = setUp({ shadow: { sample: 0.1 } });
    const route = table.find('GET', '/own', false);
    route.noteAnswer(200);
    Object.assign(route.spec, { sample: 1 });
    expect(plan(route).sample).toBe(1);
    link.push(snapshotWith({ version: 2, shadow: { sample: 0 } }));
    expect(plane.snapshot.version).toBe(2);
    expect(plan(route).sample).toBe(0);
  });

  it('compares a learned path only once it is known to be a route, and counts it apart until then', () => {
    const { plan, table } = setUp();
    const route = table.find('GET', '/wp-login.php', false);
    expect(plan(route)).toMatchObject({ lane: null, seam: { name: '(unknown paths)' } });
    // What would be compared were it a route is still chosen, to be counted.
    expect(plan(route).sample).toBe(1);
    route.noteAnswer(404);
    expect(plan(route).seam.name).toBe('(unknown paths)');
    route.noteAnswer(200);
    expect(plan(route)).toMatchObject({ sample: 1, seam: { name: 'GET /wp-login.php' } });
  });

  it('no longer holds when the snapshot changes, and the plane then says so', () => {
    const { plan, read, plane, link } = setUp({ stage: 'shadow' });
    const before = plan(read);
    link.push(snapshotWith({ version: 2, stage: 'shift', percent: 100 }));
    expect(plane.generation).not.toBe(before.generation);
    expect(plan(read)).toMatchObject({ side: 'candidate' });
  });
});

describe('choosing what is compared', () => {
  it('depends on the key alone where there is one, and takes the share of keys asked for', () => {
    const { plan, read, host } = setUp({ shadow: { sample: 0.1 } });
    const compiled = plan(read);
    const drawn = keys.filter((key) => isDrawn(compiled, key, host.random));
    expect(keys.filter((key) => isDrawn(compiled, key, host.random))).toEqual(drawn);
    expect(drawn.length / keys.length).toBeGreaterThan(0.07);
    expect(drawn.length / keys.length).toBeLessThan(0.13);
  });

  it('takes other keys in another epoch', () => {
    const [a, b] = [1, 2].map((epoch) => {
      const { plan, read, host } = setUp({ epoch, shadow: { sample: 0.1 } });
      const compiled = plan(read);
      return keys.filter((key) => isDrawn(compiled, key, host.random));
    });
    expect(a).not.toEqual(b);
  });

  it('is at random where no key is named', () => {
    const { plan, read, host } = setUp({ shadow: { sample: 0.1 } });
    const compiled = plan(read);
    const drawn = keys.filter(() => isDrawn(compiled, null, host.random)).length;
    expect(drawn / keys.length).toBeGreaterThan(0.07);
    expect(drawn / keys.length).toBeLessThan(0.13);
  });

  it('takes all at 1 and none at 0', () => {
    for (const sample of [0, 1]) {
      const { plan, read, host } = setUp({ shadow: { sample } });
      const compiled = plan(read);
      expect(keys.every((key) => isDrawn(compiled, key, host.random) === (sample === 1))).toBe(
        true,
      );
    }
  });
});
