import { type FalseworkError, fault, isFalseworkError } from '@falsework/core/errors';
import { pause } from '@falsework/system';
import { installCapture } from '../capture/install.ts';
import { readInstant } from '../capture/instant.ts';
import { covers, formatSnapshot, type Snapshot } from '../cursor/snapshot.ts';
import { countDeadLetters } from '../drain/dead-letters.ts';
import { drainOnce } from '../drain/drain-once.ts';
import type { Feed } from '../drain/feed.ts';
import { prepareFollower, presentInstant } from '../drain/follower.ts';
import { classify } from '../postgres/failure.ts';
import type { Session } from '../postgres/session.ts';
import { compareChanged } from './compare-keys.ts';
import {
  closeFence,
  confirmFence,
  installFence,
  keepClosed,
  openFence,
  readEpoch,
  writersUnderWay,
} from './fence.ts';
import { holdRotation, type Release } from './hold-rotation.ts';
import { restartFeed } from './restart-feed.ts';
import {
  beginRun,
  endRun,
  journalStatements,
  noteStep,
  type Run,
  type RunFacts,
  STEPS,
  type Step,
} from './run-journal.ts';
import { findSequences, moveSequences, type SequenceMove } from './sequences.ts';
import type { Switch, SwitchOutcome } from './switch-parts.ts';
import { within } from './within.ts';

// Changes of one window while catching up; the drain's own measure of a comfortable window.
const WINDOW = 10_000;
// As few that what is left when the fence closes is drained in a blink.
const CAUGHT_UP_KEYS = 200;
const BETWEEN_TRIES_MS = 500;
// What is left of the fence's life must be enough to commit and to open the other store.
const RESERVE = 0.3;

/**
 * Moves the authority from the source of the feed to its follower, step by step, each noted before
 * it is taken. Whatever fails before `commit` is undone at once, and if nobody is left to undo it
 * the fence falls by itself; from `commit` on it is carried to its end, by whoever comes next.
 */
export async function runSwitch(plan: Switch): Promise<SwitchOutcome> {
  const { kind, stores, feed, ports } = plan;
  const at = ports.clock.now();
  const run = await stores.candidate.transaction({ reads: 'current' }, async (session) => {
    await session.rows('select pg_advisory_xact_lock(hashtextextended($1, 0))', [feed.schema]);
    for (const statement of journalStatements(feed.schema)) await session.run(statement);
    return beginRun(session, feed.schema, { kind, at });
  });
  const walk = new SwitchWalk(plan, run, {});
  try {
    await walk.toCommit();
  } catch (error) {
    const cause = classify(error, { database: feed.source.label, operation: 'switching' });
    if (!(await isCommitted(plan, run.id))) return walk.undo(cause);
  }
  return walk.fromCommit();
}

/** Carries a run on that was interrupted: to its end if it had committed, and back otherwise. */
export async function resumeSwitch(plan: Switch, run: Run): Promise<SwitchOutcome> {
  const walk = new SwitchWalk(plan, run, run.facts);
  if (await isCommitted(plan, run.id)) return walk.fromCommit();
  const facts = {
    step: run.step,
    timeoutMs: plan.limits.fallsAfterMs,
    database: plan.feed.source.label,
  };
  const because = 'whoever took it did not finish';
  return walk.undo(fault('FW_TURNOVER_TIMEOUT', { ...facts, because }));
}

/** The fence itself says whether the switch committed; the journal may be one step behind it. */
async function isCommitted({ feed }: Switch, run: string): Promise<boolean> {
  const { source, schema } = feed;
  const epoch = await source.use((session) => readEpoch(session, schema));
  return epoch !== null && !epoch.accepts && !epoch.isProvisional && epoch.run === run;
}

class SwitchWalk {
  readonly #plan: Switch;
  readonly #run: Run;
  #facts: RunFacts;
  #step: Step = 'prepare';
  #release: Release = async () => {};
  #fencedAtMs = Number.NaN;
  #isLate = false;
  #waitsFor: string | null = null;
  #moves: readonly SequenceMove[] = [];

  constructor(plan: Switch, run: Run, facts: RunFacts) {
    this.#plan = plan;
    this.#run = run;
    this.#facts = facts;
  }

  async toCommit(): Promise<void> {
    const { limits } = this.#plan;
    try {
      await this.#take('prepare', limits.catchUpMs, () => this.#prepare());
      await this.#take('catch-up', limits.catchUpMs, () => this.#catchUp());
      const verified = await this.#take('verify', limits.verifyMs, () => this.#verify());
      await this.#take('catch-up', limits.catchUpMs, () => this.#catchUp());
      await this.#take('fence', limits.fenceMs, () => this.#fence());
      const final = await this.#take('drain', this.#leftMs(), () => this.#drainRest());
      await this.#take('compare', this.#leftMs(), () => this.#compare(verified));
      await this.#take('sequences', this.#leftMs(), () => this.#sequences());
      await this.#take('return', this.#leftMs(), () => this.#wayBack());
      // Not bounded by us: only the fence knows whether it was confirmed.
      await this.#note('commit');
      await this.#commit(final);
    } finally {
      await this.#release();
    }
  }

  /** Every step from here on can be taken again. */
  async fromCommit(): Promise<SwitchOutcome> {
    const { feed, to, ports, stores } = this.#plan;
    const { schema, follower } = feed;
    const run = this.#run.id;
    await this.#note('open');
    await openFence(follower, { schema, run });
    if (!Number.isNaN(this.#fencedAtMs)) {
      const pauseMs = ports.clock.monotonicMs() - this.#fencedAtMs;
      this.#facts = { ...this.#facts, pauseMs };
    }
    await this.#note('announce');
    await this.#announce(to);
    const ended = { state: 'done', facts: this.#facts, because: null } as const;
    const at = ports.clock.now();
    await stores.candidate.use((session) => endRun(session, schema, { id: run, ...ended, at }));
    return { state: 'done', run: { ...this.#run, ...ended, step: 'announce', endedAt: at } };
  }

  /** The authority stays where it was, and takes writes again before anything else is done. */
  async undo(error: FalseworkError): Promise<SwitchOutcome> {
    const { feed, ports, stores } = this.#plan;
    const { schema, source, follower } = feed;
    const run = this.#run.id;
    if ((await source.use((session) => readEpoch(session, schema))) !== null) {
      await openFence(source, { schema, run });
    }
    await keepClosed(follower, { schema, run });
    const ended = { state: 'undone', facts: this.#facts, because: error.message } as const;
    const at = ports.clock.now();
    await stores.candidate.use((session) => endRun(session, schema, { id: run, ...ended, at }));
    return {
      state: 'undone',
      run: { ...this.#run, ...ended, step: this.#step, endedAt: at },
      error,
    };
  }

  /** Fences and reverse capture, before anyone is kept from writing. */
  async #prepare(): Promise<void> {
    const { feed, opposite, to, captureOf } = this.#plan;
    const { source, follower, schema, migration, mappings } = feed;
    const from = to === 'candidate' ? 'legacy' : 'candidate';
    const sources = feed.tables.map((table) => table.relation);
    const followers = mappings.map((mapping) => mapping.follower);
    await installFence(source, { schema, side: from, tables: sources, accepts: true });
    await installFence(follower, { schema, side: to, tables: followers, accepts: false });
    await installCapture(follower, { migration, kind: captureOf[to], tables: opposite.tables });
    await prepareFollower(opposite);
    this.#moves = await findSequences(feed);
  }

  async #catchUp(): Promise<void> {
    const { feed } = this.#plan;
    while (!this.#isLate) {
      const drained = await drainOnce(feed, { changesMax: WINDOW });
      if (drained !== null && !drained.isBehind && drained.keys <= CAUGHT_UP_KEYS) return;
    }
  }

  /**
   * Everything is compared with writers at work; what they change meanwhile is compared at rest.
   */
  async #verify(): Promise<Snapshot> {
    const { feed, ports } = this.#plan;
    this.#release = await holdRotation(feed);
    const { divergent, through } = await ports.verify(feed);
    if (divergent > 0) throw this.#diverged(divergent, 'compared with writers at work');
    const { rotated } = await presentInstant(feed);
    if (rotated !== null && !covers(through, rotated)) {
      const { source, follower, direction } = feed;
      throw fault('FW_DATA_ROTATED', {
        database: source.label,
        follower: follower.label,
        direction,
      });
    }
    return through;
  }

  /** Short tries: a transaction that stays open must not stop everybody else for as long. */
  async #fence(): Promise<void> {
    const { feed, limits, ports } = this.#plan;
    const { patienceMs, fallsAfterMs } = limits;
    const closing = { schema: feed.schema, run: this.#run.id, patienceMs, fallsAfterMs };
    // A try that came after the run was undone would fence people for nothing.
    while (!this.#isLate) {
      const sinceMs = ports.clock.monotonicMs();
      try {
        await closeFence(feed.source, closing);
        this.#fencedAtMs = sinceMs;
        return;
      } catch (error) {
        if (!isFalseworkError(error) || error.code !== 'FW_DATA_BUSY') throw error;
        const { count, oldestMs } = await this.#underWay();
        this.#waitsFor = `${count} transactions are under way, the oldest for ${oldestMs} ms`;
      }
      await pause(ports.clock, BETWEEN_TRIES_MS);
    }
  }

  #underWay(): ReturnType<typeof writersUnderWay> {
    const { source, schema } = this.#plan.feed;
    return source.use((session) => writersUnderWay(session, schema));
  }

  /** The last snapshot is taken only now: before the fence stood it would have missed writers. */
  async #drainRest(): Promise<Snapshot> {
    const { feed } = this.#plan;
    const { snapshot } = await presentInstant(feed);
    this.#facts = { ...this.#facts, final: formatSnapshot(snapshot) };
    while (!this.#isLate) {
      const drained = await drainOnce(feed, { changesMax: WINDOW, retriesDead: true });
      if (drained !== null && !drained.isBehind) break;
    }
    const { follower } = feed;
    const dead = await follower.use((session) => countDeadLetters(session, feed));
    const database = feed.source.label;
    if (dead > 0) throw fault('FW_TURNOVER_DEAD_LETTERS', { count: dead, database });
    return snapshot;
  }

  async #compare(verified: Snapshot): Promise<void> {
    const { feed, ports } = this.#plan;
    const { keys, divergent, resurrected } = await compareChanged(feed, verified);
    this.#facts = { ...this.#facts, compared: keys, resurrected };
    const rows = Object.values(divergent).reduce((sum, count) => sum + count, 0);
    if (rows > 0) throw this.#diverged(rows, Object.keys(divergent).join(', '));
    const unequal = await ports.invariants(feed);
    if (unequal.length === 0) return;
    const database = feed.source.label;
    throw fault('FW_TURNOVER_INVARIANT', { names: unequal.join(', '), database });
  }

  async #sequences(): Promise<void> {
    const sequences = await moveSequences(this.#plan.feed, this.#moves);
    this.#facts = { ...this.#facts, sequences };
  }

  /** The feed in the other direction begins where nobody has written to the new authority yet. */
  async #wayBack(): Promise<void> {
    const { opposite } = this.#plan;
    const instant = await presentInstant(opposite);
    await restartFeed(opposite, instant);
    this.#facts = { ...this.#facts, flip: formatSnapshot(instant.snapshot) };
  }

  #commit(final: Snapshot): Promise<void> {
    const { feed } = this.#plan;
    const { source, schema } = feed;
    return confirmFence(source, { schema, run: this.#run.id }, async () => {
      const late = await source.transaction({ reads: 'snapshot', isReadOnly: true }, (session) =>
        writtenSince(feed, session, final),
      );
      if (late) throw fault('FW_TURNOVER_LATE_WRITE', { database: source.label });
    });
  }

  async #announce(to: Switch['to']): Promise<void> {
    try {
      await this.#plan.ports.announce(to);
    } catch (error) {
      if (isFalseworkError(error)) throw error;
      const because = error instanceof Error ? error.message : 'no reason was given';
      throw fault('FW_TURNOVER_ANNOUNCE', { because }, error);
    }
  }

  async #take<T>(step: Step, timeoutMs: number, act: () => Promise<T>): Promise<T> {
    const { feed, ports } = this.#plan;
    await this.#note(step);
    const sinceMs = ports.clock.monotonicMs();
    const late = (): FalseworkError => {
      this.#isLate = true;
      const because = this.#waitsFor ?? 'it was still at work';
      return fault('FW_TURNOVER_TIMEOUT', {
        step,
        timeoutMs,
        because,
        database: feed.source.label,
      });
    };
    const result = await within(ports.clock, { timeoutMs, late }, act);
    const tookMs = Math.round(ports.clock.monotonicMs() - sinceMs);
    this.#facts = { ...this.#facts, tookMs: { ...this.#facts.tookMs, [step]: tookMs } };
    return result;
  }

  async #note(step: Step): Promise<void> {
    const { stores, feed, ports } = this.#plan;
    this.#step = step;
    const noted = { run: this.#run.id, step, facts: this.#facts };
    await stores.candidate.use((session) => noteStep(session, feed.schema, noted));
    ports.onStep?.(step, this.#facts);
  }

  #leftMs(): number {
    const { ports, limits } = this.#plan;
    const stoodMs = ports.clock.monotonicMs() - this.#fencedAtMs;
    return Math.max(1, Math.round(limits.fallsAfterMs * (1 - RESERVE) - stoodMs));
  }

  #diverged(rows: number, mappings: string): FalseworkError {
    return fault('FW_TURNOVER_DIVERGED', {
      rows,
      mappings,
      database: this.#plan.feed.source.label,
    });
  }
}

/** True when anything that committed after the snapshot was reported. */
async function writtenSince(feed: Feed, session: Session, final: Snapshot): Promise<boolean> {
  const { schema, source, changes, tables } = feed;
  const instant = await readInstant(session, { schema, database: source.label });
  await changes.settle(instant);
  const window = { after: final, upTo: instant.snapshot };
  return (await changes.count(session, tables, { window, most: 1 })) > 0;
}

/** The steps before which a run that stops leaves the authority where it was. */
export function isBeforeCommit(step: Step): boolean {
  return STEPS.indexOf(step) < STEPS.indexOf('commit');
}
