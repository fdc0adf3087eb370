import type { History, WireCause } from '@falsework/client/contract';
import { fault } from '@falsework/core/errors';
import {
  type DataReport,
  type EvidenceBatch,
  type EvidenceView,
  rollbackUnsafe,
  type StoredPair,
  UNKNOWN_BUILD,
} from '@falsework/core/evidence';
import type {
  Cancel,
  Clock,
  ControlStore,
  HistoryScope,
  LatencyView,
  SignatureNote,
} from '@falsework/core/ports';
import { type Snapshot, snapshotOf } from '@falsework/core/routing';
import {
  type Decision,
  decide,
  type Effect,
  type MigrationEvent,
  type MigrationState,
  type Outcome,
  type Replayed,
  replay,
} from '@falsework/core/stage';
import { formatCounted } from '@falsework/core/text';
import { BuildWatch, withoutForeignBuilds } from './build-watch.ts';
import { causesOf, distinctRecords } from './causes.ts';
import { HISTORY_ROWS_MAX, historyOf } from './history.ts';
import type { ManagedMigration } from './managed-migration.ts';
import { Subscribers } from './subscribers.ts';

/** What control stands on. */
export interface ControlServiceOptions {
  readonly store: ControlStore;
  readonly clock: Clock;
  readonly migrations: readonly ManagedMigration[];
  /** Told of everything that people should hear of. */
  readonly notify: (effect: Extract<Effect, { effect: 'notify' }>) => void;
  /** Told of every batch that was not taken before. */
  readonly onBatch?: (migration: string, batch: EvidenceBatch) => void;
}

/** A migration with everything that is known of it now. */
export interface Known {
  readonly managed: ManagedMigration;
  readonly state: MigrationState;
  readonly evidence: EvidenceView;
}

/** What of one journal people were told already. */
interface Alarmed {
  readonly debts: number;
  readonly routes: ReadonlySet<string>;
}

const NOTHING_ALARMED: Alarmed = { debts: 0, routes: new Set() };

// Deciders that lose a race look again. More losses in a row than this mean that something is wrong
// with the store.
const RACES_MAX = 10;
const LOG_PAGE = 500;
// As many as a store keeps in an epoch.
const CAUSES_MAX = 10_000;

/**
 * Control without its transport: takes evidence, decides, remembers, and tells planes. Everything
 * durable is in the store; what this holds in memory may vanish without changing what is decided.
 */
export class ControlService {
  readonly #store: ControlStore;
  readonly #clock: Clock;
  readonly #notify: ControlServiceOptions['notify'];
  readonly #onBatch: ControlServiceOptions['onBatch'];
  readonly #managed: ReadonlyMap<string, ManagedMigration>;
  readonly #builds = new Map<string, BuildWatch>();
  readonly #subscribers = new Subscribers();
  readonly #alarmed = new Map<string, Alarmed>();

  constructor({ store, clock, migrations, notify, onBatch }: ControlServiceOptions) {
    this.#store = store;
    this.#clock = clock;
    this.#notify = notify;
    this.#onBatch = onBatch;
    this.#managed = new Map(migrations.map((managed) => [managed.name, managed]));
  }

  /**
   * Starts what is new and takes note of changed rules. Run once; running it again changes nothing.
   */
  async start(): Promise<void> {
    for (const managed of this.#managed.values()) {
      await this.#rememberBuilds(managed.name);
      const state = await this.#store.migration(managed.name);
      if (state === null) await this.#kickOff(managed);
      else await this.#adoptRules(managed, state);
    }
  }

  /** The names of all migrations. */
  get names(): readonly string[] {
    return [...this.#managed.keys()];
  }

  /** Looks at the evidence and takes the step that it asks for, if any. */
  async tick(name: string): Promise<Outcome> {
    return this.decide(name, { type: 'tick' }, { execute: true });
  }

  /**
   * Decides an event on what is known now. With `execute: false` nothing is written. Rejects with
   * `FW_MIGRATION_UNKNOWN`, and with `FW_DECISION_RACE` when others kept deciding first.
   */
  async decide(
    name: string,
    event: MigrationEvent,
    { execute }: { readonly execute: boolean },
  ): Promise<Outcome> {
    const managed = this.#managedBy(name);
    for (let race = 0; race < RACES_MAX; race += 1) {
      const state = await this.#store.migration(name);
      const now = this.#clock.now();
      const evidence = await this.#evidence(managed, state);
      const outcome = decide(state, event, { now, evidence, policy: managed.policy });
      if ('refused' in outcome || !execute) return outcome;
      const snapshot = snapshotOf(outcome.next, managed.policy, managed.cohorts, now);
      const { next, decision, effects } = outcome;
      const result = await this.#store.commit({ state: next, decision, snapshot });
      if (result === 'stale') continue;
      this.#perform(effects, snapshot);
      return outcome;
    }
    throw fault('FW_DECISION_RACE', { migration: name });
  }

  /** Takes a plane's batch. False when it was taken before. */
  async ingest(name: string, batch: EvidenceBatch): Promise<boolean> {
    const managed = this.#managedBy(name);
    const state = await this.#required(name);
    const now = this.#clock.now();
    const isNew = await this.#store.ingest(name, withoutForeignBuilds(batch, state.epoch), {
      windowComparisons: managed.policy.window.comparisons,
      alarmRateOk: managed.policy.mismatch.rateMax,
      now,
    });
    if (!isNew) return false;
    this.#onBatch?.(name, batch);
    const tuple = this.#buildWatch(name).observe(batch, state.epoch, now);
    if (tuple) await this.decide(name, { type: 'epoch', tuple }, { execute: true });
    await this.#answerRetreat(name, batch, state);
    this.#alarmAbout(name, batch);
    return true;
  }

  /** Everything known of one migration. */
  async known(name: string): Promise<Known> {
    const managed = this.#managedBy(name);
    const state = await this.#required(name);
    return { managed, state, evidence: await this.#evidence(managed, state) };
  }

  /** A page of the decision log. */
  async decisions(name: string, after: number, limit: number): Promise<Decision[]> {
    this.#managedBy(name);
    return this.#store.decisions(name, after, limit);
  }

  /** Decides the whole log again and says whether it leads to the state that is stored. */
  async replay(name: string): Promise<{ readonly decisions: number; readonly replayed: Replayed }> {
    const stored = await this.#required(name);
    const log = await this.#wholeLog(name);
    const replayed = replay(log);
    if ('state' in replayed && !sameState(replayed.state, stored)) {
      const because = 'the log leads to another state than the stored one';
      return { decisions: log.length, replayed: { brokenAt: stored.version, because } };
    }
    return { decisions: log.length, replayed };
  }

  /**
   * Causes of differences with their states, most frequent first: of one epoch, or of all; those
   * whose id begins so.
   */
  async causes(name: string, epoch: number | null, prefix = ''): Promise<WireCause[]> {
    const state = await this.#required(name);
    const [all, volumes, notes] = await Promise.all([
      this.#store.signatures(name, null, CAUSES_MAX),
      this.#store.volumes(name),
      this.#store.notes(name),
    ]);
    // For itself, where there are more than are read at once: what is rare now must not be crowded
    // out by what was frequent once.
    const present = epoch ?? state.epoch.ordinal;
    const isCrowded = all.length >= CAUSES_MAX && all.some((record) => record.epoch !== present);
    const shown = isCrowded ? await this.#store.signatures(name, present, CAUSES_MAX) : [];
    const wanted = [...shown, ...all].filter(({ id }) => id.startsWith(prefix));
    const records = isCrowded ? distinctRecords(wanted) : wanted;
    return causesOf({ records, volumes, notes, accepted: state.accepted }, epoch);
  }

  /**
   * One cause over all epochs. Rejects with `FW_CAUSE_UNKNOWN`, also for the record in which causes
   * beyond the limit are counted: it is none.
   */
  async cause(name: string, id: string): Promise<WireCause> {
    const causes = await this.causes(name, null, id);
    const found = causes.find(({ record }) => record.id === id && record.kind !== 'overflow');
    if (!found) throw fault('FW_CAUSE_UNKNOWN', { migration: name, id });
    return found;
  }

  /** Stored pairs of answers that differed, latest first. */
  async pairs(name: string, id: string | null, limit: number): Promise<StoredPair[]> {
    this.#managedBy(name);
    return this.#store.pairs(name, id, limit);
  }

  /** Writes down what is known of a cause. */
  async note(
    name: string,
    id: string,
    note: Pick<SignatureNote, 'by' | 'owner' | 'text'>,
  ): Promise<void> {
    const { seam } = (await this.cause(name, id)).record;
    await this.#store.note(name, { seam, id, ...note, at: this.#clock.now() });
  }

  /** Latency of both sides in the present epoch. */
  async latency(name: string): Promise<LatencyView[]> {
    const state = await this.#required(name);
    return this.#store.latency(name, state.epoch.ordinal);
  }

  /** Comparisons over time: of one stratum, of one seam, or of all. */
  async history(name: string, place: Pick<HistoryScope, 'seam' | 'stratum'>): Promise<History> {
    const { policy } = this.#managedBy(name);
    const scope = { ...place, limit: HISTORY_ROWS_MAX };
    return historyOf(await this.#store.history(name, scope), policy);
  }

  /** Notes what a scan of the source tree found. */
  async noteLegacyCode(name: string, files: number): Promise<void> {
    this.#managedBy(name);
    await this.#store.noteLegacyCode(name, { files, scannedAt: this.#clock.now() });
  }

  /**
   * Takes what the data side knows. That the way back is no longer safe is an incident the moment
   * it is heard, whatever is decided about it: nothing is made final because of it.
   */
  async noteData(name: string, report: DataReport): Promise<void> {
    const { evidence } = await this.known(name);
    const was = evidence.data === null ? null : rollbackUnsafe(evidence.data);
    const is = rollbackUnsafe(report);
    await this.#store.noteData(name, { ...report, reportedAt: this.#clock.now() });
    if (is === was) return;
    const severity = is === null ? 'info' : 'incident';
    const text = is === null ? 'rollback is safe again' : `rollback is not safe: ${is}`;
    this.#notify({ effect: 'notify', severity, text: `${name}: ${text}` });
  }

  /** The present snapshot. */
  async snapshot(name: string): Promise<Snapshot> {
    this.#managedBy(name);
    const snapshot = await this.#store.snapshot(name);
    if (snapshot === null)
      throw fault('FW_MIGRATION_UNKNOWN', { migration: name, known: 'none yet' });
    return snapshot;
  }

  /** Hands out every snapshot from now on, until cancelled. */
  subscribe(name: string, take: (snapshot: Snapshot) => void): Cancel {
    this.#managedBy(name);
    return this.#subscribers.add(name, take);
  }

  /** Hands a snapshot that another process committed to this one's subscribers. */
  async refresh(name: string): Promise<void> {
    const snapshot = await this.#store.snapshot(name);
    if (snapshot !== null) this.#subscribers.publish(name, snapshot);
  }

  async #kickOff(managed: ManagedMigration): Promise<void> {
    const { name, owner, topology, deleteBy, comparator, schema } = managed;
    const builds = { legacyBuild: UNKNOWN_BUILD, candidateBuild: UNKNOWN_BUILD };
    const kickoff = { name, owner, topology, deleteBy, tuple: { ...builds, comparator, schema } };
    // Refused means that another process was quicker, which is what was wanted.
    await this.decide(name, { type: 'kickoff', by: owner, kickoff }, { execute: true });
  }

  async #adoptRules(
    { name, comparator, schema }: ManagedMigration,
    state: MigrationState,
  ): Promise<void> {
    const { legacyBuild, candidateBuild } = state.epoch;
    const tuple = { legacyBuild, candidateBuild, comparator, schema };
    await this.decide(name, { type: 'epoch', tuple }, { execute: true });
  }

  async #answerRetreat(name: string, batch: EvidenceBatch, state: MigrationState): Promise<void> {
    const { retreat, plane } = batch;
    if (retreat === null || retreat.step !== state.step) return;
    const because = `${retreat.seam}: ${retreat.because}`;
    await this.decide(name, { type: 'retreat', plane, because }, { execute: true });
  }

  /** A write that needs a person, or a stopped route, is an incident when it is first heard of. */
  #alarmAbout(name: string, { writes }: EvidenceBatch): void {
    if (writes === undefined) return;
    const id = `${name} ${writes.journal}`;
    const known = this.#alarmed.get(id) ?? NOTHING_ALARMED;
    const debts = writes.dead + writes.listed;
    const routes = new Set(writes.stopped.map(({ route }) => route));
    this.#alarmed.set(id, { debts, routes });
    const alarm = (text: string): void =>
      this.#notify({ effect: 'notify', severity: 'incident', text: `${name}: ${text}` });
    if (debts > known.debts) {
      alarm(`${formatCounted(debts, 'write')} of journal ${writes.journal} need a person`);
    }
    for (const { route, because } of writes.stopped) {
      if (!known.routes.has(route)) alarm(`the shadows of ${route} are stopped: ${because}`);
    }
  }

  #perform(effects: readonly Effect[], snapshot: Snapshot): void {
    for (const effect of effects) {
      if (effect.effect === 'notify') this.#notify(effect);
      else this.#subscribers.publish(snapshot.migration, snapshot);
    }
  }

  async #evidence(
    { name, policy }: ManagedMigration,
    state: MigrationState | null,
  ): Promise<EvidenceView> {
    return this.#store.evidence(name, {
      epoch: state?.epoch.ordinal ?? 0,
      step: state?.step ?? 0,
      windowComparisons: policy.window.comparisons,
      cycleMs: policy.window.cycleMs,
      alpha: 1 - policy.mismatch.confidence,
      now: this.#clock.now(),
    });
  }

  async #wholeLog(name: string): Promise<Decision[]> {
    const log: Decision[] = [];
    for (;;) {
      const page = await this.#store.decisions(name, log.at(-1)?.sequence ?? 0, LOG_PAGE);
      log.push(...page);
      if (page.length < LOG_PAGE) return log;
    }
  }

  async #rememberBuilds(name: string): Promise<void> {
    const watch = this.#buildWatch(name);
    for (const { event } of await this.#wholeLog(name)) {
      if (event.type !== 'epoch') continue;
      watch.remember('legacy', event.tuple.legacyBuild);
      watch.remember('candidate', event.tuple.candidateBuild);
    }
  }

  #buildWatch(name: string): BuildWatch {
    const known = this.#builds.get(name);
    if (known) return known;
    const watch = new BuildWatch();
    this.#builds.set(name, watch);
    return watch;
  }

  #managedBy(name: string): ManagedMigration {
    const managed = this.#managed.get(name);
    if (managed) return managed;
    const known = this.names.join(', ') || 'none';
    throw fault('FW_MIGRATION_UNKNOWN', { migration: name, known });
  }

  async #required(name: string): Promise<MigrationState> {
    this.#managedBy(name);
    const state = await this.#store.migration(name);
    if (state === null) throw fault('FW_MIGRATION_UNKNOWN', { migration: name, known: 'none yet' });
    return state;
  }
}

/**
 * Equal as stored values: key order does not matter, and a store may have written them in another.
 */
function sameState(a: MigrationState | null, b: MigrationState): boolean {
  const ordered = (_: string, value: unknown): unknown =>
    value !== null && typeof value === 'object' && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).sort(([x], [y]) => (x < y ? -1 : 1)))
      : value;
  return JSON.stringify(a, ordered) === JSON.stringify(b, ordered);
}
