import type { Side } from '@falsework/core/routing';
import type { PlaneSeam } from '@falsework/seam/plane';

/**
 * Counts a call on its way to a side. Callers and probes go through here alike: a counter that a
 * probe does not move is broken, and its silence proves nothing.
 */
export function countHit(seam: PlaneSeam, side: Side): void {
  if (side === 'legacy') seam.legacyHits += 1;
}
