import { randomUUID } from 'node:crypto';
import type { FastifyInstance } from 'fastify';
import { lineView, sums, toAmount } from './money.ts';
import { pageOf, type Query, text } from './pages.ts';
import { conflict, found, unprocessable } from './problems.ts';
import type { Tokens } from './sign-in.ts';
import type { OrderRecord, Store } from './store.ts';

interface ById {
  readonly Params: { readonly id: string };
}

const DELIVERY_MS = 3 * 86_400_000;

export function orderRoutes(app: FastifyInstance, store: Store, tokens: Tokens): void {
  const view = (order: OrderRecord) => {
    const { goods, shipping, total } = sums(order.lines);
    const placed = Date.parse(order.placedAt);
    return {
      customer: { name: store.customer(order.customerId)?.name, id: order.customerId },
      deliverBy: new Date(placed + DELIVERY_MS).toISOString().slice(0, 10),
      id: order.id,
      lines: order.lines.map(lineView),
      placedAt: order.placedAt,
      status: order.status,
      totals: {
        currency: 'USD',
        goods: toAmount(goods),
        shipping: toAmount(shipping),
        total: toAmount(total),
      },
    };
  };
  const mine = (request: Parameters<Tokens['customerOf']>[0], id: string): OrderRecord =>
    found(store.order(id, tokens.customerOf(request)), 'order');

  app.get<{ Querystring: Query }>('/orders', async (request) => {
    const status = text(request.query, 'status');
    const orders = store.ordersOf(tokens.customerOf(request));
    const wanted = orders.filter((order) => status === null || order.status === status);
    const { views, about } = pageOf(wanted, request.query, (order) => ({
      id: order.id,
      placedAt: order.placedAt,
      status: order.status,
      total: toAmount(sums(order.lines).total),
    }));
    return { orders: views, ...about };
  });

  app.get<ById>('/orders/:id', async (request) => view(mine(request, request.params.id)));

  app.get<ById>('/orders/:id/invoice', async (request, reply) => {
    const { id, lines, placedAt, customerId } = mine(request, request.params.id);
    const rows = lines.map(
      ({ quantity, sku, unitCents }) =>
        `${quantity} x ${sku}  ${toAmount(quantity * unitCents).toFixed(2)}`,
    );
    const name = store.customer(customerId)?.name;
    const total = toAmount(sums(lines).total).toFixed(2);
    const head = [`Invoice for order ${id}`, `${name}, ${placedAt.slice(0, 10)}`, ''];
    reply.type('text/plain; charset=utf-8');
    return [...head, ...rows, `Total ${total} USD`, ''].join('\n');
  });

  app.get<ById>('/orders/:id/payment', async (request) => {
    const { id, payment, lines } = mine(request, request.params.id);
    return { ...payment, amount: toAmount(sums(lines).total), order: id };
  });

  app.get<ById>('/orders/:id/shipments', async (request) => {
    const { shipments } = mine(request, request.params.id);
    return {
      shipments: shipments.map(({ carrier, tracking, events }) => ({
        tracking,
        carrier,
        events: events.map(({ at, what }) => ({ what, at: new Date(at).toISOString() })),
      })),
    };
  });

  app.post<{ Body: { cart?: unknown; method?: unknown } }>('/orders', async (request, reply) => {
    const customerId = tokens.customerOf(request);
    const { cart: cartId, method } = request.body;
    if (method !== 'card' && method !== 'invoice') {
      throw unprocessable('method', 'must be card or invoice');
    }
    const cart = found(store.cart(String(cartId), customerId), 'cart');
    if (cart.isOrdered) throw conflict('the cart has been ordered');
    if (cart.lines.length === 0) throw conflict('the cart is empty');
    const placedAt = new Date().toISOString();
    const order = { id: randomUUID(), customerId, status: 'open', placedAt, lines: cart.lines };
    const payment = { method, ledgerEntry: Date.now() };
    store.addOrder({ ...order, payment, shipments: [] });
    store.saveCart({ ...cart, isOrdered: true });
    reply.status(201).header('location', `/orders/${order.id}`);
    return view({ ...order, payment, shipments: [] });
  });

  app.post<ById>('/orders/:id/cancel', async (request) => {
    const order = mine(request, request.params.id);
    if (order.status !== 'open') throw conflict(`the order is ${order.status}`);
    store.cancelOrder(order.id);
    return view({ ...order, status: 'cancelled' });
  });
}
