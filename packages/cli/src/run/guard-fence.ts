import { isDeepStrictEqual } from 'node:util';
import type { Migration } from '@falsework/config';
import { fault } from '@falsework/core/errors';
import type { DataPlanInput, PlannedFenceOptions } from '@falsework/data';
import { systemClock } from '@falsework/system';
import { LateFence, type OpenFence } from './late-fence.ts';

/** The stores that a guard asks before the candidate answers, and what it is to ask them. */
export interface FencedStores {
  readonly plan: Pick<DataPlanInput, 'name' | 'from' | 'to' | 'tables'>;
  readonly keys: PlannedFenceOptions['keys'];
  readonly keysBack: PlannedFenceOptions['keys'] | null;
}

// Reads that come at the same time share a look, and a look is one statement after the other. The
// others are for comparisons.
const CONNECTIONS = 4;

/** What the guard of a migration asks its stores by; `null` where it does not ask. */
export function fencedStores({ name, data }: Migration): FencedStores | null {
  if (data === null || data.reads === null) return null;
  const { from, to, tables, reads } = data;
  return { plan: { name, from, to, tables }, keys: reads.keys, keysBack: reads.keysBack };
}

/** The fence of one guard, whatever configurations it goes over to. */
export class GuardFence {
  readonly #warn: (words: string) => void;
  readonly #asked: FencedStores | null;
  readonly #fence: LateFence | null;

  constructor(stores: FencedStores | null, warn: (words: string) => void) {
    this.#warn = warn;
    this.#asked = stores;
    this.#fence = stores === null ? null : this.#begin(stores);
  }

  /**
   * What goes with the options of the guard. Throws FW_GUARD_RELOAD for other stores than those
   * that it began with: reads are under way that wait for them.
   */
  optionsFor(stores: FencedStores | null): { readonly fence: LateFence | null } {
    if (isDeepStrictEqual(stores, this.#asked)) return { fence: this.#fence };
    const because = 'reads are under way that wait for its stores';
    throw fault('FW_GUARD_RELOAD', { setting: 'data', because });
  }

  /** Gives the stores back. */
  async close(): Promise<void> {
    await this.#fence?.close();
  }

  #begin(stores: FencedStores): LateFence {
    return new LateFence({ open: () => opened(stores), clock: systemClock, warn: this.#warn });
  }
}

/** What speaks to databases is loaded only where they are asked. */
async function opened({ plan, keys, keysBack }: FencedStores): Promise<OpenFence> {
  const { openDatabase, readFenceOf } = await import('@falsework/data');
  const open = (url: string, label: string) =>
    openDatabase({ url, label, connections: CONNECTIONS });
  const stores = { legacy: open(plan.from, 'legacy'), candidate: open(plan.to, 'candidate') };
  const close = async (): Promise<void> => {
    await Promise.all([stores.legacy.close(), stores.candidate.close()]);
  };
  try {
    const back = keysBack === null ? {} : { keysBack };
    return { fence: await readFenceOf(plan, { stores, keys, ...back }), close };
  } catch (error) {
    await close();
    throw error;
  }
}
