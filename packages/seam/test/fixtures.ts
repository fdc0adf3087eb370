import { AsyncResource } from 'node:async_hooks';
import type { EvidenceBatch, Finding, Observation } from '@falsework/core/evidence';
import { BatchRefused, type ControlLink } from '@falsework/core/ports';
import type { Side, Snapshot } from '@falsework/core/routing';
import { SeededRandom, SimClock } from '@falsework/testkit';
import type { Host, LoopTimes } from '../src/engine/host.ts';
import type { Judgement, Outcome, ShadowJob } from '../src/engine/job.ts';
import { STANDALONE_SNAPSHOT } from '../src/plane/snapshots.ts';

/** A host whose time moves only when told to. `held` counts who keeps the process alive. */
export interface SimHost extends Host {
  readonly clock: SimClock;
  held: number;
  warn?: (words: string) => void;
  loopTimes?: () => LoopTimes;
}

/** Timers run in the async context in which they were set, as those of the runtime do. */
class ContextClock extends SimClock {
  override after(delayMs: number, run: () => void): () => void {
    return super.after(delayMs, AsyncResource.bind(run));
  }
}

export function simHost(seed = 1): SimHost {
  const clock = new ContextClock();
  return {
    clock,
    random: new SeededRandom(seed),
    afterTurn: (run) => void clock.after(0, run),
    held: 0,
    hold() {
      this.held += 1;
      return () => {
        this.held -= 1;
      };
    },
  };
}

/** A snapshot of any stage; everything not given is as a plane without control has it. */
export function snapshotWith({
  shadow,
  ...over
}: Partial<Omit<Snapshot, 'shadow'>> & { shadow?: Partial<Snapshot['shadow']> } = {}): Snapshot {
  return {
    ...STANDALONE_SNAPSHOT,
    migration: 'm',
    salt: 'm',
    version: 1,
    ...over,
    shadow: { ...STANDALONE_SNAPSHOT.shadow, noiseSample: 0, ...shadow },
  };
}

/**
 * Control as a plane hears it: pushes what it is told to, keeps what it is sent, and refuses while
 * `isDown`.
 */
export class ScriptedLink implements ControlLink {
  readonly batches: EvidenceBatch[] = [];
  attempts = 0;
  isDown = false;
  isSilent = false;
  refuses: (batch: EvidenceBatch) => boolean = () => false;
  #take: ((snapshot: Snapshot) => void) | null = null;

  get isSubscribed(): boolean {
    return this.#take !== null;
  }

  subscribe(take: (snapshot: Snapshot) => void): () => void {
    this.#take = take;
    return () => {
      this.#take = null;
    };
  }

  push(snapshot: Snapshot): void {
    this.#take?.(snapshot);
  }

  report(batch: EvidenceBatch): Promise<void> {
    this.attempts += 1;
    if (this.isSilent) return new Promise(() => {});
    if (this.isDown) return Promise.reject(new Error('control is away'));
    if (this.refuses(batch)) return Promise.reject(new BatchRefused('no'));
    this.batches.push(batch);
    return Promise.resolve();
  }
}

export const ok = <Answer>(value: Answer, tookMs = 1): Outcome<Answer> => ({
  ok: true,
  value,
  tookMs,
});

export const failed = (error: unknown, tookMs = 1): Outcome<never> => ({
  ok: false,
  error,
  tookMs,
});

/** A finding told apart by its id only. */
export const finding = (id: string): Finding => ({
  id,
  template: `$.${id}`,
  kind: 'number',
  example: { path: `$.${id}`, legacy: '1', candidate: '2' },
});

/** Compares answers that are plain values; a difference is one finding named `value`. */
function compareValues(legacy: Outcome<unknown>, candidate: Outcome<unknown>): Judgement {
  const [a, b] = [legacy, candidate].map((o) => (o.ok ? o.value : o.error));
  if (legacy.ok === candidate.ok && a === b) return { result: 'equal', findings: [] };
  return {
    result: 'different',
    findings: [finding(legacy.ok === candidate.ok ? 'value' : 'outcome')],
  };
}

/** A job that keeps what is reported of it. */
export type KeptJob = ShadowJob<unknown> & {
  readonly observations: Observation[];
  readonly signals: AbortSignal[];
  readonly runs: Side[];
};

/** A job on which legacy answered 1 in 4 ms; `run` says what a side answers when it is run. */
export function jobWith(
  over: Partial<ShadowJob<unknown>> & {
    run?: (side: Side, signal: AbortSignal) => Promise<Outcome<unknown>>;
  } = {},
): KeptJob {
  const observations: Observation[] = [];
  const signals: AbortSignal[] = [];
  const runs: Side[] = [];
  const { run = () => Promise.resolve(ok(1)), ...rest } = over;
  return {
    position: { epoch: 1, step: 1, legacyBuild: 'l1', candidateBuild: 'c1' },
    stratum: '',
    served: 'legacy',
    request: null,
    answer: ok(1, 4),
    canRerun: false,
    run(side, signal) {
      runs.push(side);
      signals.push(signal);
      return run(side, signal);
    },
    compare: compareValues,
    compareNoise: compareValues,
    pair: () => null,
    isCritical: () => false,
    report: (observation) => void observations.push(observation),
    observations,
    signals,
    runs,
    ...rest,
  };
}

/** A promise with its handles outside, for sides that answer when the test says so. */
export function deferred<Value>(): PromiseWithResolvers<Value> {
  return Promise.withResolvers<Value>();
}

/** The name of the method that these tests are about. */
// oxlint-disable-next-line unicorn/no-thenable -- things with a `then` are what is tested
export const THEN = 'then';

/** An object with this `then`: a lazy query, or something worse. */
export function thenable(then: PropertyDescriptor['value']): PromiseLike<never> {
  return Object.defineProperty({}, THEN, { value: then, enumerable: true }) as never;
}

/** A list of so many zeros. */
export function zeros(length: number): number[] {
  return Array.from({ length }, () => 0);
}
