/** One line of an order. */
export interface OrderLine {
  readonly sku: string;
  readonly quantity: number;
  readonly unitCents: number;
}

/** What a client sends to create an order. */
export interface NewOrder {
  readonly id: string;
  readonly customer: string;
  readonly placedAt: number;
  readonly coupon: string | null;
  readonly lines: readonly OrderLine[];
}
