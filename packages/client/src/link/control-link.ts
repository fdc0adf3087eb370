import type { EvidenceBatch } from '@falsework/core/evidence';
import {
  BatchRefused,
  type Cancel,
  type Clock,
  type ControlLink,
  type Random,
} from '@falsework/core/ports';
import type { Snapshot } from '@falsework/core/routing';
import { AdminClient, type AdminClientOptions } from '../admin-client.ts';
import { ROUTES } from '../contract/index.ts';
import { RemoteProblem } from '../remote-problem.ts';
import { readSnapshots } from './snapshot-stream.ts';

/** How a plane reaches control. */
export interface ControlLinkOptions extends AdminClientOptions {
  readonly migration: string;
  readonly clock: Clock;
  readonly random: Random;
}

// What is wrong with a batch itself: sent again it would be refused again.
const REFUSALS = new Set([400, 413, 422]);
const RETRY_MS_MIN = 100;
const RETRY_MS_MAX = 5_000;

/**
 * The link between one plane and control over HTTP: snapshots come as server-sent events, evidence
 * goes as JSON. A broken stream is opened again for as long as somebody listens, with full jitter,
 * so that a restarted control is not met by all planes at once.
 */
export function connectToControl(options: ControlLinkOptions): ControlLink {
  const client = new AdminClient(options);
  const { migration } = options;
  return {
    async report(batch: EvidenceBatch): Promise<void> {
      try {
        const params = { migration };
        await client.call(ROUTES.evidence, { params, query: {}, body: batch as never });
      } catch (error) {
        const isRefused = error instanceof RemoteProblem && REFUSALS.has(error.status);
        throw isRefused ? new BatchRefused(error.message, { cause: error }) : error;
      }
    },
    subscribe: (take) => subscribe(client, options, take),
  };
}

function subscribe(
  client: AdminClient,
  { migration, clock, random }: ControlLinkOptions,
  take: (snapshot: Snapshot) => void,
): Cancel {
  const stopped = new AbortController();
  let failures = 0;
  let cancelRetry: Cancel = () => {};
  const open = async (): Promise<void> => {
    try {
      await readSnapshots(client, migration, stopped.signal, (snapshot) => {
        failures = 0;
        take(snapshot);
      });
    } catch {
      // Control is away or restarting. The plane serves on by its last snapshot; what failed is
      // tried again below.
    }
    if (stopped.signal.aborted) return;
    const capMs = Math.min(RETRY_MS_MAX, RETRY_MS_MIN * 2 ** Math.min(failures, 10));
    failures += 1;
    cancelRetry = clock.after(random.next() * capMs, () => void open());
  };
  void open();
  return () => {
    stopped.abort();
    cancelRetry();
  };
}
