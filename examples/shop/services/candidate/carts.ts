import { randomUUID } from 'node:crypto';
import type { FastifyInstance } from 'fastify';
import { lineView, sums, toAmount } from './money.ts';
import { conflict, found, unprocessable } from './problems.ts';
import type { Tokens } from './sign-in.ts';
import type { CartRecord, Store } from './store.ts';

interface Item {
  readonly Params: { readonly id: string; readonly sku: string };
  readonly Body: { readonly quantity?: unknown };
}

const QUANTITY_MAX = 99;

export function cartRoutes(app: FastifyInstance, store: Store, tokens: Tokens): void {
  const view = ({ id, lines, updatedAt }: CartRecord) => ({
    id,
    total: toAmount(sums(lines).goods),
    updatedAt,
    items: [...lines]
      .sort((a, b) => (a.sku < b.sku ? -1 : 1))
      .map((line) => ({ ...lineView(line), name: store.productBySku(line.sku)?.title })),
  });

  app.post('/carts', async (request, reply) => {
    const id = randomUUID();
    store.addCart(id, tokens.customerOf(request));
    return reply.status(201).header('location', `/carts/${id}`).send({ id, total: 0, items: [] });
  });

  app.get<{ Params: { id: string } }>('/carts/:id', async (request) =>
    view(found(store.cart(request.params.id, tokens.customerOf(request)), 'cart')),
  );

  app.put<Item>('/carts/:id/items/:sku', async (request) => {
    const { id, sku } = request.params;
    const customer = tokens.customerOf(request);
    const cart = open(store.cart(id, customer));
    const { quantity } = request.body;
    const isWhole = typeof quantity === 'number' && Number.isInteger(quantity);
    if (!isWhole || quantity < 1 || quantity > QUANTITY_MAX) {
      throw unprocessable('quantity', `must be 1 to ${QUANTITY_MAX}`);
    }
    const { stock, priceMinor } = found(store.productBySku(sku), 'product');
    if (stock === 0) throw conflict('not in stock');
    const others = cart.lines.filter((line) => line.sku !== sku);
    store.saveCart({ ...cart, lines: [...others, { sku, quantity, unitCents: priceMinor }] });
    return view(open(store.cart(id, customer)));
  });

  app.delete<Item>('/carts/:id/items/:sku', async (request, reply) => {
    const { id, sku } = request.params;
    const cart = open(store.cart(id, tokens.customerOf(request)));
    const lines = cart.lines.filter((line) => line.sku !== sku);
    if (lines.length === cart.lines.length) throw found(undefined, 'item');
    store.saveCart({ ...cart, lines });
    return reply.status(204).send();
  });
}

function open(cart: CartRecord | undefined): CartRecord {
  const known = found(cart, 'cart');
  if (known.isOrdered) throw conflict('the cart has been ordered');
  return known;
}
