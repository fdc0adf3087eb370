import type { EvidenceBatch } from '../evidence/batch.ts';
import type { Snapshot } from '../routing/snapshot.ts';
import type { Cancel } from './clock.ts';

/** Control understood a batch and refuses it, for what it holds or for its size. */
export class BatchRefused extends Error {
  override readonly name = 'BatchRefused';
}

/**
 * How a plane and control hear each other. Losing it never stops a plane: it serves on by its last
 * snapshot.
 */
export interface ControlLink {
  /**
   * Calls `take` with the present snapshot and with each newer one, until cancelled. Reconnects by
   * itself.
   */
  subscribe(take: (snapshot: Snapshot) => void): Cancel;
  /**
   * Delivers a batch. Rejects when control did not take it; the same batch may then be sent again.
   * With {@link BatchRefused} control has read it and will never take it as it is.
   */
  report(batch: EvidenceBatch): Promise<void>;
}
