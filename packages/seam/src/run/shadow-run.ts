import type { Side } from '@falsework/core/routing';
import { NotCompared } from '../engine/job.ts';
import type { ShedReason } from '../engine/shed.ts';
import { outside } from './async-context.ts';
import type { EffectLog, NotedAnswer } from './effect-log.ts';
import type { StandIns } from './stand-ins.ts';

/** What one shadow run may do, and whom it tells when it does something else. */
export interface ShadowTerms {
  readonly seam: string;
  readonly side: Side;
  /** Aborts when the run's time is up. */
  readonly signal: AbortSignal;
  /** Where intended writes go; `null` when the seam declares that there are none. */
  readonly log: EffectLog | null;
  readonly standIns: StandIns | null;
  /** True for a host that the seam declares to read from. */
  readonly mayCall: (host: string, port: number | null) => boolean;
  /** Called when the run does what was not declared, with words that follow the side's name. */
  readonly onUndeclared: (what: string) => void;
}

/**
 * One run of a side off the caller's path, as collaborators and the guard rail see it. It goes on
 * being one after its time was up: a run that was left behind must not write either.
 */
export class ShadowRun {
  readonly seam: string;
  readonly side: Side;
  readonly signal: AbortSignal;
  readonly log: EffectLog | null;
  readonly #terms: ShadowTerms;
  readonly #endings: (() => Promise<void>)[] = [];
  readonly #spoiled = Promise.withResolvers<never>();
  #isOver = false;

  constructor(terms: ShadowTerms) {
    this.#terms = terms;
    this.seam = terms.seam;
    this.side = terms.side;
    this.signal = terms.signal;
    this.log = terms.log;
    // Most runs are never spoiled, and some are when nobody waits any longer.
    this.#spoiled.promise.catch(() => {});
  }

  /** True once nobody waits for the run any more, or it has answered. */
  get isOver(): boolean {
    return this.#isOver || this.signal.aborted;
  }

  /** True when somebody waits for the end of the run. */
  get hasEndings(): boolean {
    return this.#endings.length > 0;
  }

  /**
   * Rejects when the run turns out to say nothing about its side: something that it was to be given
   * was not there.
   */
  get spoiled(): Promise<never> {
    return this.#spoiled.promise;
  }

  mayCall(host: string, port: number | null): boolean {
    return this.#terms.mayCall(host, port);
  }

  /** What the authority got for this call; `null` when it made none. */
  standIn(effect: string, args: readonly unknown[]): NotedAnswer | null {
    return this.#terms.standIns?.take(effect, args) ?? null;
  }

  /** Ends shadowing of the seam: the run did what its declared effects do not allow. */
  undeclared(what: string): void {
    this.#terms.onUndeclared(what);
  }

  /** Makes the run count as not compared, for a reason that is not the side's. */
  spoil(because: ShedReason): void {
    this.#spoiled.reject(new NotCompared(because));
  }

  /** Has `ending` called once when the run is over, whether it answered or its time was up. */
  onEnd(ending: () => Promise<void>): void {
    if (this.#endings.length === 0) {
      this.signal.addEventListener('abort', () => void this.end(), { once: true });
    }
    this.#endings.push(ending);
  }

  /** Notes that the run has answered: nothing that it does from now on counts. */
  close(): void {
    this.#isOver = true;
    this.log?.close();
  }

  /** Ends the run. Resolves when everything that waited for it has been done; never rejects. */
  async end(): Promise<void> {
    this.close();
    const endings = this.#endings.splice(0);
    const ended = await outside(() => Promise.allSettled(endings.map(async (ending) => ending())));
    if (ended.some(({ status }) => status === 'rejected')) this.spoil('fault');
  }
}
