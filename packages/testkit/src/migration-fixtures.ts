import {
  ALARM_AT_REST,
  type Counts,
  type DataEvidence,
  type EvidenceView,
  NO_COUNTS,
  NO_VERDICTS,
  type StratumView,
  type Verdict,
} from '@falsework/core/evidence';
import { DEFAULT_POLICY, type Policy } from '@falsework/core/policy';
import type { Instant } from '@falsework/core/ports';
import {
  decide,
  type MigrationEvent,
  type MigrationState,
  type Stage,
  stageAfter,
  type Topology,
} from '@falsework/core/stage';

/** When the fixtures' world begins. */
export const START_AT: Instant = Date.UTC(2026, 0, 5, 9);

/**
 * A policy under which a migration can walk to its end within a test, with nothing weakened but the
 * clock.
 */
export const QUICK_POLICY: Policy = {
  ...DEFAULT_POLICY,
  ramp: { steps: [10, 100].map((percent) => ({ percent, cohorts: [] })), holdMs: 60_000 },
  soakMs: 60_000,
  burnInMs: 60_000,
  legacySilenceMs: 120_000,
};

/**
 * Counts with the given verdicts, and as many timed pairs, none of them slow, unless said
 * otherwise.
 */
export function countsOf(
  verdicts: Partial<Record<Verdict, number>>,
  over: Partial<Counts> = {},
): Counts {
  const pairs = verdicts.match ?? 0;
  return {
    ...NO_COUNTS,
    verdicts: { ...NO_VERDICTS, ...verdicts },
    latency: { pairs, slow: 0 },
    ...over,
  };
}

/** A stratum with far more clean comparisons than any gate asks for. */
export function provenStratum(now: Instant, over: Partial<StratumView> = {}): StratumView {
  const counts = countsOf({ match: 1_000_000 });
  return {
    seam: 'GET /orders/{id}',
    stratum: '',
    epoch: counts,
    step: counts,
    worstWindow: { fromAt: now - 1_000, toAt: now, trials: 10_000, hits: 0 },
    isRising: false,
    alarm: ALARM_AT_REST,
    lastAt: now,
    ...over,
  };
}

/** Evidence on which every gate of the data side passes, the stores switched already. */
export function passingData(now: Instant, over: Partial<DataEvidence> = {}): DataEvidence {
  const agoMs = 3_600_000;
  const backfill = { rowsCopied: 100, rowsTotal: 100, isComplete: true, isDrainedPastCutoff: true };
  return {
    reportedAt: now,
    authority: 'candidate',
    capture: { provenAt: now - 2 * agoMs, bypassed: 0 },
    drain: { lagMs: 84, lagRows: 3, deadLetters: 0 },
    backfill: { cutoffAt: now - agoMs, ...backfill },
    divergence: {
      rows: 0,
      zeroSince: now - agoMs,
      verifiedThrough: now,
      canariesPlanted: 24,
      canariesFound: 24,
      byKind: {},
      coverage: { rowsCompared: 100, tablesWhole: 2, tables: 2 },
    },
    reverse: { lagRows: 0, deadBecause: null },
    rehearsal: { at: now - agoMs, rollbackMs: 400, expiresAt: now + agoMs, voidBecause: null },
    workflows: { inFlight: 0, countedAt: now },
    invariants: { total: 2, unequal: [], evaluatedAt: now },
    seal: null,
    ...over,
  };
}

/** Evidence on which every gate passes, for a state as it stands at `now`. */
export function passingEvidence(
  state: MigrationState | null,
  now: Instant,
  over: Partial<EvidenceView> = {},
): EvidenceView {
  const healthy = { at: now, isHealthy: true, because: null };
  return {
    planes: [{ id: 'guard-1', seenAt: now, snapshotVersion: state?.version ?? 0 }],
    health: {
      legacy: { side: 'legacy', build: 'l1', ...healthy },
      candidate: { side: 'candidate', build: 'c1', ...healthy },
    },
    strata: [provenStratum(now)],
    seams: [],
    noise: [],
    legacyTraffic: { lastHitAt: null, countingSince: 0, probes: 100, lastProbeAt: now },
    legacyCode: { files: 0, scannedAt: now },
    data: state?.topology === 'separate' ? passingData(now) : null,
    ...over,
  };
}

/**
 * Drives one migration through `decide`, keeping its log; refusals throw, because a fixture must
 * not go astray.
 */
export class FixtureMigration {
  now: Instant = START_AT;
  state: MigrationState | null = null;
  readonly log: Extract<ReturnType<typeof decide>, { next: unknown }>['decision'][] = [];
  readonly policy: Policy;

  constructor(policy: Policy = QUICK_POLICY, topology: Topology = 'shared') {
    this.policy = policy;
    const tuple = { legacyBuild: 'l1', candidateBuild: 'c1', comparator: 'cmp', schema: '1' };
    const deleteBy = START_AT + 90 * 86_400_000;
    const kickoff = { name: 'orders', owner: 'payments', topology, deleteBy, tuple };
    this.apply({ type: 'kickoff', by: 'ada', kickoff });
  }

  /** The state; there is one from the constructor on. */
  get current(): MigrationState {
    if (!this.state) throw new Error('The fixture has not started.');
    return this.state;
  }

  /** Decides and takes the result over, on evidence that passes everything unless given. */
  apply(event: MigrationEvent, evidence?: EvidenceView): MigrationState {
    const outcome = this.ask(event, evidence);
    if ('refused' in outcome) throw new Error(outcome.refused.message);
    this.log.push(outcome.decision);
    this.state = outcome.next;
    return outcome.next;
  }

  /** Decides without taking the result over. */
  ask(event: MigrationEvent, evidence?: EvidenceView): ReturnType<typeof decide> {
    const input = {
      now: this.now,
      evidence: evidence ?? passingEvidence(this.state, this.now),
      policy: this.policy,
    };
    return decide(this.state, event, input);
  }

  /** Walks forward, by the rules, until the stage is reached. */
  walkTo(stage: Stage): MigrationState {
    for (let step = 0; this.current.stage !== stage; step += 1) {
      if (step > 50) throw new Error(`${stage} was not reached from ${this.current.stage}.`);
      this.now += 600_000;
      if (this.current.stage === 'shift' && this.current.share.percent === 100) {
        this.#rehearseOnce();
        this.#approveNext();
      } else if (['turnover', 'seal'].includes(this.current.stage)) {
        this.#approveNext();
      }
      this.apply({ type: 'advance', by: 'ada', to: null });
    }
    return this.current;
  }

  #rehearseOnce(): void {
    if (this.current.rolledBackAt !== null) return;
    this.apply({ type: 'rollback', by: 'ada', to: 'shadow', reason: 'rehearsal' });
    while (this.current.share.percent !== 100) {
      this.now += 600_000;
      this.apply({ type: 'tick' });
    }
    this.now += 600_000;
  }

  #approveNext(): void {
    const stage = stageAfter(this.current.stage, this.current.topology);
    if (stage === null) return;
    for (const by of ['ada', 'grace'].slice(0, this.policy.approvals[stage] ?? 1)) {
      this.apply({ type: 'approve', by, for: stage });
    }
  }
}
