import { SeededRandom } from '@falsework/testkit';
import {
  CATALOGUE,
  CITIES,
  FIRST_NAMES,
  LAST_NAMES,
  MATERIALS,
  OPINIONS,
  STREETS,
} from './words.ts';

/** An address of a customer, in the order in which they entered them. */
export interface Address {
  readonly label: string;
  readonly street: string;
  readonly city: string;
  readonly postcode: string;
  readonly country: string;
}

export interface Customer {
  readonly number: number;
  readonly email: string;
  readonly password: string;
  readonly name: string;
  readonly phone: string | null;
  /** Milliseconds since 1970, like all instants here. */
  readonly joinedAt: number;
  readonly points: number;
  readonly addresses: readonly Address[];
}

export interface Product {
  readonly slug: string;
  readonly sku: string;
  readonly name: string;
  readonly description: string;
  readonly priceCents: number;
  readonly stock: number;
  readonly category: readonly [parent: string, child: string];
  readonly weightGrams: number;
  readonly material: string;
}

export interface Review {
  readonly id: string;
  readonly slug: string;
  readonly customer: number;
  readonly stars: number;
  readonly text: string;
  readonly writtenAt: number;
}

export interface Line {
  readonly sku: string;
  readonly quantity: number;
  readonly unitCents: number;
}

export interface Shipment {
  readonly carrier: string;
  readonly tracking: string;
  readonly events: readonly { readonly at: number; readonly what: string }[];
}

export interface Order {
  readonly id: string;
  readonly customer: number;
  readonly placedAt: number;
  readonly status: 'open' | 'shipped' | 'cancelled';
  readonly lines: readonly Line[];
  readonly method: 'card' | 'invoice';
  /** The number of the entry in the bookkeeping: sixty-four bits, and no fewer are in use. */
  readonly ledgerEntry: bigint;
  readonly shipments: readonly Shipment[];
}

export interface Cart {
  readonly id: string;
  readonly customer: number;
  readonly updatedAt: number;
  readonly lines: readonly Line[];
}

/** Everything that both shops hold before the first caller comes. */
export interface World {
  readonly customers: readonly Customer[];
  readonly products: readonly Product[];
  readonly reviews: readonly Review[];
  readonly orders: readonly Order[];
  readonly carts: readonly Cart[];
}

const CUSTOMERS = 40;
const ORDERS_EACH = 12;
const REVIEWS_MAX = 14;
const FIRST_CUSTOMER = 100_001;
const OPENED_AT = Date.UTC(2025, 2, 1);
const YEAR_SECONDS = 365 * 86_400;
// Above 2 to the 53rd, where a double begins to leave numbers out.
const FIRST_LEDGER_ENTRY = 9_007_199_254_740_993n;

/** The same world for the same seed, in every process. Each shop lays it out in its own tables. */
export function buildWorld(seed: number): World {
  const random = new SeededRandom(seed);
  const customers = Array.from({ length: CUSTOMERS }, (_, i) => customerOf(i, random));
  const products = CATALOGUE.flatMap(([parent, child, thing]) =>
    MATERIALS.map((material) => productOf(material, thing, [parent, child], random)),
  );
  const reviews = products.flatMap((product) => reviewsOf(product, customers, random));
  const orders = Array.from({ length: CUSTOMERS * ORDERS_EACH }, (_, i) => {
    const { number } = customers[i % CUSTOMERS] as Customer;
    return orderOf(number, FIRST_LEDGER_ENTRY + 3n * BigInt(i), products, random);
  });
  const carts = customers.map(({ number }) => ({
    id: uuid(random),
    customer: number,
    updatedAt: instant(random),
    lines: linesOf(products, random),
  }));
  return { customers, products, reviews, orders, carts };
}

function customerOf(i: number, random: SeededRandom): Customer {
  const name = `${random.pick(FIRST_NAMES)} ${random.pick(LAST_NAMES)}`;
  const labels = ['office', 'home', 'parents'].slice(0, 1 + random.below(3));
  return {
    number: FIRST_CUSTOMER + i,
    email: `customer-${i + 1}@shop.example`,
    password: `secret-of-${i + 1}`,
    name,
    phone: random.chance(0.7) ? `+1 555 01${String(random.below(100)).padStart(2, '0')}` : null,
    joinedAt: instant(random),
    points: random.below(5_000),
    addresses: labels.map((label) => {
      const [city, postcode, country] = random.pick(CITIES);
      const street = `${1 + random.below(200)} ${random.pick(STREETS)}`;
      return { label, street, city, postcode, country };
    }),
  };
}

function productOf(
  material: string,
  thing: string,
  category: Product['category'],
  random: SeededRandom,
): Product {
  const name = `${material} ${thing}`;
  return {
    slug: `${material}-${thing}`,
    sku: `${thing.slice(0, 2).toUpperCase()}-${1_000 + random.below(9_000)}-${material.slice(0, 2).toUpperCase()}`,
    name: `${name[0]?.toUpperCase()}${name.slice(1)}`,
    description: `A ${thing} made of ${material}, finished by hand.`,
    priceCents: 950 + random.below(60_000),
    stock: random.chance(0.15) ? 0 : 1 + random.below(200),
    category,
    weightGrams: 200 + random.below(20_000),
    material,
  };
}

/** Written in minutes of no two reviews alike, so that their order is nobody's choice. */
function reviewsOf(
  { slug }: Product,
  customers: readonly Customer[],
  random: SeededRandom,
): Review[] {
  const from = instant(random);
  return Array.from({ length: random.below(REVIEWS_MAX) }, (_, i) => ({
    id: uuid(random),
    slug,
    customer: (customers[(i * 3) % customers.length] as Customer).number,
    stars: 1 + random.below(5),
    text: random.pick(OPINIONS),
    writtenAt: from + i * 3_600_000,
  }));
}

function orderOf(
  customer: number,
  ledgerEntry: bigint,
  products: readonly Product[],
  random: SeededRandom,
): Order {
  const status = random.pick(['open', 'shipped', 'shipped', 'cancelled'] as const);
  const placedAt = instant(random);
  return {
    id: uuid(random),
    customer,
    placedAt,
    status,
    lines: linesOf(products, random),
    method: random.pick(['card', 'invoice'] as const),
    ledgerEntry,
    shipments: status === 'shipped' ? [shipmentOf(placedAt, random)] : [],
  };
}

function shipmentOf(placedAt: number, random: SeededRandom): Shipment {
  const events = ['packed', 'handed over', 'in transit', 'delivered'];
  return {
    carrier: random.pick(['north-post', 'swift']),
    tracking: `NP${random.below(1_000_000_000)}`,
    events: events
      .slice(0, 1 + random.below(events.length))
      .map((what, i) => ({ at: placedAt + (i + 1) * 40_000_000, what })),
  };
}

function linesOf(products: readonly Product[], random: SeededRandom): Line[] {
  const first = random.below(products.length);
  return Array.from({ length: 1 + random.below(4) }, (_, i) => {
    const { sku, priceCents } = products[(first + i * 5) % products.length] as Product;
    return { sku, quantity: 1 + random.below(4), unitCents: priceCents };
  });
}

function instant(random: SeededRandom): number {
  return OPENED_AT + random.below(YEAR_SECONDS) * 1_000;
}

function uuid(random: SeededRandom): string {
  const hex = Array.from({ length: 32 }, () => random.below(16).toString(16));
  hex[12] = '4';
  hex[16] = '8';
  return hex.join('').replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
}
