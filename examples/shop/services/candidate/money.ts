import type { Line } from '../../data/world.ts';

const SHIPPING_MINOR = 790;
const FREE_SHIPPING_MINOR = 50_000;

export const toAmount = (minor: number): number => minor / 100;

/** The sums of an order or a cart, in minor units. */
export function sums(lines: readonly Line[]): { goods: number; shipping: number; total: number } {
  const goods = lines.reduce((sum, { quantity, unitCents }) => sum + quantity * unitCents, 0);
  const shipping = goods < FREE_SHIPPING_MINOR ? SHIPPING_MINOR : 0;
  return { goods, shipping, total: goods + shipping };
}

export function lineView({ sku, quantity, unitCents }: Line) {
  return { total: toAmount(quantity * unitCents), unitPrice: toAmount(unitCents), quantity, sku };
}
