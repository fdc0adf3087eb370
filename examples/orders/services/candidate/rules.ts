// The business rules of the new service, build by build. Each fix is a new build: what a team would
// really deploy.

/** What distinguishes one build from the next. */
export interface Build {
  readonly name: string;
  readonly taxCents: (cents: number) => number;
  readonly deliverBy: (placedAt: number) => string;
  /** Whether an order without a coupon says so, or says nothing. */
  readonly namesMissingCoupon: boolean;
  /** Whether an answer needs the warehouse to be reachable. */
  readonly asksWarehouse: boolean;
}

const DELIVERY_MS = 2 * 86_400_000;
const TAX_HUNDRED_THOUSANDTHS = 8_875;
const shopDate = new Intl.DateTimeFormat('en-CA', { timeZone: 'America/New_York' });

const truncated = (cents: number): number =>
  Math.floor((cents * TAX_HUNDRED_THOUSANDTHS) / 100_000);
const halfUp = (cents: number): number =>
  Math.floor((cents * TAX_HUNDRED_THOUSANDTHS + 50_000) / 100_000);
const inUtc = (placedAt: number): string =>
  new Date(placedAt + DELIVERY_MS).toISOString().slice(0, 10);
const inShop = (placedAt: number): string => shopDate.format(new Date(placedAt + DELIVERY_MS));

const FIRST: Build = {
  name: 'candidate-1',
  taxCents: truncated,
  deliverBy: inUtc,
  namesMissingCoupon: false,
  asksWarehouse: true,
};
const ROUNDING_FIXED: Build = { ...FIRST, name: 'candidate-2', taxCents: halfUp };
const ZONE_FIXED: Build = { ...ROUNDING_FIXED, name: 'candidate-3', deliverBy: inShop };
const COUPON_FIXED: Build = { ...ZONE_FIXED, name: 'candidate-4', namesMissingCoupon: true };
const WAREHOUSE_FIXED: Build = { ...COUPON_FIXED, name: 'candidate-5', asksWarehouse: false };

/** The builds in the order in which they are deployed. */
export const BUILDS: readonly Build[] = [
  FIRST,
  ROUNDING_FIXED,
  ZONE_FIXED,
  COUPON_FIXED,
  WAREHOUSE_FIXED,
];
