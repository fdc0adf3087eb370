// Callers and shadows of one side, each with connections and bounds of their own.
import { describe, expect, it } from 'vitest';
import {
  guardBetween,
  httpService,
  jsonService,
  routeWith,
  snapshotWith,
  until,
} from '../../test/fixtures.ts';

const snapshot = snapshotWith({
  stage: 'shift',
  percent: 50,
  shadow: { timeoutMs: 3_000, concurrency: 8 },
});
const routes = [routeWith({ seam: 'GET /a', key: { from: 'header', name: 'x-id' } })];

/** A guard whose legacy hangs for those keys that are named in `hanging`. */
async function started() {
  const hanging = new Set<string>();
  let held = 0;
  const legacy = await httpService((request, response) => {
    if (hanging.has(String(request.headers['x-id']))) held += 1;
    else response.end('{}');
  });
  const sides = { legacy: { requestsMax: 2, shadowsMax: 2 } };
  const options = { snapshot, routes, sides, namesSide: true };
  const guard = await guardBetween(legacy, await jsonService(() => ({})), options);
  const ask = (id: string) => fetch(`${guard.url}/a`, { headers: { 'x-id': id } });
  const keyOn = async (side: string): Promise<string> => {
    for (let i = 0; ; i += 1) {
      const answer = await ask(`key-${i}`);
      if (answer.headers.get('falsework-side') === side) return `key-${i}`;
    }
  };
  const keys = { legacy: await keyOn('legacy'), candidate: await keyOn('candidate') };
  await guard.settled();
  return { guard, ask, hanging, keys, held: () => held };
}

describe('shadows that hang', () => {
  it('take at most their own places, and none of a caller’s', async () => {
    const { guard, ask, hanging, keys, held } = await started();
    hanging.add(keys.candidate);
    const served = await Promise.all(Array.from({ length: 8 }, () => ask(keys.candidate)));
    expect(served.map(({ status }) => status)).toEqual(served.map(() => 200));
    await until(() => held() === 2, 'legacy holds as many shadows as it may have');
    for (let i = 0; i < 10; i += 1) expect((await ask(keys.legacy)).status).toBe(200);
    expect(held()).toBe(2);
    await guard.settled();
    expect(guard.report().shed).toBeGreaterThan(0);
  });
});

describe('callers that wait', () => {
  it('take at most their own places, and none of the shadows’', async () => {
    const { guard, ask, hanging, keys, held } = await started();
    hanging.add(keys.legacy);
    const leaving = new AbortController();
    const waiting = [0, 1].map(() =>
      fetch(`${guard.url}/a`, { headers: { 'x-id': keys.legacy }, signal: leaving.signal }),
    );
    await until(() => held() === 2, 'legacy holds as many callers as it may have');
    expect((await ask(keys.legacy)).status).toBe(503);
    const before = guard.report().compared;
    expect((await ask(keys.candidate)).status).toBe(200);
    await until(() => guard.report().compared === before + 1, 'its shadow was run all the same');
    leaving.abort();
    expect(await Promise.allSettled(waiting)).toMatchObject([
      { status: 'rejected' },
      { status: 'rejected' },
    ]);
  });
});
