import { fault } from '@falsework/core/errors';
import type { Clock } from '@falsework/core/ports';
import { covers, type Snapshot } from '../cursor/snapshot.ts';
import type { Feed } from '../drain/feed.ts';
import { runDrain } from '../drain/run-drain.ts';
import type { ReconcileEvent } from '../reconcile/events.ts';
import { runReconcile } from '../reconcile/run-reconcile.ts';
import { reconcileStatus } from '../reconcile/status.ts';
import type { Verified } from './switch-parts.ts';

/** How everything is compared before a switch. */
export interface VerifyOptions {
  readonly clock: Clock;
  readonly signal?: AbortSignal;
  readonly onEvent?: (event: ReconcileEvent) => void;
}

// Rows that stay in flight over a whole pass are compared in the next; with this many passes there
// is something wrong with the drain, not with the rows.
const PASSES_MAX = 3;

/**
 * Compares every row of both stores while people write, with a drain of its own beside it, and says
 * up to which state of the source that holds. What changes after it is compared behind the fence.
 */
export async function verifyStores(feed: Feed, options: VerifyOptions): Promise<Verified> {
  const { clock, onEvent } = options;
  const stop = new AbortController();
  options.signal?.addEventListener('abort', () => stop.abort(), { once: true });
  const draining = runDrain(feed, { signal: stop.signal, clock });
  try {
    for (let passes = 1; ; passes += 1) {
      const compare = { clock, signal: stop.signal, connections: 1, ...(onEvent && { onEvent }) };
      const comparing = runReconcile(feed, compare);
      // A drain that dies ends the comparison as well, with its own reason.
      await Promise.race([comparing, draining.then(() => comparing)]);
      const verified = await verifiedSo(feed);
      if (verified !== null) return verified;
      if (passes >= PASSES_MAX) throw unsettled(feed);
    }
  } finally {
    stop.abort();
    await draining;
  }
}

async function verifiedSo(feed: Feed): Promise<Verified | null> {
  const { mappings } = await reconcileStatus(feed);
  const divergent = mappings
    .flatMap(({ divergences }) => Object.values(divergences))
    .reduce((sum, count) => sum + count, 0);
  const snapshots = mappings.map(({ verifiedThrough }) => verifiedThrough?.snapshot ?? null);
  const through = snapshots.filter((one) => one !== null).reduce<Snapshot | null>(older, null);
  if (divergent > 0 && through === null)
    return { divergent, through: { xmin: 0n, xmax: 0n, xip: [] } };
  if (through === null || snapshots.includes(null)) return null;
  return { divergent, through };
}

/** Snapshots of one server, one after the other, always have an older one. */
function older(found: Snapshot | null, one: Snapshot): Snapshot {
  return found === null || covers(found, one) ? one : found;
}

function unsettled({ follower, direction }: Feed): Error {
  const because = 'rows stayed in flight in every pass, or its planted faults were not found';
  return fault('FW_TURNOVER_UNVERIFIED', { database: follower.label, direction, because });
}
