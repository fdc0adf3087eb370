import { AsyncLocalStorage } from 'node:async_hooks';
import {
  EvidenceLedger,
  type HealthReport,
  type PlaneRetreat,
  type Position,
  UNKNOWN_BUILD,
  type WritesStanding,
} from '@falsework/core/evidence';
import type { Cancel, ControlLink } from '@falsework/core/ports';
import type { Side, Snapshot } from '@falsework/core/routing';
import type { Operation } from '@falsework/core/stage';
import { type Host, systemHost } from '../engine/host.ts';
import { type BatchContent, BatchSender } from './batch-sender.ts';
import { LoadBook } from './load-book.ts';
import { compileRouters, type PlaneRouter, type PlaneRouters } from './plane-router.ts';
import { PlaneSeam } from './plane-seam.ts';
import type { SeamAlarmed } from './seam-alarm.ts';
import { INERT_SNAPSHOT, STANDALONE_SNAPSHOT } from './snapshots.ts';

/** The builds that answer on each side. */
export type Builds = Readonly<Record<Side, string>>;

/** How to build a {@link Plane}. */
export interface PlaneOptions {
  /**
   * The way to control. Without one the plane stands alone: legacy serves, every call is compared.
   */
  readonly link?: ControlLink;
  /**
   * What to route by before control has spoken; by default `inert` with a link, `shadow` without.
   */
  readonly snapshot?: Snapshot;
  /** Names of the builds in this process. A change of build opens a new epoch. */
  readonly builds?: Partial<Builds>;
  /** Pause between two batches of evidence. */
  readonly flushMs?: number;
  readonly host?: Host;
}

const FLUSH_MS = 1_000;

let generations = 0;

/**
 * One process as control sees it: holds the present snapshot, keeps evidence until control has
 * taken it, and takes traffic back to legacy by itself when the candidate regresses. Losing control
 * changes nothing about serving.
 *
 * ```ts
 * const link = connectToControl({ url, token, migration: 'pricing', clock, random });
 * attach(new Plane({ link, builds: { legacy: '1.8.2', candidate: process.env.BUILD } }));
 * ```
 */
export class Plane {
  /** Random at each start, because batches are numbered from 1 per plane. */
  readonly id: string;
  readonly host: Host;
  /** How this process bears its shadows, for the next batch. */
  readonly load = new LoadBook();
  readonly #builds: Builds;
  readonly #seams = new Map<string, PlaneSeam>();
  readonly #ledger = new EvidenceLedger();
  readonly #health = new Map<Side, HealthReport>();
  // An alarm may go off inside a request: reporting it must not happen in that request's context.
  readonly #detached = AsyncLocalStorage.snapshot();
  readonly #sender: BatchSender | null;
  readonly #unsubscribe: Cancel;
  #snapshot: Snapshot;
  #isProvisional = true;
  #routers: PlaneRouters;
  #position: Position;
  #retreat: PlaneRetreat | null = null;
  #generation = 0;
  #legacyHits = 0;
  #legacyProbes = 0;
  #snapshotsRefused = 0;
  #readWrites: (() => WritesStanding) | null = null;

  constructor({
    link,
    snapshot,
    builds,
    flushMs = FLUSH_MS,
    host = systemHost,
  }: PlaneOptions = {}) {
    this.host = host;
    this.id = `plane-${hex32(host.random.next())}${hex32(host.random.next())}`;
    this.#builds = { legacy: UNKNOWN_BUILD, candidate: UNKNOWN_BUILD, ...builds };
    this.#snapshot = snapshot ?? (link ? INERT_SNAPSHOT : STANDALONE_SNAPSHOT);
    this.#routers = compileRouters(this.#snapshot, false);
    this.#position = this.positionOf(this.#builds);
    this.#changed();
    this.#sender = link ? this.#senderTo(link, flushMs) : null;
    this.#unsubscribe = link ? link.subscribe((next) => this.#take(next)) : () => {};
    this.#sender?.start();
  }

  /** What the plane routes by now. Kept when control is away. */
  get snapshot(): Snapshot {
    return this.#snapshot;
  }

  /**
   * A number that is another one whenever routing may have changed, and never that of another
   * plane: comparing it is all that a compiled route needs to do in order to know that it still
   * holds.
   */
  get generation(): number {
    return this.#generation;
  }

  /**
   * The plane's own retreat to legacy while it lasts; `null` when control's snapshot is followed.
   */
  get retreat(): PlaneRetreat | null {
    return this.#retreat;
  }

  /** Snapshots from control that could not be understood and were not followed. */
  get snapshotsRefused(): number {
    return this.#snapshotsRefused;
  }

  /**
   * Reports to control that failed since the last success; 0 when all is well or the plane stands
   * alone.
   */
  get reportFailures(): number {
    return this.#sender?.failures ?? 0;
  }

  /** Where the plane stands, for observations sampled now by the builds in this process. */
  get position(): Position {
    return this.#position;
  }

  /**
   * Where the plane stands, for an observation of other builds, such as those that a response
   * names.
   */
  positionOf(builds: Partial<Builds>): Position {
    const { legacy, candidate } = { ...this.#builds, ...builds };
    const { epoch, step } = this.#snapshot;
    return { epoch, step, legacyBuild: legacy, candidateBuild: candidate };
  }

  /** How reads, or writes, are routed now. */
  router(operation: Operation): PlaneRouter {
    return this.#routers[operation];
  }

  /** The seam of this name; the same object for the same name. */
  seam(name: string): PlaneSeam {
    const known = this.#seams.get(name);
    if (known) return known;
    const seam = new PlaneSeam(name, {
      ledger: this.#ledger,
      now: () => this.host.clock.now(),
      snapshot: () => this.#snapshot,
      load: this.load,
      retreat: (from, alarmed) => this.#retreatFrom(from, alarmed),
    });
    this.#seams.set(name, seam);
    return seam;
  }

  /** Notes the last look at one side's health, for the next batch. */
  noteHealth(report: HealthReport): void {
    this.#health.set(report.side, report);
  }

  /**
   * Counts calls that reached legacy for real, shadows included, beside those counted by the seams.
   */
  countLegacyHits(calls: number): void {
    this.#legacyHits += calls;
  }

  /** Counts marked calls that reached legacy only to prove that hits are counted. */
  countLegacyProbes(calls: number): void {
    this.#legacyProbes += calls;
  }

  /**
   * Goes back to legacy because a plane of the same guard did, in another process: each sees a part
   * of the traffic, and an entity must not be on two sides. Does nothing in another step than that
   * which was gone back from.
   */
  retreatWith({ step, seam, stratum, because }: PlaneRetreat): void {
    if (step === this.#snapshot.step) this.#retreatFrom(seam, { stratum, because });
  }

  /** Asks where the writes of a journal stand, for every batch from now on. */
  watchWrites(read: () => WritesStanding): void {
    this.#readWrites = read;
  }

  /**
   * Reports to control now. Resolves when control took it or could not be reached; at once when
   * there is none.
   */
  async flush(): Promise<void> {
    await this.#sender?.flush();
  }

  /**
   * Stops listening and reports one last time. Resolves within `withinMs`, whatever control does.
   */
  async close({ withinMs }: { readonly withinMs: number }): Promise<void> {
    this.#unsubscribe();
    if (this.#sender === null) return;
    const release = this.host.hold();
    const { promise: timeIsUp, resolve } = Promise.withResolvers<void>();
    const cancel = this.host.clock.after(withinMs, resolve);
    await Promise.race([this.#sender.finish(), timeIsUp]);
    cancel();
    release();
  }

  #senderTo(link: ControlLink, flushMs: number): BatchSender {
    const collect = (): BatchContent => this.#collect();
    return new BatchSender({ host: this.host, link, plane: this.id, flushMs, collect });
  }

  /** Follows a snapshot from control, unless it is older than the present one or makes no sense. */
  #take(next: Snapshot): void {
    if (!this.#isProvisional && next.version <= this.#snapshot.version) return;
    // A newer version of the very step that was retreated from, a mere approval say, does not
    // answer the retreat.
    const retreat = this.#retreat?.step === next.step ? this.#retreat : null;
    try {
      this.#routers = compileRouters(next, retreat !== null);
    } catch {
      this.#snapshotsRefused += 1;
      return;
    }
    this.#snapshot = next;
    this.#isProvisional = false;
    this.#retreat = retreat;
    this.#changed();
  }

  #retreatFrom(seam: string, { stratum, because }: SeamAlarmed): void {
    const { stage, step } = this.#snapshot;
    if (this.#retreat !== null || stage !== 'shift') return;
    this.#retreat = { at: this.host.clock.now(), step, seam, stratum, because };
    this.#routers = compileRouters(this.#snapshot, true);
    this.#changed();
    this.#detached(() => this.host.afterTurn(() => void this.flush()));
  }

  #changed(): void {
    this.#position = this.positionOf({});
    generations += 1;
    this.#generation = generations;
  }

  #collect(): BatchContent {
    this.#vouch();
    const { strata, seams, signatures, pairs } = this.#ledger.drain();
    const content: BatchContent = {
      snapshotVersion: this.#snapshot.version,
      strata,
      seams,
      signatures,
      pairs,
      health: [...this.#health.values()],
      ...this.#takeHits(),
      retreat: this.#retreat,
      ...(this.#readWrites === null ? {} : { writes: this.#readWrites() }),
      load: this.load.drain(),
    };
    this.#health.clear();
    return content;
  }

  /** Where both sides run in this process, their health is that of the process and of its seams. */
  #vouch(): void {
    const vouched = [...this.#seams.values()].filter((seam) => seam.isInProcess);
    if (vouched.length === 0) return;
    const at = this.host.clock.now();
    const because =
      vouched.map((seam) => seam.unwellness()).find((words) => words !== null) ?? null;
    const { legacy, candidate } = this.#builds;
    const isHealthy = because === null;
    this.noteHealth({ side: 'legacy', at, isHealthy: true, build: legacy, because: null });
    this.noteHealth({ side: 'candidate', at, isHealthy, build: candidate, because });
  }

  #takeHits(): Pick<BatchContent, 'legacyHits' | 'legacyProbes'> {
    let [legacyHits, legacyProbes] = [this.#legacyHits, this.#legacyProbes];
    this.#legacyHits = 0;
    this.#legacyProbes = 0;
    for (const seam of this.#seams.values()) {
      const taken = seam.takeLegacyHits();
      legacyHits += taken.hits;
      legacyProbes += taken.probes;
    }
    return { legacyHits, legacyProbes };
  }
}

function hex32(random: number): string {
  return Math.floor(random * 2 ** 32)
    .toString(16)
    .padStart(8, '0');
}
