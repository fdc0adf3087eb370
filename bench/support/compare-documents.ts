import {
  absentIsNull,
  ignore,
  instant,
  keyed,
  pattern,
  type Rule,
  sameType,
  tolerance,
  unordered,
} from '@falsework/core/compare';

const NAMES = ['Desk lamp, brass', 'Wool blanket', 'Oak shelf 80 cm', 'Espresso cups, set of 4'];
const WAREHOUSES = ['BER-1', 'MUC-2', 'HAM-1'];
const LINES = 26;

/** An order as a shop answers it, about 7 kB of JSON: the document that all figures are of. */
export function order() {
  return {
    id: 'ord_81f3a9c2',
    quotedAt: '2026-11-20T14:02:11.482Z',
    status: 'confirmed',
    channel: 'web',
    currency: 'EUR',
    customer: {
      id: 'cus_000017',
      name: 'Ann Lee',
      email: 'ann.lee@example.com',
      tier: 'gold',
      since: '2019-04-02',
      marketing: false,
    },
    shipping: {
      method: 'standard',
      address: { street: 'Lindenstrasse 12', city: 'Berlin', zip: '10969', country: 'DE' },
      estimate: { from: '2026-11-23', to: '2026-11-25' },
      cost: 4.9,
    },
    billing: { street: 'Lindenstrasse 12', city: 'Berlin', zip: '10969', country: 'DE' },
    lines: Array.from({ length: LINES }, (_, i) => line(i)),
    payments: [
      { id: 'pay_1', method: 'card', amount: 812.4, captured: true, reference: '7f3c9a10' },
    ],
    totals: { net: 682.69, tax: 129.71, gross: 812.4, shipping: 4.9, discount: 12.5 },
    notes: null as string | null,
    version: 7,
  };
}

export type Order = ReturnType<typeof order>;

/** Every line is another, without a random number: the same document in every run. */
function line(i: number) {
  return {
    lineId: `ln_${1000 + i}`,
    sku: `SKU-${10_000 + ((i * 7_919) % 90_000)}`,
    name: NAMES[i % NAMES.length] as string,
    quantity: 1 + (i % 5),
    unitPrice: { amount: ((i * 977) % 10_000) / 100 + 1, currency: 'EUR' },
    discount: i % 3 === 0 ? null : { code: 'AUTUMN', percent: (i * 7) % 30 },
    tax: ((i * 613) % 1_000) / 100,
    total: ((i * 1_543) % 50_000) / 100,
    warehouse: WAREHOUSES[i % WAREHOUSES.length] as string,
    available: i % 2 === 0,
    tags: i % 2 === 0 ? ['fragile', 'gift'] : ['gift'],
  };
}

/** The same order, quoted 35 ms later, which the first of the rules excuses. */
export function quotedLater(): Order {
  return { ...order(), quotedAt: '2026-11-20T14:02:11.517Z' };
}

/** The same order with five faults of a rewrite, none of which a rule excuses. */
export function withFiveFaults(): object {
  const { notes: _absent, ...faulty } = order();
  const [third, tenth] = [faulty.lines[3], faulty.lines[10]];
  // Rounded, an hour late, and not yet converted.
  if (third !== undefined) third.tax += 0.01;
  if (tenth !== undefined) tenth.unitPrice.amount *= 100;
  faulty.shipping.estimate.to = '2026-11-26';
  return { ...faulty, totals: { ...faulty.totals, gross: '812.40' } };
}

/** Ten rules as such an order needs them. */
export const TEN_RULES: readonly Rule[] = [
  ignore('$.quotedAt'),
  keyed('$.lines', 'sku'),
  tolerance('$.lines[*].tax', { abs: 0.005 }),
  unordered('$.lines[*].tags'),
  instant('$.shipping.estimate.from', { within: '1d' }),
  pattern('$.payments[*].reference', '^[0-9a-f]{8}$'),
  absentIsNull('$.customer.tier'),
  ignore('$.version'),
  tolerance('$.totals.tax', { abs: 0.01 }),
  sameType('$.payments[*].id'),
];

/** The document with the members of every object in another order, as another language has it. */
export function reordered(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(reordered);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(([key, child]) => [key, reordered(child)] as const);
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)));
}
