// The service that is to take over: another framework, other key order, other header case, rules of
// their own.

import { parseArgs } from 'node:util';
import Fastify from 'fastify';
import { OrderDatabase, type OrderRow } from '../shared/database.ts';
import type { NewOrder, OrderLine } from '../shared/order-line.ts';
import { BUILDS } from './rules.ts';

const { values } = parseArgs({
  options: { port: { type: 'string' }, database: { type: 'string' }, build: { type: 'string' } },
});
const build = BUILDS[Number(values.build ?? 1) - 1];
if (!build) throw new RangeError(`There is no build ${values.build}.`);
const db = new OrderDatabase(values.database ?? ':memory:');

// The warehouse is a dependency that this service has and legacy has not. When it is down, some
// orders cannot be read.
let isWarehouseUp = true;
const WAREHOUSE_SHARE = 3;

const lineCents = ({ quantity, unitCents }: OrderLine): number => quantity * unitCents;
const linesOf = (row: OrderRow): OrderLine[] => JSON.parse(row.lines) as OrderLine[];
const totalOf = (row: OrderRow): number =>
  linesOf(row).reduce((sum, line) => sum + lineCents(line), 0) / 100;

const app = Fastify({ forceCloseConnections: true });
app.addHook('onSend', async (_request, reply) => {
  reply.header('falsework-build', build.name);
});

const missing = { error: 'no such order' };

app.get('/healthz', async () => ({ status: 'ok', build: build.name }));

app.get<{ Params: { id: string } }>('/orders/:id', async (request, reply) => {
  const row = db.order(request.params.id);
  if (!row) return reply.status(404).send(missing);
  const needsWarehouse = build.asksWarehouse && row.lines.length % WAREHOUSE_SHARE === 0;
  if (needsWarehouse && !isWarehouseUp)
    return reply.status(500).send({ error: 'warehouse unreachable' });
  return {
    quotedAt: new Date().toISOString(),
    id: row.id,
    status: row.status,
    customer: row.customer,
    ...(row.coupon !== null || build.namesMissingCoupon ? { coupon: row.coupon } : {}),
    lines: linesOf(row).map((line) => ({
      amount: lineCents(line) / 100,
      tax: build.taxCents(lineCents(line)) / 100,
      quantity: line.quantity,
      sku: line.sku,
    })),
    total: totalOf(row),
    deliverBy: build.deliverBy(row.placedAt),
    placedAt: new Date(row.placedAt).toISOString(),
  };
});

app.get<{ Params: { id: string } }>('/orders/:id/receipt', async (request, reply) => {
  const row = db.order(request.params.id);
  if (!row) return reply.status(404).send(missing);
  const lines = linesOf(row).map(
    (l) => `${l.quantity} x ${l.sku} ${(l.unitCents / 100).toFixed(2)}\n`,
  );
  const text = `Order ${row.id}\n${lines.join('')}Total ${totalOf(row).toFixed(2)}\n`;
  return reply.type('text/plain; charset=utf-8').send(text);
});

app.get<{ Params: { id: string } }>('/customers/:id/orders', async (request) => ({
  orders: db
    .ordersOf(request.params.id)
    .map((row) => ({ total: totalOf(row), status: row.status, id: row.id })),
}));

app.post<{ Body: NewOrder }>('/orders', async (request, reply) => {
  const { lines, ...order } = request.body;
  db.insert({ ...order, status: 'open', lines: JSON.stringify(lines) });
  return reply.status(201).send({ status: 'open', id: order.id });
});

for (const [action, status] of [
  ['pay', 'paid'],
  ['cancel', 'cancelled'],
] as const) {
  app.post<{ Params: { id: string } }>(`/orders/:id/${action}`, async (request, reply) => {
    const { id } = request.params;
    if (!db.order(id)) return reply.status(404).send(missing);
    db.setStatus(id, status);
    return { id, status: db.order(id)?.status };
  });
}

// The weather of the outside world, set by whoever runs the demo. Not reachable through the guard's
// callers.
app.post<{ Body: { warehouse: 'up' | 'down' } }>('/weather', async (request) => {
  isWarehouseUp = request.body.warehouse === 'up';
  return { warehouse: request.body.warehouse };
});

// Two builds may listen side by side, so that the next one answers before this one stops.
await app.ready();
app.server.listen({ port: Number(values.port ?? 0), host: '127.0.0.1', reusePort: true }, () => {
  const { port } = app.server.address() as { port: number };
  console.log(JSON.stringify({ listening: port, build: build.name }));
});
process.once('SIGTERM', () => {
  void app.close().then(() => db.close());
});
