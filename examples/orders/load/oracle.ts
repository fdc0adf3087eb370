import type { NewOrder } from '../services/shared/order-line.ts';

/**
 * What legacy must answer, known to the caller by itself: written from the rules of the business,
 * in another way than either service computes them, so that a wrong answer cannot be excused by a
 * shared mistake.
 */
export class Oracle {
  readonly #orders = new Map<string, NewOrder & { status: string }>();
  readonly #byCustomer = new Map<string, string[]>();

  created(order: NewOrder): void {
    this.#orders.set(order.id, { ...order, status: 'open' });
    const ids = this.#byCustomer.get(order.customer) ?? [];
    this.#byCustomer.set(order.customer, [...ids, order.id]);
  }

  statusSet(id: string, status: string): void {
    const order = this.#orders.get(id);
    if (order?.status === 'open') order.status = status;
  }

  status(id: string): string | undefined {
    return this.#orders.get(id)?.status;
  }

  /** The body of `GET /orders/{id}` without the time at which it was made. */
  order(id: string): unknown {
    const order = this.#orders.get(id);
    if (!order) return { error: 'no such order' };
    return {
      id,
      customer: order.customer,
      status: order.status,
      coupon: order.coupon,
      placedAt: new Date(order.placedAt).toISOString(),
      deliverBy: deliverBy(order.placedAt),
      total: hundredths(totalCents(order)),
      lines: order.lines.map((line) => {
        const cents = line.quantity * line.unitCents;
        return {
          sku: line.sku,
          quantity: line.quantity,
          amount: hundredths(cents),
          tax: taxOf(cents),
        };
      }),
    };
  }

  /** The body of `GET /customers/{id}/orders`. */
  ordersOf(customer: string): unknown {
    const orders = (this.#byCustomer.get(customer) ?? []).map((id) => this.#orders.get(id));
    const known = orders.filter((order) => order !== undefined);
    known.sort((a, b) => b.placedAt - a.placedAt || (a.id < b.id ? -1 : 1));
    return {
      orders: known.slice(0, 10).map((order) => ({
        id: order.id,
        status: order.status,
        total: hundredths(totalCents(order)),
      })),
    };
  }

  /** The body of `GET /orders/{id}/receipt`. */
  receipt(id: string): string {
    const order = this.#orders.get(id);
    if (!order) return JSON.stringify({ error: 'no such order' });
    let text = `Order ${id}\n`;
    for (const line of order.lines) {
      text += `${line.quantity} x ${line.sku} ${decimal(line.unitCents)}\n`;
    }
    return `${text}Total ${decimal(totalCents(order))}\n`;
  }
}

function totalCents(order: NewOrder): number {
  return order.lines.reduce((sum, line) => sum + line.quantity * line.unitCents, 0);
}

/** Exact decimal text of an amount in cents. */
function decimal(cents: number): string {
  return `${Math.trunc(cents / 100)}.${String(cents % 100).padStart(2, '0')}`;
}

function hundredths(cents: number): number {
  return Number(decimal(cents));
}

/** 8.875 % with half a cent up, in exact whole numbers. */
function taxOf(cents: number): number {
  const scaled = BigInt(cents) * 8_875n;
  const whole = scaled / 100_000n;
  const isHalfOrMore = (scaled % 100_000n) * 2n >= 100_000n;
  return hundredths(Number(isHalfOrMore ? whole + 1n : whole));
}

// The shop is in New York, and all orders of the demo are placed in winter: five hours behind UTC,
// no change of clocks.
const SHOP_OFFSET_MS = -5 * 3_600_000;

function deliverBy(placedAt: number): string {
  const there = new Date(placedAt + 2 * 86_400_000 + SHOP_OFFSET_MS);
  const pad = (part: number): string => String(part).padStart(2, '0');
  return `${there.getUTCFullYear()}-${pad(there.getUTCMonth() + 1)}-${pad(there.getUTCDate())}`;
}
