import type { FenceReason } from '@falsework/core/routing';
import { CountedFence, type FenceUse } from '@falsework/seam/engine';
import { SimClock } from '@falsework/testkit';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cause, factsWith, routeFacts, tallyOf } from '../../test/report-fixtures.ts';
import { ScriptedFence } from '../../test/scripted-fence.ts';
import { guardReport } from '../report/guard-report.ts';
import type { RouteFacts } from '../report/route-report.ts';
import { mergeFacts } from './merge-facts.ts';

const facts = (route: RouteFacts, over = {}) => factsWith({ routes: [route], ...over });

describe('what several workers saw', () => {
  it('is added up, route by route and cause by cause', () => {
    const one = routeFacts('GET /a', {
      counts: { legacy: 10, credentials: 1 },
      tallies: [tallyOf({ match: 6, mismatch: 3, shed: 1 }, { legacyMs: 2, candidateMs: 3 })],
      signatures: [cause({ id: 'x', count: 3 })],
      shed: { 'queue-full': 1 },
    });
    const other = routeFacts('GET /a', {
      counts: { legacy: 5 },
      tallies: [tallyOf({ match: 3, mismatch: 2 }, { legacyMs: 2, candidateMs: 3 })],
      signatures: [cause({ id: 'y', count: 1 }), cause({ id: 'x', count: 1 })],
    });
    const third = routeFacts('GET /b', { counts: { legacy: 1 } });
    const report = guardReport(mergeFacts([facts(one), facts(other), facts(third)]));
    expect(report).toMatchObject({ requests: 16, compared: 14, differing: 5, shed: 1 });
    expect(report.routes[0]).toMatchObject({
      seam: 'GET /a',
      requests: 15,
      credentials: 1,
      shed: { 'queue-full': 1 },
      causes: [
        { id: 'x', count: 4 },
        { id: 'y', count: 1 },
      ],
    });
    expect(report.sides.legacy.counts).toMatchObject({ asked: 30, answered: 30 });
  });

  it('leaves out what belongs to an epoch that is over', () => {
    const at = (epoch: number, match: number) => {
      const route = routeFacts('GET /a', { counts: { legacy: 1 }, tallies: [tallyOf({ match })] });
      return facts({ ...route, summary: { ...route.summary, epoch } });
    };
    expect(guardReport(mergeFacts([at(1, 50), at(2, 7)])).compared).toBe(7);
    expect(guardReport(mergeFacts([at(2, 7), at(1, 50)])).compared).toBe(7);
  });

  it('takes a route for compared when one of them compares it', () => {
    const stream = routeFacts('GET /a', { unproven: 'stream', counts: { legacy: 3 } });
    const proven = routeFacts('GET /a', { counts: { legacy: 4 } });
    expect(guardReport(mergeFacts([facts(stream), facts(proven)])).unproven).toEqual([]);
    expect(guardReport(mergeFacts([facts(stream), facts(stream)])).unproven).toEqual([
      { route: 'GET /a', because: 'stream', requests: 6 },
    ]);
  });

  it('is what each of them asked its own fence, together', async () => {
    const use = async (...says: (FenceReason | null)[]): Promise<FenceUse> => {
      const scripted = new ScriptedFence();
      const fence = new CountedFence(scripted, new SimClock());
      for (const one of says) {
        scripted.says = () => Promise.resolve(one);
        await fence.reasonFor('7');
      }
      return fence.use();
    };
    const one = factsWith({ fence: await use(null, 'pending', 'unknown') });
    const other = factsWith({ fence: await use(null, 'pending') });
    // A worker that is new has said nothing of its own yet.
    const { fence } = guardReport(mergeFacts([one, factsWith(), other]));
    expect(fence).toMatchObject({ passed: 2, fenced: { pending: 2, unknown: 1, 'too-many': 0 } });
    expect(fence?.waited.p50Ms).toBe(0);
    expect(guardReport(mergeFacts([factsWith(), factsWith()])).fence).toBeNull();
  });

  it('is the same whoever is first', () => {
    const route = fc
      .tuple(fc.constantFrom('a', 'b', 'c'), fc.nat(50), fc.nat(50))
      .map(([name, match, mismatch]) =>
        routeFacts(`GET /${name}`, {
          counts: { legacy: match + mismatch },
          tallies: [tallyOf({ match, mismatch })],
          signatures: mismatch > 0 ? [cause({ count: mismatch })] : [],
        }),
      );
    fc.assert(
      fc.property(fc.array(route, { minLength: 1, maxLength: 6 }), (routes) => {
        const all = routes.map((each) => facts(each));
        const [first, ...rest] = all as [(typeof all)[0], ...typeof all];
        const forth = guardReport(mergeFacts([first, ...rest]));
        const [last, ...others] = all.toReversed() as [(typeof all)[0], ...typeof all];
        const back = guardReport(mergeFacts([last, ...others]));
        const shown = ({ routes: rows, requests, compared, differing }: typeof forth) => ({
          rows: rows.map(({ seam, verdicts, causes }) => [
            seam,
            verdicts,
            causes.map(({ id, count }) => [id, count]),
          ]),
          sums: [requests, compared, differing],
        });
        expect(shown(back)).toEqual(shown(forth));
        expect(forth.requests).toBe(routes.reduce((sum, { counts }) => sum + counts.legacy, 0));
      }),
    );
  });
});
