import { SeededRandom } from '@falsework/testkit';
import axios from 'axios';
import { Agent } from 'undici';
import { describe, expect, it } from 'vitest';
import { type RealServer, startServer } from '../../test/real-server.ts';
import { safeAdapter } from '../axios/index.ts';
import { createFetch, reportOf } from '../fetch/index.ts';
import { safeCalls } from '../undici/index.ts';

const OPTIONS = {
  backoff: { firstMs: 2, capMs: 10 },
  triesMax: 30,
  budget: { ratio: 1, perSecond: 10_000, burst: 10_000 },
};

interface Shop extends RealServer {
  /** How often each order was written. */
  readonly written: Map<string, number>;
}

/**
 * A shop that honours keys and loses its connection, or its nerve, before or after it has written:
 * what a caller of a service that is being restarted meets.
 */
async function startShop(seed: number): Promise<Shop> {
  const random = new SeededRandom(seed);
  const answered = new Set<string>();
  const written = new Map<string, number>();
  const server = await startServer((response, { headers, body }) => {
    const fate = random.below(6);
    if (fate === 0) {
      response.writeHead(503, { 'retry-after': '0' }).end();
      return;
    }
    if (fate === 1) {
      response.socket?.resetAndDestroy();
      return;
    }
    const key = String(headers['idempotency-key']);
    if (!answered.has(key)) written.set(body, (written.get(body) ?? 0) + 1);
    answered.add(key);
    // Written, and the caller does not hear of it.
    if (fate === 2) response.socket?.resetAndDestroy();
    else if (fate === 3) response.writeHead(503).end();
    else response.writeHead(201).end('written');
  });
  return Object.assign(server, { written });
}

type Order = (body: string) => Promise<number>;

const WAYS: [string, (origin: string) => { order: Order; close: () => Promise<void> }][] = [
  [
    'fetch',
    (origin) => {
      const call = createFetch(OPTIONS);
      const order: Order = async (body) => (await call(origin, { method: 'POST', body })).status;
      return { order, close: async () => {} };
    },
  ],
  [
    'undici',
    (origin) => {
      const agent = new Agent();
      const composed = agent.compose(safeCalls(OPTIONS));
      const order: Order = async (body) => {
        const answer = await composed.request({ origin, path: '/', method: 'POST', body });
        await answer.body.dump();
        return answer.statusCode;
      };
      return { order, close: () => agent.close() };
    },
  ],
  [
    'axios',
    (origin) => {
      const client = axios.create({ baseURL: origin, adapter: safeAdapter(OPTIONS) });
      const order: Order = async (body) => (await client.post('/', body)).status;
      return { order, close: async () => {} };
    },
  ],
];

describe.each(WAYS)(
  'writes by %s, while the server fails before and after it has written',
  (_, way) => {
    it.each([1, 2, 3])('are all applied, and none twice (seed %i)', async (seed) => {
      await using shop = await startShop(seed);
      const { order, close } = way(shop.origin);
      try {
        const orders = Array.from({ length: 150 }, (__, nth) => `order ${nth}`);
        const statuses = await Promise.all(orders.map(order));
        expect(new Set(statuses)).toEqual(new Set([201]));
        expect([...shop.written.keys()].sort()).toEqual(orders.sort());
        expect(new Set(shop.written.values())).toEqual(new Set([1]));
        expect(shop.seen.length).toBeGreaterThan(200);
      } finally {
        await close();
      }
    });
  },
);

describe('the same server, without keys', () => {
  it('is asked once each time: an order may be lost to its caller, never written twice', async () => {
    await using shop = await startShop(4);
    const call = createFetch({ ...OPTIONS, keys: 'given' });
    const outcomes = await Promise.all(
      Array.from({ length: 100 }, async (_, nth) =>
        call(shop.origin, { method: 'POST', body: `order ${nth}` }).catch(
          (error: unknown) => error,
        ),
      ),
    );
    // Without a key all look alike to the shop, so it is the requests that are counted.
    const bodies = shop.seen.map(({ body }) => body);
    expect(new Set(bodies).size).toBe(bodies.length);
    const stops = new Set(outcomes.map((outcome) => reportOf(outcome)?.stop));
    expect(stops).toEqual(new Set(['answered', 'not-idempotent']));
  });
});
