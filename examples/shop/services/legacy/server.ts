// The shop that has been running for years: node:http, a table of regular expressions, and every
// rule where it was needed.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { parseArgs } from 'node:util';
import { buildWorld } from '../../data/world.ts';
import { LegacyDatabase } from './database.ts';
import { bodyOf, notFound, readToken, Stop, send } from './http.ts';
import { Reads } from './reads.ts';
import { Writes } from './writes.ts';

const { values } = parseArgs({
  options: { database: { type: 'string' }, seed: { type: 'string' }, port: { type: 'string' } },
});
const key = process.env['SHOP_TOKEN_KEY'] ?? '';
if (key === '') throw new Error('SHOP_TOKEN_KEY is not set: nobody could sign in.');
const db = new LegacyDatabase(values.database ?? ':memory:', buildWorld(Number(values.seed ?? 1)));
const reads = new Reads(db);
const writes = new Writes(db, key);

interface Asked {
  readonly req: IncomingMessage;
  readonly res: ServerResponse;
  readonly query: URLSearchParams;
  /** What the parentheses of the route's expression took. */
  readonly parts: readonly string[];
}

type Handler = (asked: Asked) => unknown;

function customerOf(req: IncomingMessage): number {
  const { token, customer } = readToken(req, key);
  if (!writes.isSignedOut(token)) return customer;
  throw new Stop(401, { error: 'not_signed_in', message: 'sign in first' });
}

const ok = (res: ServerResponse, body: unknown): void => send(res, 200, body);
const created = (res: ServerResponse, body: object, location: string): void =>
  send(res, 201, body, location);

const ROUTES: readonly (readonly [method: string, path: RegExp, handler: Handler])[] = [
  ['GET', /^\/healthz$/, ({ res }) => ok(res, { status: 'ok' })],
  [
    'POST',
    /^\/sessions$/,
    async ({ req, res }) =>
      created(res, writes.signIn(await bodyOf(req)) as object, '/sessions/current'),
  ],
  [
    'DELETE',
    /^\/sessions\/current$/,
    ({ req, res }) => {
      writes.signOut(readToken(req, key).token);
      send(res, 204, '');
    },
  ],
  ['GET', /^\/me$/, ({ req, res }) => ok(res, reads.me(customerOf(req)))],
  [
    'PATCH',
    /^\/me$/,
    async ({ req, res }) => {
      const no = customerOf(req);
      writes.changeMe(no, await bodyOf(req));
      ok(res, reads.me(no));
    },
  ],
  [
    'GET',
    /^\/me\/addresses$/,
    ({ req, res }) => ok(res, { addresses: reads.addresses(customerOf(req)) }),
  ],
  ['GET', /^\/categories$/, ({ res }) => ok(res, reads.categories())],
  ['GET', /^\/products$/, ({ res, query }) => ok(res, reads.products(query))],
  ['GET', /^\/products\/([\w-]+)$/, ({ res, parts: [slug = ''] }) => ok(res, reads.product(slug))],
  [
    'GET',
    /^\/products\/([\w-]+)\/reviews$/,
    ({ res, query, parts: [slug = ''] }) => ok(res, reads.reviews(slug, query)),
  ],
  [
    'POST',
    /^\/products\/([\w-]+)\/reviews$/,
    async ({ req, res, parts: [slug = ''] }) => {
      const id = writes.review(slug, customerOf(req), await bodyOf(req));
      created(res, { id }, `/products/${slug}/reviews`);
    },
  ],
  ['GET', /^\/search$/, ({ res, query }) => ok(res, reads.search(query))],
  ['GET', /^\/shipping\/quote$/, ({ res, query }) => ok(res, reads.quote(query))],
  [
    'POST',
    /^\/carts$/,
    ({ req, res }) => {
      const id = writes.newCart(customerOf(req));
      created(res, { id, items: [], total: 0 }, `/carts/${id}`);
    },
  ],
  [
    'GET',
    /^\/carts\/([\w-]+)$/,
    ({ req, res, parts: [id = ''] }) => ok(res, reads.cart(id, customerOf(req))),
  ],
  [
    'PUT',
    /^\/carts\/([\w-]+)\/items\/([\w-]+)$/,
    async ({ req, res, parts }) => {
      const [id = '', sku = ''] = parts;
      const no = customerOf(req);
      writes.putItem(id, sku, no, await bodyOf(req));
      ok(res, reads.cart(id, no));
    },
  ],
  [
    'DELETE',
    /^\/carts\/([\w-]+)\/items\/([\w-]+)$/,
    ({ req, res, parts }) => {
      writes.dropItem(parts[0] ?? '', parts[1] ?? '', customerOf(req));
      send(res, 204, '');
    },
  ],
  ['GET', /^\/orders$/, ({ req, res, query }) => ok(res, reads.orders(customerOf(req), query))],
  [
    'POST',
    /^\/orders$/,
    async ({ req, res }) => {
      const no = customerOf(req);
      const id = writes.order(no, await bodyOf(req));
      created(res, reads.order(id, no) as object, `/orders/${id}`);
    },
  ],
  [
    'GET',
    /^\/orders\/([\w-]+)$/,
    ({ req, res, parts: [id = ''] }) => ok(res, reads.order(id, customerOf(req))),
  ],
  [
    'POST',
    /^\/orders\/([\w-]+)\/cancel$/,
    ({ req, res, parts: [id = ''] }) => {
      const no = customerOf(req);
      writes.cancel(id, no);
      ok(res, reads.order(id, no));
    },
  ],
  [
    'GET',
    /^\/orders\/([\w-]+)\/invoice$/,
    ({ req, res, parts: [id = ''] }) => ok(res, reads.invoice(id, customerOf(req))),
  ],
  [
    'GET',
    /^\/orders\/([\w-]+)\/payment$/,
    ({ req, res, parts: [id = ''] }) => ok(res, reads.payment(id, customerOf(req))),
  ],
  [
    'GET',
    /^\/orders\/([\w-]+)\/shipments$/,
    ({ req, res, parts: [id = ''] }) => ok(res, reads.shipments(id, customerOf(req))),
  ],
];

async function handle(req: IncomingMessage, res: ServerResponse): Promise<void> {
  const { pathname, searchParams: query } = new URL(req.url ?? '/', 'http://shop');
  for (const [method, path, handler] of ROUTES) {
    const [whole, ...parts] = path.exec(pathname) ?? [];
    if (whole === undefined || method !== req.method) continue;
    await handler({ req, res, query, parts });
    return;
  }
  throw notFound('path');
}

const server = createServer((req, res) => {
  handle(req, res).catch((error: unknown) => {
    if (error instanceof Stop) return send(res, error.status, error.body);
    console.error(error);
    return send(res, 500, { error: 'internal' });
  });
});
server.keepAliveTimeout = 60_000;
server.listen(Number(values.port ?? 0), '127.0.0.1', () => {
  console.log(JSON.stringify({ listening: (server.address() as { port: number }).port }));
});
process.once('SIGTERM', () => {
  server.closeAllConnections();
  server.close(() => db.close());
});
