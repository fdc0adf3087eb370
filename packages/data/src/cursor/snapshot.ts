/**
 * PostgreSQL's `pg_snapshot`: which transactions had committed at an instant. Those below `xmin`
 * are all over; none from `xmax` on had begun; of those between, the ones in `xip` were under way.
 */
export interface Snapshot {
  readonly xmin: bigint;
  readonly xmax: bigint;
  /** In ascending order. */
  readonly xip: readonly bigint[];
}

const FORM = /^(\d+):(\d+):((?:\d+(?:,\d+)*)?)$/;

/** Reads the text form, `xmin:xmax:xip,xip`. Throws on anything else: it came from a server. */
export function parseSnapshot(text: string): Snapshot {
  const found = FORM.exec(text);
  if (found === null) throw new TypeError(`Not a snapshot: ${JSON.stringify(text.slice(0, 40))}`);
  const [, xmin, xmax, xip] = found as unknown as [string, string, string, string];
  const running = xip === '' ? [] : xip.split(',').map(BigInt);
  return { xmin: BigInt(xmin), xmax: BigInt(xmax), xip: running };
}

/** The text form that the server takes back. */
export function formatSnapshot({ xmin, xmax, xip }: Snapshot): string {
  return `${xmin}:${xmax}:${xip.join(',')}`;
}

/** True when the same transactions are visible in both, as far as their numbers tell. */
export function isSameSnapshot(one: Snapshot, two: Snapshot): boolean {
  return formatSnapshot(one) === formatSnapshot(two);
}

/** True when the transaction had ended by then. The same as `pg_visible_in_snapshot`. */
export function isVisible(xid: bigint, { xmin, xmax, xip }: Snapshot): boolean {
  if (xid < xmin) return true;
  return xid < xmax && !xip.includes(xid);
}

/** True when everything that is visible in `earlier` is visible in `later` as well. */
export function covers(later: Snapshot, earlier: Snapshot): boolean {
  // Beyond the later one's end nothing is visible in it, so there the earlier one may hold nothing
  // but running transactions.
  const beyond = earlier.xmax - later.xmax;
  const running = earlier.xip.filter((xid) => xid >= later.xmax).length;
  if (beyond > BigInt(running)) return false;
  // What the later one still holds for running must not have ended in the earlier one.
  return !later.xip.some((xid) => isVisible(xid, earlier));
}

/**
 * Transactions that were under way at `from` and over at `to`. Together with those that began in
 * between they are the whole window; the index is asked for these two ranges, because one range
 * from the oldest on would be read again at every look while any old transaction stays open.
 */
export function endedBetween(from: Snapshot, to: Snapshot): bigint[] {
  return from.xip.filter((xid) => isVisible(xid, to));
}

/**
 * The part of a snapshot below `end`: a point between two looks, at which a long window may stop.
 * What is visible in it is visible in the whole.
 */
export function cutBelow(snapshot: Snapshot, end: bigint): Snapshot {
  if (end >= snapshot.xmax) return snapshot;
  const xip = snapshot.xip.filter((xid) => xid < end);
  return { xmin: xip[0] ?? end, xmax: end, xip };
}

/**
 * The 64-bit number of a transaction that is known by its lower 32 bits only, given one that is
 * near it in time. Right as long as the two are less than 2^31 transactions apart, which is what
 * PostgreSQL itself relies on.
 */
export function widenXid(low: number, near: bigint): bigint {
  const epoch = near & ~0xffff_ffffn;
  const candidate = epoch | BigInt(low >>> 0);
  const distance = candidate - near;
  if (distance > 0x7fff_ffffn) return candidate - 0x1_0000_0000n;
  return distance < -0x8000_0000n ? candidate + 0x1_0000_0000n : candidate;
}
