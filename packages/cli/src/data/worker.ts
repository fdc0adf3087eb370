import type { Clock } from '@falsework/core/ports';
import {
  authorityOf,
  CaptureWatch,
  countWorkflows,
  type DrainEvent,
  type Feed,
  installCapture,
  keepProof,
  readEpochs,
  readSeal,
  recordLeftKeys,
  runDrain,
  startFeed,
} from '@falsework/data';
import { pause } from '@falsework/system';
import { keepInvariants, type ReadySide, sideInvariants } from './open-data-side.ts';
import { presentFeed } from './present-feed.ts';
import type { ToldControl } from './tell-control.ts';

/** What the worker tells of. */
export interface WorkerNews {
  event(kind: string, words: string, facts: Readonly<Record<string, unknown>>): void;
}

/** What the worker works with. */
export interface WorkerParts {
  readonly side: ReadySide;
  /** `null` when nobody is to be told. */
  readonly control: ToldControl | null;
  readonly clock: Clock;
  readonly news: WorkerNews;
  readonly signal: AbortSignal;
}

// Well below the minute after which a silent data side is no evidence any more.
const REPORT_MS = 10_000;
// After a switch nobody feeds the store that was the authority until somebody notices.
const SWITCH_LOOK_MS = 500;
// Statements over whole tables are not to be asked every ten seconds.
const SLOW_LOOK_MS = 300_000;

/**
 * Keeps two stores equal until it is told to stop: captures, drains in whichever direction the
 * authority asks for, and tells control every few seconds what is known. A switch by somebody else
 * is noticed within one look; the drain of the other direction then holds.
 */
export async function runWorker(parts: WorkerParts): Promise<void> {
  const { side, signal } = parts;
  await begin(side);
  const watch = new Standing(side);
  await watch.look();
  const failed = new AbortController();
  const both = AbortSignal.any([signal, failed.signal]);
  const working = [
    drainWhile(parts, { feed: side.forward, watch, wanted: 'forward', signal: both }),
    drainWhile(parts, { feed: side.reverse, watch, wanted: 'reverse', signal: both }),
    lookAround(parts, watch, both),
  ];
  // One that dies takes the others along: half a data side would look like a whole one.
  for (const work of working) work.catch(() => failed.abort());
  const ended = await Promise.allSettled(working);
  const bad = ended.find((one) => one.status === 'rejected');
  if (bad !== undefined) throw bad.reason;
}

async function begin({ forward, settings }: ReadySide): Promise<void> {
  const { migration, tables, source } = forward;
  await installCapture(source, { migration, kind: settings.capture, tables });
  await recordLeftKeys(forward, settings.reads?.keys ?? null);
  await startFeed(forward);
}

/** Which direction is to be drained, as of the last look. */
class Standing {
  readonly #side: ReadySide;
  direction: 'forward' | 'reverse' | 'none' = 'none';

  constructor(side: ReadySide) {
    this.#side = side;
  }

  async look(): Promise<void> {
    const { stores, forward } = this.#side;
    const authority = authorityOf(await readEpochs(stores, forward.schema));
    const isSealed = (await readSeal(stores.candidate, forward.schema)) !== null;
    // While a switch is under way neither store takes writes, and the switch drains by itself.
    if (authority === null || (authority === 'candidate' && isSealed)) this.direction = 'none';
    else this.direction = authority === 'legacy' ? 'forward' : 'reverse';
  }
}

interface Draining {
  readonly feed: Feed;
  readonly watch: Standing;
  readonly wanted: 'forward' | 'reverse';
  readonly signal: AbortSignal;
}

async function drainWhile(
  { clock, news }: WorkerParts,
  { feed, watch, wanted, signal }: Draining,
): Promise<void> {
  const hold = (): string | null => (watch.direction === wanted ? null : 'it is not its turn');
  const onEvent = (event: DrainEvent): void => {
    if (event.kind !== 'trouble') return;
    const { code, message } = event.error;
    news.event('trouble', `${wanted}: ${message}`, { direction: wanted, code });
  };
  await runDrain(feed, { signal, clock, hold, onEvent });
}

async function lookAround(parts: WorkerParts, watch: Standing, signal: AbortSignal): Promise<void> {
  const { side, control, clock, news } = parts;
  let slowAtMs = Number.NEGATIVE_INFINITY;
  const capture = new CaptureWatch(side.forward, clock);
  while (!signal.aborted) {
    await watch.look();
    if (watch.direction === 'forward') await capture.look();
    if (clock.monotonicMs() - slowAtMs >= SLOW_LOOK_MS) {
      slowAtMs = clock.monotonicMs();
      await slowLook(parts);
    }
    await control?.report();
    news.event('looked', `draining ${watch.direction}`, { draining: watch.direction });
    const nextMs = clock.monotonicMs() + REPORT_MS;
    while (!signal.aborted && clock.monotonicMs() < nextMs) {
      await pause(clock, SWITCH_LOOK_MS, signal);
      await watch.look();
    }
  }
}

/** What costs more than a look: the census and the invariants. */
async function slowLook({ side, clock }: WorkerParts): Promise<void> {
  const { stores, settings, forward } = side;
  if (settings.workflows !== null) {
    const inFlight = await countWorkflows(settings.workflows, stores);
    const proof = { inFlight, countedAt: clock.now() };
    await keepProof(stores.candidate, forward.schema, { name: 'workflows', proof });
  }
  const results = await sideInvariants(side, await presentFeed(side), clock);
  await keepInvariants(side, results, clock.now());
}
