import type { SeededRandom } from '@falsework/testkit';
import type { Customer, Order, World } from '../data/world.ts';
import type { Caller } from './caller.ts';
import { isOfWriters } from './realms.ts';
import type { Tally } from './tally.ts';

/** What a reader goes through. */
export interface ReaderOptions {
  readonly world: World;
  readonly customer: Customer;
  readonly random: SeededRandom;
  readonly shop: Caller;
  /** Legacy without anything in front of it: what it says is what a caller must get. */
  readonly truth: Caller;
  readonly tally: Tally;
}

/** How often each kind of page is looked at, of a hundred. */
const PAGES: readonly (readonly [weight: number, page: keyof Pages])[] = [
  [20, 'product'],
  [10, 'products'],
  [6, 'category'],
  [8, 'reviews'],
  [7, 'search'],
  [5, 'quote'],
  [3, 'categories'],
  [7, 'me'],
  [5, 'addresses'],
  [4, 'cart'],
  [5, 'orders'],
  [3, 'ordersByStatus'],
  [8, 'order'],
  [3, 'invoice'],
  [3, 'payment'],
  [3, 'shipments'],
];

const SHORT_WORDS = ['a', 'oa', ''];
const LONG_WORDS = ['oak', 'lamp', 'made of wool', 'zzz', '100%'];
// The ones beyond the last belong to nobody: a shop is asked for them too.
const COUNTRIES = ['US', 'FR', 'SE', 'JP', 'XX'];
const SOMEBODY_ELSES = 0.06;
const GONE = 0.05;

/** The paths of a shop's pages, for one customer. */
class Pages {
  readonly #random: SeededRandom;
  readonly #slugs: readonly string[];
  readonly #orders: readonly Order[];
  readonly #others: readonly Order[];
  readonly #cart: string;

  constructor({ world, customer, random }: ReaderOptions) {
    this.#random = random;
    this.#slugs = world.products.filter((p) => !isOfWriters(p)).map(({ slug }) => slug);
    this.#orders = world.orders.filter((order) => order.customer === customer.number);
    this.#others = world.orders.filter((order) => order.customer !== customer.number);
    this.#cart = world.carts.find((cart) => cart.customer === customer.number)?.id ?? '';
  }

  me = (): string => '/me';
  addresses = (): string => '/me/addresses';
  categories = (): string => '/categories';
  cart = (): string => `/carts/${this.#cart}`;
  orders = (): string => `/orders?page=${1 + this.#random.below(2)}`;
  product = (): string => `/products/${this.#slug()}`;
  order = (): string => `/orders/${this.#order()}`;
  invoice = (): string => `/orders/${this.#order()}/invoice`;
  payment = (): string => `/orders/${this.#order()}/payment`;
  shipments = (): string => `/orders/${this.#order()}/shipments`;

  products(): string {
    const size = this.#random.chance(0.5) ? '&per_page=20' : '';
    return `/products?page=${1 + this.#random.below(6)}${size}`;
  }

  category(): string {
    const category = this.#random.pick(['furniture', 'lamps', 'textiles', 'nothing']);
    return `/products?category=${category}&sort=price`;
  }

  reviews(): string {
    return `/products/${this.#slug()}/reviews?page=${1 + this.#random.below(2)}`;
  }

  search(): string {
    const words = this.#random.chance(0.3) ? SHORT_WORDS : LONG_WORDS;
    return `/search?q=${encodeURIComponent(this.#random.pick(words))}`;
  }

  quote(): string {
    const country = this.#random.pick(COUNTRIES);
    return `/shipping/quote?country=${country}&weight=${100 + this.#random.below(20_000)}`;
  }

  ordersByStatus(): string {
    return `/orders?status=${this.#random.pick(['open', 'shipped', 'cancelled'])}`;
  }

  /** A few products are looked at by everybody, most of them now and then. */
  #slug(): string {
    if (this.#random.chance(GONE)) return this.#random.pick(['gone-chair', 'no-such-thing']);
    const at = Math.floor(this.#random.next() ** 2 * this.#slugs.length);
    return this.#slugs[at] as string;
  }

  #order(): string {
    const from = this.#random.chance(SOMEBODY_ELSES) ? this.#others : this.#orders;
    return this.#random.pick(from).id;
  }
}

/**
 * A customer who only looks. Every answer is checked against legacy's own, byte by byte, headers
 * included.
 */
export class Reader {
  readonly #options: ReaderOptions;
  readonly #pages: Pages;
  #token: string | null = null;

  constructor(options: ReaderOptions) {
    this.#options = options;
    this.#pages = new Pages(options);
  }

  async signIn(): Promise<void> {
    const { shop, tally, customer } = this.#options;
    const { email, password } = customer;
    const asked = { method: 'POST', path: '/sessions', body: { email, password } } as const;
    const reply = await shop.ask(asked);
    tally.note(asked, reply, reply.status === 201, 'a 201');
    this.#token = (JSON.parse(reply.text) as { token: string }).token;
  }

  /** Looks at one page, as one who has signed in, or now and then as one who has not. */
  async look(): Promise<void> {
    const { random, shop, truth, tally } = this.#options;
    const token = random.chance(0.03) ? null : this.#token;
    const asked = { method: 'GET', path: this.#next(), token } as const;
    const [reply, expected] = await Promise.all([shop.ask(asked), truth.ask(asked)]);
    const isSame =
      reply.status === expected.status &&
      reply.headers === expected.headers &&
      reply.text === expected.text;
    tally.note(asked, reply, isSame, `${expected.status} ${expected.headers} ${expected.text}`);
  }

  #next(): string {
    let dice = this.#options.random.below(100);
    for (const [weight, page] of PAGES) {
      if (dice < weight) return this.#pages[page]();
      dice -= weight;
    }
    throw new RangeError('The weights do not add up to a hundred.');
  }
}
