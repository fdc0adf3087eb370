// The service that has been running for years: plain node:http, every rule written where it was
// needed.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { parseArgs } from 'node:util';
import { OrderDatabase, type OrderRow } from '../shared/database.ts';
import type { NewOrder, OrderLine } from '../shared/order-line.ts';

const { values } = parseArgs({
  options: { port: { type: 'string' }, database: { type: 'string' }, build: { type: 'string' } },
});
const { port = '0', database = ':memory:', build = 'legacy-1' } = values;

const TAX_RATE = 0.08875;
const db = new OrderDatabase(database);
const shopDate = new Intl.DateTimeFormat('en-CA', { timeZone: 'America/New_York' });
const DELIVERY_MS = 2 * 86_400_000;

// Half a cent is rounded up. Cents times a rate in hundred-thousandths stays exact in a double.
const taxCents = (cents: number): number =>
  Math.floor((cents * TAX_RATE * 100_000 + 50_000) / 100_000);
const money = (cents: number): number => cents / 100;

function orderView(row: OrderRow): unknown {
  const lines = (JSON.parse(row.lines) as OrderLine[]).map((line) => {
    const cents = line.quantity * line.unitCents;
    return {
      sku: line.sku,
      quantity: line.quantity,
      amount: money(cents),
      tax: money(taxCents(cents)),
    };
  });
  return {
    id: row.id,
    customer: row.customer,
    status: row.status,
    coupon: row.coupon,
    placedAt: new Date(row.placedAt).toISOString(),
    deliverBy: shopDate.format(new Date(row.placedAt + DELIVERY_MS)),
    total: money(totalCents(row)),
    lines,
    quotedAt: new Date().toISOString(),
  };
}

function totalCents(row: OrderRow): number {
  const lines = JSON.parse(row.lines) as OrderLine[];
  return lines.reduce((sum, line) => sum + line.quantity * line.unitCents, 0);
}

function summary(row: OrderRow): unknown {
  return { id: row.id, status: row.status, total: money(totalCents(row)) };
}

function receipt(row: OrderRow): string {
  const lines = (JSON.parse(row.lines) as OrderLine[]).map(
    (line) => `${line.quantity} x ${line.sku} ${(line.unitCents / 100).toFixed(2)}`,
  );
  return [`Order ${row.id}`, ...lines, `Total ${(totalCents(row) / 100).toFixed(2)}`, ''].join(
    '\n',
  );
}

function send(response: ServerResponse, status: number, body: unknown): void {
  const isText = typeof body === 'string';
  response.writeHead(status, {
    'Content-Type': isText ? 'text/plain; charset=utf-8' : 'application/json',
    'Falsework-Build': build,
  });
  response.end(isText ? body : JSON.stringify(body));
}

async function bodyOf(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return chunks.length === 0 ? null : JSON.parse(Buffer.concat(chunks).toString());
}

async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const [, collection, id, action] = (request.url ?? '/').split('?')[0]?.split('/') ?? [];
  const route = `${request.method} ${collection}${id ? '/id' : ''}${action ? `/${action}` : ''}`;
  const row = collection === 'orders' && id ? db.order(id) : undefined;
  const missing = (): void => send(response, 404, { error: 'no such order' });
  switch (route) {
    case 'GET healthz':
      return send(response, 200, { status: 'ok', build });
    case 'GET orders/id':
      return row ? send(response, 200, orderView(row)) : missing();
    case 'GET orders/id/receipt':
      return row ? send(response, 200, receipt(row)) : missing();
    case 'GET customers/id/orders':
      return send(response, 200, { orders: db.ordersOf(id ?? '').map(summary) });
    case 'POST orders': {
      const order = (await bodyOf(request)) as NewOrder;
      db.insert({ ...order, status: 'open', lines: JSON.stringify(order.lines) });
      return send(response, 201, { id: order.id, status: 'open' });
    }
    case 'POST orders/id/pay':
    case 'POST orders/id/cancel':
      if (!row) return missing();
      db.setStatus(row.id, action === 'pay' ? 'paid' : 'cancelled');
      return send(response, 200, { id: row.id, status: db.order(row.id)?.status });
    default:
      return send(response, 404, { error: 'no such route' });
  }
}

const server = createServer((request, response) => {
  handle(request, response).catch((error: unknown) => {
    console.error(error);
    send(response, 500, { error: 'internal' });
  });
});
server.keepAliveTimeout = 60_000;
server.listen(Number(port), '127.0.0.1', () => {
  console.log(JSON.stringify({ listening: (server.address() as { port: number }).port, build }));
});
process.once('SIGTERM', () => {
  server.closeAllConnections();
  server.close(() => db.close());
});
