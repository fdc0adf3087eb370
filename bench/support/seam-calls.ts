// The functions behind the seams of a bench, and the same two behind tzientist.
import { DEFAULT_POLICY } from '@falsework/core/policy';
import { Plane, type Seam, seam } from '@falsework/seam';
import { STANDALONE_SNAPSHOT } from '@falsework/seam/plane';
import { experimentAsync } from 'tzientist';

export interface Cart {
  readonly account: string;
  readonly lines: readonly { readonly sku: string; readonly qty: number; readonly price: number }[];
}

export interface Quote {
  readonly account: string;
  readonly total: number;
  readonly currency: string;
}

export const CART: Cart = {
  account: 'acc-000017',
  lines: [
    { sku: 'lamp', qty: 1, price: 49.9 },
    { sku: 'shelf', qty: 2, price: 80 },
    { sku: 'cups', qty: 4, price: 6.5 },
  ],
};

/** What both sides answer: little work, so that what stands around it is seen. */
export function price({ account, lines }: Cart): Quote {
  let total = 0;
  for (const { qty, price: each } of lines) total += qty * each;
  return { account, total, currency: 'EUR' };
}

/** The same for a caller that has no more than an id, as most calls between services do. */
export const priceById = async (account: string): Promise<number> => account.length * 1.25;

export const priceAsync = async (cart: Cart): Promise<Quote> => price(cart);

type Pricing = (cart: never) => Promise<unknown>;

/**
 * tzientist around two functions, publishing nowhere. It compares by identity, which says that any
 * two objects differ; a publish that compares, as its README shows, is what makes it do the job of
 * a seam. Either is timed.
 */
export function tzientist(
  isEnabled: boolean,
  fn: Pricing = priceAsync,
  publish: (results: { controlResult?: unknown; candidateResult?: unknown }) => void = () => {},
): Pricing {
  const options = { enabled: () => isEnabled, publish };
  return experimentAsync({ name: 'quote', control: fn, candidate: fn, options }) as Pricing;
}

let seams = 0;

/**
 * A seam that samples so much, with the limits of the default policy. On a plane of its own, and a
 * bench is busy all the time: no seam is to be shed for what another one did.
 */
export function seamOf<Fn extends (cart: never) => unknown>(
  sample: number,
  { legacy, candidate }: { legacy: Fn; candidate: Fn },
): Seam<Fn> {
  seams += 1;
  const snapshot = { ...STANDALONE_SNAPSHOT, shadow: { ...DEFAULT_POLICY.shadow, sample } };
  const options = { name: `bench.${seams}`, effects: 'none', busyMax: 1 } as const;
  return seam({
    ...options,
    legacy,
    candidate,
    plane: new Plane({ snapshot }),
  } as never) as Seam<Fn>;
}
