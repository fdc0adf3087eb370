import { randomUUID } from 'node:crypto';
import type { RequestListener } from 'node:http';
import type { Rule } from '@falsework/core/compare';
import { describe, expect, it } from 'vitest';
import { guardBetween, httpService, snapshotWith } from '../test/fixtures.ts';
import type { GuardReport } from './main.ts';

const READS = 200;

/** An answer with everything in it that is made anew each time; the price is `priceOf` the item. */
const orderService =
  (priceOf: (item: number) => number): RequestListener =>
  (request, response) => {
    const item = Number(request.url?.split('/').at(-1));
    const tags = ['new', 'red', 'small', 'sale'].sort(() => Math.random() - 0.5);
    response.setHeader('content-type', 'application/json');
    response.end(
      JSON.stringify({
        item,
        price: priceOf(item),
        requestId: randomUUID(),
        answeredAt: new Date().toISOString(),
        stamp: Date.now() + Math.floor(Math.random() * 20),
        trace: { span: randomUUID().replaceAll('-', '') },
        tags,
      }),
    );
  };

/** Reads through a guard that compares all of them, and legacy with itself each time. */
async function reportWith(
  priceOf: (item: number) => number,
  compare: readonly Rule[],
): Promise<GuardReport['routes'][number]> {
  const legacy = await httpService(orderService((item) => item));
  const candidate = await httpService(orderService(priceOf));
  const guard = await guardBetween(legacy, candidate, {
    compare,
    snapshot: snapshotWith({
      shadow: { sample: 1, noiseSample: 1, recheckAfterMs: 20, timeoutMs: 5_000 },
    }),
  });
  for (let item = 0; item < READS; item += 1) {
    await (await fetch(`${guard.url}/orders/${item % 17}`)).arrayBuffer();
  }
  await guard.settled();
  const route = guard.report().routes.find(({ compared }) => compared > 0);
  if (route === undefined) throw new Error('Nothing was compared.');
  return route;
}

const same = (item: number): number => item;

describe('two services that are the same, with identifiers and clocks in their answers', () => {
  it('differ everywhere at first; with the rules proposed for legacy’s own noise they do not', async () => {
    const before = await reportWith(same, []);
    expect(before.differing).toBeGreaterThan(READS * 0.9);
    expect(before.noise.noisy).toBe(before.noise.pairs);
    const rules = before.noise.paths.map(({ rule }) => JSON.parse(rule ?? 'null') as Rule);
    expect(rules).not.toContain(null);
    expect(new Set(before.noise.paths.map(({ template }) => template))).toEqual(
      new Set(['$.requestId', '$.answeredAt', '$.stamp', '$.trace.span', '$.tags']),
    );
    // Nothing is excused that was not noisy.
    expect(rules.filter(({ path }) => path === '$.price' || path === '$')).toEqual([]);

    const after = await reportWith(same, rules);
    expect(after).toMatchObject({ differing: 0, causes: [], noise: { noisy: 0 } });
    expect(after.compared).toBeGreaterThan(READS * 0.9);

    const planted = await reportWith((item) => (item === 3 ? item + 0.01 : item), rules);
    expect(planted.causes.map(({ template }) => template)).toEqual(['$.price']);
    expect(planted.noise.noisy).toBe(0);
  });
});
