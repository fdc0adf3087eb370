import { AsyncLocalStorage } from 'node:async_hooks';
import type { Verdict } from '@falsework/core/evidence';
import type { ShadowPolicy } from '@falsework/core/policy';
import type { Cancel } from '@falsework/core/ports';
import { otherSide, type Side } from '@falsework/core/routing';
import { type Attempt, type AttemptEnd, attempt } from './attempt.ts';
import type { EngineCounters } from './counters.ts';
import type { Host } from './host.ts';
import { NotCompared, type Outcome, type ShadowJob } from './job.ts';
import { answeredMs, type BothEnds, JobReporter, notSeen, type Seen } from './job-reporter.ts';
import { afterSecondLook, judge, type Look, shedLook } from './judge.ts';
import type { ShedReason } from './shed.ts';
import { TaskQueue } from './task-queue.ts';

/** The part of the shadow policy that bounds a guest. */
export type ShadowLimits = Omit<ShadowPolicy, 'sample'>;

/** What an engine is built from. */
export interface EngineOptions {
  readonly host: Host;
  /** Asked at every step, so that the limits of a new snapshot hold at once. */
  readonly limits: () => ShadowLimits;
  /**
   * A further reason not to run shadows now, such as an event loop that is too busy; `null` when
   * there is none.
   */
  readonly refuse?: () => ShedReason | null;
}

/**
 * A look that waits for its turn: the first at a job, or the second at one that was seen to differ.
 */
interface Task<Answer> {
  readonly job: ShadowJob<Answer>;
  readonly before: Seen<Answer> | null;
}

// A candidate that hangs and ignores its signal keeps whatever it holds: sockets, connections of a
// pool that legacy uses too. This many abandoned runs per place are borne, then only one trial now
// and then.
const STRAYS_PER_PLACE = 8;
const HANGING_RETRY_MS = 10_000;

/**
 * Runs the other side of sampled calls, off the path of the caller: queued, a few at a time, each
 * under a time limit, outside of the caller's async context, and never awaited. Every job that is
 * offered ends in exactly one observation, whatever the job, the side that it runs or the
 * comparison does. One engine per seam.
 */
export class ShadowEngine<Answer> {
  readonly #options: EngineOptions;
  // Taken here and not per call: a shadow must not see the request's transaction, deadline or
  // trace.
  readonly #detached = AsyncLocalStorage.snapshot();
  readonly #queue = new TaskQueue<Task<Answer>>();
  readonly #pauses = new Map<Seen<Answer>, Cancel>();
  readonly #attempts = new Set<Attempt<Answer>>();
  readonly #waiting: (() => void)[] = [];
  readonly #reporter = new JobReporter<Answer>();
  #busy = 0;
  #strays = 0;
  #lastStartMs = Number.NEGATIVE_INFINITY;
  #isScheduled = false;
  #isClosing = false;
  #halted: ShedReason | null = null;

  constructor(options: EngineOptions) {
    this.#options = options;
  }

  /**
   * Takes a job. Returns at once and never throws; the job starts after the caller's turn, or is
   * shed.
   */
  offer(job: ShadowJob<Answer>): void {
    const because = this.refusal();
    if (because !== null) {
      this.shed(job, because);
      return;
    }
    this.#enqueue({ job, before: null });
  }

  /**
   * Why a job offered now would be shed; `null` when it would run. Asked first, it saves copying
   * for nothing.
   */
  refusal(): ShedReason | null {
    if (this.#isClosing) return 'closing';
    if (this.#halted !== null) return this.#halted;
    if (this.#queue.length + this.#pauses.size >= this.#options.limits().queueMax) {
      return 'queue-full';
    }
    return this.#isHanging() ? 'hanging' : this.#furtherRefusal();
  }

  /** Counts a job that cannot be run, and reports it as shed. Never throws. */
  shed(job: ShadowJob<Answer>, because: ShedReason): void {
    this.#reporter.report(notSeen(job, shedLook(because)));
  }

  /** Counts a failure of ours, or of a function given to us, that belongs to no job. */
  countFault(): void {
    this.#reporter.countFault();
  }

  /** What has happened so far. */
  counters(): EngineCounters {
    return {
      ...this.#reporter.counts(),
      queued: this.#queue.length,
      running: this.#busy,
      pausing: this.#pauses.size,
      strays: this.#strays,
    };
  }

  /**
   * Resolves when every job offered so far has been reported. Keeps the process alive until then.
   */
  async settled(): Promise<void> {
    if (this.#isIdle) return;
    const release = this.#options.host.hold();
    await new Promise<void>((resolve) => {
      this.#waiting.push(resolve);
    });
    release();
  }

  /**
   * Takes nothing more, lets what is there finish for at most `withinMs`, then aborts the rest and
   * reports it as shed. Resolves when nothing is left.
   */
  async close({ withinMs }: { readonly withinMs: number }): Promise<void> {
    this.#isClosing = true;
    const cancel = this.#options.host.clock.after(withinMs, () => this.#drop('closing'));
    await this.settled();
    cancel();
  }

  /**
   * Runs nothing any more, from this moment on: what runs is aborted and what waits is shed, both
   * for this reason. For a side that did what it must not do; there is no way back.
   */
  halt(because: ShedReason): void {
    this.#halted ??= because;
    this.#drop(this.#halted);
  }

  /** True while too many runs were left behind, but for one trial now and then. */
  #isHanging(): boolean {
    const { concurrency } = this.#options.limits();
    if (this.#strays < concurrency * STRAYS_PER_PLACE) return false;
    return this.#options.host.clock.monotonicMs() - this.#lastStartMs < HANGING_RETRY_MS;
  }

  #furtherRefusal(): ShedReason | null {
    try {
      return this.#options.refuse?.() ?? null;
    } catch {
      // A gauge that cannot be read does not say that all is well.
      this.#reporter.countFault();
      return 'fault';
    }
  }

  get #isIdle(): boolean {
    return this.#queue.length === 0 && this.#busy === 0 && this.#pauses.size === 0;
  }

  #enqueue(task: Task<Answer>): void {
    this.#queue.push(task);
    this.#wake();
  }

  #wake(): void {
    if (this.#isIdle) for (const resolve of this.#waiting.splice(0)) resolve();
    if (this.#isScheduled || this.#queue.length === 0) return;
    if (this.#busy >= this.#options.limits().concurrency) return;
    this.#isScheduled = true;
    this.#detached(() => this.#options.host.afterTurn(() => this.#startSome()));
  }

  /**
   * Starts what there is room for. What ends at once makes room in the next turn, not in this one.
   */
  #startSome(): void {
    this.#isScheduled = false;
    const { concurrency } = this.#options.limits();
    while (this.#busy < concurrency) {
      const task = this.#queue.shift();
      if (task === undefined) break;
      // Asked again: what was fine when a job was queued may have changed by what ran before it.
      const because = this.#isHanging() ? 'hanging' : this.#furtherRefusal();
      if (because === null) this.#start(task);
      else this.#giveUp(task, because);
    }
    // Whoever waits for the end learns here that nothing was left to start.
    this.#wake();
  }

  #start(task: Task<Answer>): void {
    this.#busy += 1;
    this.#lastStartMs = this.#options.host.clock.monotonicMs();
    void this.#work(task);
  }

  /**
   * Ends a task that will not be started: what was seen to differ differs, anything else was not
   * compared.
   */
  #giveUp({ job, before }: Task<Answer>, because: ShedReason): void {
    if (before === null) this.#reporter.report(notSeen(job, shedLook(because)));
    else this.#letStand(before);
  }

  /** A difference at which there will be no second look counts, unless it is nobody's. */
  #letStand(first: Seen<Answer>): void {
    const excuse = this.#excuseOf(first, true);
    if (excuse === null) {
      this.#reporter.report(first);
      return;
    }
    this.#busy += 1;
    void this.#reportUnless(excuse, first);
  }

  /** Never rejects. */
  async #reportUnless(excuse: Promise<ShedReason | null>, seen: Seen<Answer>): Promise<void> {
    try {
      this.#reporter.report(await this.#unless(excuse, seen));
    } catch {
      this.#fail(seen.job);
    }
    this.#busy -= 1;
    this.#wake();
  }

  /** Never rejects. */
  async #work({ job, before }: Task<Answer>): Promise<void> {
    try {
      const seen = before === null ? await this.#firstLook(job) : await this.#secondLook(before);
      if (!this.#isPaused(seen, before === null)) {
        const excuse = this.#excuseOf(seen, before === null || seen.look === before.look);
        this.#reporter.report(excuse === null ? seen : await this.#unless(excuse, seen));
      }
    } catch {
      this.#fail(job);
    }
    this.#busy -= 1;
    this.#wake();
  }

  #fail(job: ShadowJob<Answer>): void {
    this.#reporter.countFault();
    this.#reporter.report(notSeen(job, shedLook('fault')));
  }

  async #firstLook(job: ShadowJob<Answer>): Promise<Seen<Answer>> {
    const [end, again] = await Promise.all([
      this.#attempt(job, otherSide(job.served)),
      this.#isForNoise(job) ? this.#attempt(job, 'legacy') : null,
    ]);
    if (!isOutcome(end)) return notSeen(job, this.#lookAtEnd(end));
    const ends =
      job.served === 'legacy'
        ? { legacy: job.answer, candidate: end }
        : { legacy: end, candidate: job.answer };
    return {
      job,
      look: this.#judge(job, ends),
      otherMs: answeredMs(end),
      noise: again === null ? null : this.#lookAtNoise(job, ends.legacy, again),
      ends,
    };
  }

  async #secondLook(first: Seen<Answer>): Promise<Seen<Answer>> {
    const { job } = first;
    const because = isDifferent(first.look) ? ((await job.beforeSecondLook?.()) ?? null) : null;
    if (because !== null) return { ...first, look: shedLook(because) };
    const [legacy, candidate, again] = await Promise.all([
      this.#attempt(job, 'legacy'),
      this.#attempt(job, 'candidate'),
      // What did not differ at the first look is not looked at twice, like the candidate.
      isDifferent(first.noise) ? this.#attempt(job, 'legacy') : null,
    ]);
    if (!isOutcome(legacy) || !isOutcome(candidate)) return first;
    const ends = { legacy, candidate };
    const noise =
      first.noise === null || again === null
        ? first.noise
        : afterSecondLook(first.noise, this.#lookAtNoise(job, legacy, again));
    if (!isDifferent(first.look)) return { ...first, noise };
    return { ...first, look: afterSecondLook(first.look, this.#judge(job, ends)), noise, ends };
  }

  /** What may explain a difference away; `null` where nothing can, or there is none. */
  #excuseOf({ job, look }: Seen<Answer>, isFirst: boolean): Promise<ShedReason | null> | null {
    if (!DIFFERING.has(look.verdict)) return null;
    return job.excuse?.(isFirst ? 'first' : 'second') ?? null;
  }

  /** A difference that the job knows to be nobody's is not one, and no match either. */
  async #unless(excuse: Promise<ShedReason | null>, seen: Seen<Answer>): Promise<Seen<Answer>> {
    const because = await excuse;
    return because === null ? seen : { ...seen, look: shedLook(because) };
  }

  /** A small part of all reads says how often legacy differs from itself. */
  #isForNoise(job: ShadowJob<Answer>): boolean {
    const { noiseSample } = this.#options.limits();
    return job.canRerun && noiseSample > 0 && this.#options.host.random.next() < noiseSample;
  }

  #lookAtNoise(job: ShadowJob<Answer>, one: Outcome<Answer>, other: AttemptEnd<Answer>): Look {
    if (!isOutcome(other)) return this.#lookAtEnd(other);
    try {
      return judge(one, other, job.compareNoise(one, other));
    } catch {
      this.#reporter.countFault();
      return shedLook('fault');
    }
  }

  async #attempt(job: ShadowJob<Answer>, side: Side): Promise<AttemptEnd<Answer>> {
    const { clock } = this.#options.host;
    const { timeoutMs } = this.#options.limits();
    const onStray = (change: number): void => {
      this.#strays += change;
    };
    const underWay = attempt(job, side, { clock, timeoutMs, onStray });
    this.#attempts.add(underWay);
    // A run that did what it must not do before its first wait was not yet there to be stopped.
    if (this.#halted !== null) underWay.stop();
    const end = await underWay.end;
    this.#attempts.delete(underWay);
    if (end === 'fault') this.#reporter.countFault();
    return end;
  }

  #judge(job: ShadowJob<Answer>, { legacy, candidate }: BothEnds<Answer>): Look {
    try {
      return judge(legacy, candidate, job.compare(legacy, candidate));
    } catch {
      this.#reporter.countFault();
      return judge(legacy, candidate, null);
    }
  }

  /**
   * Puts a difference aside for a second look, when there may be one and there is room to wait for
   * it.
   */
  #isPaused(seen: Seen<Answer>, isFirst: boolean): boolean {
    const { recheckAfterMs, queueMax } = this.#options.limits();
    if (!isFirst || !seen.job.canRerun) return false;
    if (!isDifferent(seen.look) && !isDifferent(seen.noise)) return false;
    if (recheckAfterMs <= 0 || this.#isClosing || this.#halted !== null) return false;
    // Without room the difference counts as it is: overload must not turn differences into nothing.
    if (this.#queue.length + this.#pauses.size >= queueMax) return false;
    const cancel = this.#options.host.clock.after(recheckAfterMs, () => {
      this.#pauses.delete(seen);
      this.#enqueue({ job: seen.job, before: seen });
    });
    this.#pauses.set(seen, cancel);
    return true;
  }

  #drop(because: ShedReason): void {
    for (let task = this.#queue.shift(); task; task = this.#queue.shift()) {
      this.#giveUp(task, because);
    }
    for (const [seen, cancel] of this.#pauses) {
      cancel();
      this.#letStand(seen);
    }
    this.#pauses.clear();
    for (const underWay of this.#attempts) underWay.stop();
    this.#wake();
  }

  #lookAtEnd(end: Exclude<AttemptEnd<Answer>, Outcome<Answer>>): Look {
    if (end instanceof NotCompared) return shedLook(end.because);
    if (end === 'timeout') return { verdict: 'timeout', findings: [], because: null };
    return shedLook(end === 'fault' ? 'fault' : (this.#halted ?? 'closing'));
  }
}

function isOutcome<Answer>(end: AttemptEnd<Answer>): end is Outcome<Answer> {
  return typeof end !== 'string' && !(end instanceof NotCompared);
}

// What counts against the candidate.
const DIFFERING: ReadonlySet<Verdict> = new Set(['mismatch', 'candidate_error', 'legacy_error']);

/** True for a difference that a second look may find gone. */
function isDifferent(look: Look | null): boolean {
  return look?.verdict === 'mismatch';
}
