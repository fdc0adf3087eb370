import { availableParallelism } from 'node:os';
import { fault } from '@falsework/core/errors';
import type { ControlLink } from '@falsework/core/ports';
import type { GuardReport, RunningHttpGuard } from '@falsework/guard';
import type { AnyGuardOptions } from '@falsework/guard/grpc';
import { startGuardWorkers } from '@falsework/guard/workers';
import { type FencedStores, GuardFence } from './guard-fence.ts';
import type { GuardSource } from './guard-source.ts';
import { startGuardOf } from './start-guard.ts';

/** All that a guard of the command line is started with, or taken over to. */
export interface GuardPlan {
  readonly options: AnyGuardOptions;
  /** The same options, as every worker makes them for itself. */
  readonly source: GuardSource;
  readonly workers: number | 'all';
  /** What it asks before the candidate answers a read; `null` where it does not ask. */
  readonly stores: FencedStores | null;
  readonly link: ControlLink | null;
}

/** A guard of the command line, in this process or in several. */
export interface ServedGuard {
  readonly url: string;
  readonly report: () => GuardReport;
  /** Rejects with why the plan was not taken up; the guard goes on as it was then. */
  readonly reload: (plan: GuardPlan) => Promise<void>;
  readonly stop: (options?: { readonly withinMs?: number }) => Promise<void>;
}

/** Starts what the plan says. Rejects with what starting a guard rejects with. */
export async function startServedGuard(
  plan: GuardPlan,
  warn: (words: string) => void,
): Promise<ServedGuard> {
  const workers = countOf(plan);
  const guard = workers === 1 ? await alone(plan, warn) : await together(plan, workers, warn);
  return {
    ...guard,
    reload: async (renewed) => {
      if (countOf(renewed) !== workers) {
        throw fault('FW_GUARD_RELOAD', { setting: 'workers', because: 'each is a process' });
      }
      await guard.reload(renewed);
    },
  };
}

function countOf({ workers }: GuardPlan): number {
  return workers === 'all' ? availableParallelism() : workers;
}

async function alone(
  { options, link, stores }: GuardPlan,
  warn: (words: string) => void,
): Promise<ServedGuard> {
  const fence = new GuardFence(stores, warn);
  const asked = { ...options, ...fence.optionsFor(stores), ...(link === null ? {} : { link }) };
  const guard = await startGuardOf(asked).catch(async (error: unknown) => {
    await fence.close();
    throw error;
  });
  const { reload } = guard as Partial<RunningHttpGuard>;
  return {
    url: guard.url,
    report: guard.report,
    stop: async (within) => {
      // Reads under way are waiting for the stores.
      await guard.stop(within);
      await fence.close();
    },
    reload: (renewed) => {
      const because = 'gRPC is spoken';
      if (reload === undefined) throw fault('FW_GUARD_RELOAD', { setting: 'guard', because });
      reload({ ...renewed.options, ...fence.optionsFor(renewed.stores) });
      return Promise.resolve();
    },
  };
}

async function together(
  { options, source, link }: GuardPlan,
  workers: number,
  warn: (words: string) => void,
): Promise<ServedGuard> {
  if ([options.legacy, options.candidate].some((side) => /^grpcs?:/i.test(side))) {
    const expected = '1 where a side speaks gRPC';
    throw fault('FW_GUARD_OPTION', { option: 'workers', got: String(workers), expected });
  }
  // From source the worker is TypeScript, from a build it is not; both stand beside this file.
  const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
  const guard = await startGuardWorkers({
    workers,
    script: new URL(`./guard-worker.${extension}`, import.meta.url),
    data: source,
    warn,
    ...(link === null ? {} : { link }),
  });
  const { url, report, stop } = guard;
  return { url, report, stop, reload: (renewed) => guard.reload(renewed.source) };
}
