import { fault } from '@falsework/core/errors';
import type { ControlLink } from '@falsework/core/ports';
import { systemHost } from '@falsework/seam/engine';
import { type GuardReport, guardReport } from '../report/guard-report.ts';
import { GuardCrew } from './guard-crew.ts';
import { mergeFacts } from './merge-facts.ts';
import type { Listening } from './worker-process.ts';

/** How to run a guard in several processes. */
export interface GuardWorkersOptions {
  /** How many, 1 to 512. */
  readonly workers: number;
  /**
   * What a worker runs, which calls `serveAsWorker`. Left out: `data` are the options of a guard,
   * all of which can be handed over as they are, so without functions.
   */
  readonly script?: URL;
  /** What every worker is given: anything that can be cloned. */
  readonly data: unknown;
  /** The way to control, which all of them share. */
  readonly link?: ControlLink;
  /** Says what a person ought to know, such as that a worker died. Default: a line on stderr. */
  readonly warn?: (words: string) => void;
}

/** A guard that runs in several processes. */
export interface GuardWorkers extends Listening {
  /** What all of them have seen, as of half a second ago. O(workers × (routes + causes)). */
  readonly report: () => GuardReport;
  /** Resolves when what they chose for comparing so far has been compared. */
  readonly settled: () => Promise<void>;
  /**
   * Gives every worker new data, one after the other. Rejects with what the first of them refuses
   * it with; all go on as they were then.
   */
  readonly reload: (data: unknown) => Promise<void>;
  /** Lets callers finish for at most `withinMs`, in all workers at once, and ends them. */
  readonly stop: (options?: { readonly withinMs?: number }) => Promise<void>;
  /** The processes that take callers now. */
  readonly pids: () => readonly number[];
}

const STOP_WITHIN_MS = 10_000;
const WORKERS_MAX = 512;
const PLAIN = './plain-worker';

/**
 * Starts a guard in several processes on one port, to use all cores. Each is a whole guard; control
 * is spoken to once, and there is one report. One that dies is replaced, and counted. Rejects with
 * what starting one guard rejects with; nothing is left running then.
 *
 * ```ts
 * const guard = await startGuardWorkers({
 *   workers: availableParallelism(),
 *   data: { legacy: 'http://127.0.0.1:8080', candidate: 'http://127.0.0.1:8081', port: 8000 },
 * });
 * console.log(reportText(guard.report()));
 * await guard.stop();
 * ```
 */
export async function startGuardWorkers(options: GuardWorkersOptions): Promise<GuardWorkers> {
  const { workers, link, data, warn = systemHost.warn ?? (() => {}) } = options;
  if (!Number.isInteger(workers) || workers < 1 || workers > WORKERS_MAX) {
    const expected = `a whole number from 1 to ${WORKERS_MAX}`;
    throw fault('FW_GUARD_OPTION', { option: 'workers', got: String(workers), expected });
  }
  // From a build it is not TypeScript; both stand beside this file.
  const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
  const script = options.script ?? new URL(`${PLAIN}.${extension}`, import.meta.url);
  const crew = new GuardCrew({ workers, script, data, link: link ?? null, warn });
  const listening = await crew.start();
  return {
    ...listening,
    report: () => ({ ...guardReport(mergeFacts(crew.facts())), workers: crew.counts() }),
    settled: () => crew.settled(),
    reload: (renewed) => crew.reload(renewed),
    stop: ({ withinMs = STOP_WITHIN_MS } = {}) => crew.stop(withinMs),
    pids: () => crew.pids(),
  };
}
