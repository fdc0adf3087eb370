import { isDeepStrictEqual } from 'node:util';
import type { Customer, Order, Product, World } from '../data/world.ts';
import type { Asked, Caller } from './caller.ts';
import { isOfWriters } from './realms.ts';
import type { Tally } from './tally.ts';

/** What a writer goes through. */
export interface WriterOptions {
  readonly world: World;
  readonly customer: Customer;
  readonly shop: Caller;
  readonly tally: Tally;
}

type Facts = Readonly<Record<string, unknown>>;

/**
 * A customer who does everything that a customer can do, in order, the mistakes included, and knows
 * what each answer must say. One walk takes some thirty writes.
 */
export class Writer {
  readonly #options: WriterOptions;
  #token: string | null = null;

  constructor(options: WriterOptions) {
    this.#options = options;
  }

  async walk(): Promise<void> {
    await this.#signIn();
    await this.#changeProfile();
    await this.#shop();
    await this.#cancel();
    await this.#review();
    await this.#signOut();
  }

  async #signIn(): Promise<void> {
    const { email, password } = this.#options.customer;
    await this.#expect('POST', '/sessions', { email, password: 'wrong' }, 401);
    await this.#expect('POST', '/sessions', { email }, 422, { error: 'invalid' });
    const { token } = await this.#expect('POST', '/sessions', { email, password }, 201);
    this.#token = String(token);
  }

  async #changeProfile(): Promise<void> {
    await this.#expect('PATCH', '/me', { phone: 'none' }, 422, { error: 'invalid' });
    const phone = '+1 555 0199';
    await this.#expect('PATCH', '/me', { phone }, 200, { phone });
  }

  async #shop(): Promise<void> {
    const { products } = this.#options.world;
    const [first, second] = products.filter(({ stock }) => stock > 0) as [Product, Product];
    const soldOut = products.find(({ stock }) => stock === 0) as Product;
    const { id: cart } = await this.#expect('POST', '/carts', {}, 201, { total: 0 });
    const items = `/carts/${cart}/items`;
    const empty = { cart, method: 'card' };
    await this.#expect('POST', '/orders', empty, 409, { reason: 'the cart is empty' });
    const total = (first.priceCents * 3) / 100;
    await this.#expect('PUT', `${items}/${first.sku}`, { quantity: 3 }, 200, { total });
    await this.#expect('PUT', `${items}/${second.sku}`, { quantity: 1 }, 200);
    await this.#expect('PUT', `${items}/${second.sku}`, { quantity: 0 }, 422, { error: 'invalid' });
    const none = { reason: 'not in stock' };
    await this.#expect('PUT', `${items}/${soldOut.sku}`, { quantity: 1 }, 409, none);
    await this.#expect('PUT', `${items}/XX-0-XX`, { quantity: 1 }, 404, { what: 'product' });
    await this.#expect('DELETE', `${items}/${second.sku}`, undefined, 204);
    await this.#expect('DELETE', `${items}/${second.sku}`, undefined, 404, { what: 'item' });
    await this.#expect('POST', '/orders', { cart, method: 'shells' }, 422, { error: 'invalid' });
    const order = { cart, method: 'card' };
    const { id } = await this.#expect('POST', '/orders', order, 201, { status: 'open' });
    await this.#expect('POST', '/orders', order, 409, { reason: 'the cart has been ordered' });
    await this.#expect('POST', `/orders/${id}/cancel`, {}, 200, { status: 'cancelled' });
  }

  async #cancel(): Promise<void> {
    const { world, customer } = this.#options;
    const mine = world.orders.filter((order) => order.customer === customer.number);
    for (const { id, status } of mine) {
      const isOpen = status === 'open';
      const wanted = isOpen ? { status: 'cancelled' } : { reason: `the order is ${status}` };
      await this.#expect('POST', `/orders/${id}/cancel`, {}, isOpen ? 200 : 409, wanted);
    }
    const other = world.orders.find((order) => order.customer !== customer.number) as Order;
    await this.#expect('POST', `/orders/${other.id}/cancel`, {}, 404, { what: 'order' });
  }

  async #review(): Promise<void> {
    const { world, customer } = this.#options;
    const isMine = (slug: string): boolean =>
      world.reviews.some((each) => each.slug === slug && each.customer === customer.number);
    const ours = world.products.filter((product) => isOfWriters(product));
    const { slug } = ours.find((product) => !isMine(product.slug)) as Product;
    const path = `/products/${slug}/reviews`;
    await this.#expect('POST', path, { stars: 6 }, 422, { error: 'invalid' });
    await this.#expect('POST', path, { stars: 4, text: 'Burns well.' }, 201);
    await this.#expect('POST', path, { stars: 1 }, 409, { error: 'conflict' });
  }

  async #signOut(): Promise<void> {
    await this.#expect('DELETE', '/sessions/current', undefined, 204);
    await this.#expect('PATCH', '/me', { phone: '+1 555 0100' }, 401, { error: 'not_signed_in' });
  }

  /** Asks, and checks the status and those members of the answer that are known beforehand. */
  async #expect(
    method: Asked['method'],
    path: string,
    body: unknown,
    status: number,
    known: Facts = {},
  ): Promise<Facts> {
    const { shop, tally } = this.#options;
    const asked: Asked = { method, path, token: this.#token, body };
    const reply = await shop.ask(asked);
    const answer = (reply.text === '' ? {} : JSON.parse(reply.text)) as Facts;
    const isKnown = Object.entries(known).every(([name, value]) =>
      isDeepStrictEqual(answer[name], value),
    );
    const wanted = `${status} with ${JSON.stringify(known)}`;
    tally.note(asked, reply, reply.status === status && isKnown, wanted);
    return answer;
  }
}
