import {
  type EvidenceLedger,
  type Finding,
  type Observation,
  type Position,
  type ServedRecorder,
  withAcceptances,
} from '@falsework/core/evidence';
import type { Instant } from '@falsework/core/ports';
import type { Side, Snapshot } from '@falsework/core/routing';
import type { LoadBook } from './load-book.ts';
import { SeamAlarm, type SeamAlarmed } from './seam-alarm.ts';
import { SeamBook, type SeamSummary } from './seam-book.ts';

/** What a seam needs of the plane that it is part of. */
export interface PlaneSeamContext {
  readonly ledger: EvidenceLedger;
  readonly now: () => Instant;
  readonly snapshot: () => Snapshot;
  readonly load: LoadBook;
  /** Called when the seam alarms while the candidate serves a share. */
  readonly retreat: (seam: string, alarmed: SeamAlarmed) => void;
}

/** Where one seam hands in what it sees. One per name and plane, from {@link Plane.seam}. */
export class PlaneSeam {
  readonly name: string;
  /**
   * Calls that reached legacy since the last batch. Public, so that counting a call on the hot path
   * is one addition.
   */
  legacyHits = 0;
  readonly #context: PlaneSeamContext;
  readonly #book: SeamBook;
  #step: number;
  #served: ServedRecorder;
  #alarm: SeamAlarm;
  #unwellness: (() => string | null) | null = null;

  /** @internal */
  constructor(name: string, context: PlaneSeamContext) {
    const snapshot = context.snapshot();
    this.name = name;
    this.#context = context;
    this.#book = new SeamBook(name);
    this.#step = snapshot.step;
    this.#served = context.ledger.served(name, snapshot.step);
    this.#alarm = new SeamAlarm(snapshot.alarm);
  }

  /** Takes one paired run. */
  record(seen: Observation): void {
    const snapshot = this.#context.snapshot();
    const at = this.#context.now();
    this.#follow(snapshot);
    // What was accepted later than it was asked stays what it was: accepting acts forward only.
    const isPresent = seen.position.epoch === snapshot.epoch;
    const observation = isPresent ? withAcceptances(this.name, seen, snapshot.accepted) : seen;
    this.#context.ledger.record(this.name, observation, snapshot.latency, at);
    this.#book.record(observation, snapshot.latency, at);
    // What was sampled in an earlier step was answered by another share, perhaps by another build.
    if (snapshot.stage !== 'shift' || observation.position.step !== this.#step) return;
    this.#retreatIf(this.#alarm.observe(observation));
  }

  /** True when a pair that differs like this is worth handing in with its observation. */
  wantsPair({ epoch }: Position, findings: readonly Finding[]): boolean {
    return this.#context.ledger.wantsPair(this.name, epoch, findings);
  }

  /** Counts one call answered to a caller, whether sampled or not. */
  countServed(side: Side, hasFailed: boolean): void {
    const snapshot = this.#context.snapshot();
    this.#follow(snapshot);
    this.#served.count(side, hasFailed);
    if (snapshot.stage === 'shift') this.#retreatIf(this.#alarm.observeServed(side, hasFailed));
  }

  /** Notes what copying added to one sampled call. */
  noteSnapshotMs(tookMs: number): void {
    this.#context.load.noteSnapshotMs(tookMs);
  }

  /** Counts one call of the candidate's share that a fence keeps with legacy. */
  countFenced(): void {
    this.#follow(this.#context.snapshot());
    this.#served.countFenced();
  }

  /** What was seen here in the present epoch. */
  summary(): SeamSummary {
    return this.#book.read();
  }

  /**
   * Says that both sides of this seam run inside this process: they are healthy for as long as it
   * lives and `unwellness` knows of nothing, and the counter of legacy calls is proven alive with
   * each batch.
   */
  vouchForProcess(unwellness: () => string | null): void {
    this.#unwellness = unwellness;
  }

  /** @internal */
  get isInProcess(): boolean {
    return this.#unwellness !== null;
  }

  /** @internal Why the candidate is not well; `null` when it is. */
  unwellness(): string | null {
    return this.#unwellness?.() ?? null;
  }

  /** @internal Hands out what was counted and starts again from nothing. */
  takeLegacyHits(): { readonly hits: number; readonly probes: number } {
    const hits = this.legacyHits;
    // A marked call through the same counter: one that does not move is broken, and its silence
    // proves nothing.
    this.legacyHits += 1;
    const probes = this.isInProcess && this.legacyHits === hits + 1 ? 1 : 0;
    this.legacyHits = 0;
    return { hits, probes };
  }

  /** Starts counters that belong to one step anew when the step has changed. */
  #follow({ step, alarm }: Snapshot): void {
    if (step === this.#step) return;
    this.#step = step;
    this.#served = this.#context.ledger.served(this.name, step);
    this.#alarm = new SeamAlarm(alarm);
  }

  #retreatIf(alarmed: SeamAlarmed | null): void {
    if (alarmed !== null) this.#context.retreat(this.name, alarmed);
  }
}
