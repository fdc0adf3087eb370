import {
  type Acceptance,
  ALARM_AT_REST,
  type EvidenceBatch,
  type EvidenceView,
  NO_EVIDENCE,
  NO_PLANE_LOAD,
  SHED_REASONS,
  SketchRecorder,
  type WritesStanding,
} from '@falsework/core/evidence';
import type { Instant } from '@falsework/core/ports';
import type { MigrationState, Stage } from '@falsework/core/stage';
import { FixtureMigration, passingEvidence, QUICK_POLICY, SimClock } from '@falsework/testkit';
import { batchOf } from '@falsework/testkit/contracts';
import { describe, expect, it } from 'vitest';
import type { Known } from '../service/control-service.ts';
import { ControlMetrics } from './metrics.ts';
import { PlaneLoads } from './plane-loads.ts';
import { METRICS } from './table.ts';

const SEAM = 'GET /orders/{id}';
const DAY_MS = 86_400_000;

const sketchOf = (...times: number[]) => {
  const recorder = new SketchRecorder();
  for (const ms of times) recorder.record(ms);
  return recorder.read();
};

const writesOf = (journal: string, over: Partial<WritesStanding> = {}): WritesStanding => ({
  journal,
  at: 0,
  ready: 1,
  lagMs: 1_500,
  inDoubt: 0,
  dead: 0,
  listed: 0,
  stopped: [],
  ...over,
});

/** A migration of separate stores, at a stage, with something to say of everything. */
class World {
  readonly clock: SimClock;
  readonly loads = new PlaneLoads();
  readonly metrics: ControlMetrics;
  state: MigrationState;
  evidence: EvidenceView;

  constructor(stage: Stage = 'turnover') {
    const fixture = new FixtureMigration(QUICK_POLICY, 'separate');
    this.state = fixture.walkTo(stage);
    const now: Instant = fixture.now;
    this.clock = Object.assign(new SimClock(), { now: () => now });
    const side = { requests: 10, failures: 1 };
    this.evidence = passingEvidence(this.state, now, {
      seams: [
        {
          seam: SEAM,
          step: { legacy: side, candidate: side },
          candidateFailuresLastHour: 0,
          alarm: ALARM_AT_REST,
        },
      ],
      writes: [writesOf('j1')],
    });
    const latency = { seam: SEAM, stratum: '', legacy: sketchOf(4), candidate: sketchOf(3, 60) };
    const service = {
      names: ['orders'],
      known: async () => this.known,
      latency: async () => [latency],
    };
    this.metrics = new ControlMetrics({ service, loads: this.loads, clock: this.clock });
    this.accept(SEAM, 'grace', 5);
  }

  get known(): Known {
    const managed = { policy: QUICK_POLICY } as Known['managed'];
    return { managed, state: this.state, evidence: this.evidence };
  }

  accept(seam: string, owner: string, days: number): void {
    const acceptance = { seam, owner, reason: 'r', expiresAt: this.clock.now() + days * DAY_MS };
    const accepted = [...this.state.accepted, acceptance as Acceptance];
    this.state = { ...this.state, accepted };
  }

  report(plane: string, over: Partial<EvidenceBatch> = {}): void {
    this.loads.take('orders', batchOf(plane, 1, over), this.clock.now());
  }

  /** What is shown: a line without its value, and the value. */
  async shown(): Promise<Map<string, number>> {
    const lines = (await this.metrics.read()).split('\n').filter((line) => /^[^#]/.test(line));
    return new Map(
      lines.map((line) => {
        const at = line.lastIndexOf(' ');
        return [line.slice(0, at), Number(line.slice(at + 1))];
      }),
    );
  }

  async value(name: string, labels = ''): Promise<number | undefined> {
    return (await this.shown()).get(`${name}{migration="orders"${labels && `,${labels}`}}`);
  }
}

const familyOf = (line: string): string => {
  const name = line.split('{')[0] ?? '';
  const whole = METRICS.some((metric) => metric.name === name);
  return whole ? name : name.replace(/_(bucket|sum|count)$/, '');
};

describe('what control shows', () => {
  it('is the table, whole and nothing else', async () => {
    const text = await new World().metrics.read();
    const announced = [...text.matchAll(/^# TYPE (\S+) (\S+)$/gm)].map(([, ...said]) => said);
    expect(announced).toEqual(METRICS.map(({ name, type }) => [name, type]));
  });

  it('has a value for every metric of the table, and no metric beside it', async () => {
    const families = new Set([...(await new World().shown()).keys()].map(familyOf));
    expect([...families].sort()).toEqual(METRICS.map(({ name }) => name).sort());
  });

  it('has exactly the labels that the table names, and values that are numbers', async () => {
    for (const [line, value] of await new World().shown()) {
      const labels = [...line.matchAll(/([a-z_]+)="/g)].map(([, label]) => label);
      const metric = METRICS.find(({ name }) => name === familyOf(line));
      const limits = line.includes('_bucket{') ? ['le'] : [];
      expect(labels.sort(), line).toEqual(
        ['migration', ...(metric?.labels ?? []), ...limits].sort(),
      );
      expect(value, line).not.toBeNaN();
    }
  });

  it('does not grow with causes, planes, journals, acceptances, or words of planes', async () => {
    const world = new World();
    world.report('p');
    const before = (await world.shown()).size;
    for (let i = 0; i < 1_200; i += 1) {
      const load = { ...NO_PLANE_LOAD, shed: { [`reason ${i}`]: 1 } };
      world.report(`p${i}`, { load, signatures: [{ id: `c${i}` } as never] });
      world.accept(SEAM, 'grace', 6 + i);
    }
    const [health] = Object.values(world.evidence.health);
    world.evidence = {
      ...world.evidence,
      planes: Array.from({ length: 900 }, (_, i) => ({
        id: `p${i}`,
        seenAt: 0,
        snapshotVersion: 1,
      })),
      writes: Array.from({ length: 300 }, (_, i) =>
        writesOf(`j${i}`, { stopped: [{ route: `POST /${i}`, at: 0, because: `${i}` }] }),
      ),
      health: { ...world.evidence.health, legacy: { ...health, build: 'b2' } as never },
    };
    expect((await world.shown()).size).toBe(before);
    expect(await world.value('falsework_interlocks_tripped')).toBe(300);
    expect(await world.value('falsework_writes', 'state="ready"')).toBe(300);
  });

  it('shows those owners first whose word ends first, and so many of them', async () => {
    const world = new World();
    for (let i = 0; i < 300; i += 1) world.accept(SEAM, `o${i}`, 100 - i / 10);
    const shown = [...(await world.shown()).keys()].filter((line) => line.includes('owner='));
    expect(shown).toHaveLength(100);
    expect(shown[0]).toContain('owner="grace"');
    expect(shown[1]).toContain('owner="o299"');
  });

  it('leaves out what is one too many of a metric, and says so', async () => {
    const world = new World();
    const [stratum] = world.evidence.strata;
    const strata = Array.from({ length: 2_300 }, (_, i) => ({ ...stratum, stratum: `${i}` }));
    world.evidence = { ...world.evidence, strata: strata as never };
    await world.metrics.read();
    expect(await world.value('falsework_readings_left_out_total')).toBeGreaterThan(0);
  });

  it('says of a young migration what is known, and nothing of what is not', async () => {
    const world = new World('inert');
    world.evidence = NO_EVIDENCE;
    world.state = { ...world.state, accepted: [] };
    const shown = [...(await world.shown()).keys()].map(familyOf);
    expect(shown).toContain('falsework_stage');
    expect(shown).toContain('falsework_gate_status');
    for (const name of [
      'falsework_divergence_rows',
      'falsework_writes',
      'falsework_side_healthy',
    ]) {
      expect(shown).not.toContain(name);
    }
  });
});

describe('values', () => {
  const values = async (world: World, ...lines: string[]): Promise<(number | undefined)[]> => {
    const shown = await world.shown();
    return lines.map((line) => shown.get(line));
  };

  it('are those of the migration', async () => {
    const world = new World();
    const seam = `seam="${SEAM}"`;
    expect(await world.value('falsework_stage')).toBe(7);
    expect(await world.value('falsework_share_percent')).toBe(100);
    expect(await world.value('falsework_gate_status', 'gate="approval",status="hold"')).toBe(1);
    expect(await world.value('falsework_accepted_days_left', `${seam},owner="grace"`)).toBe(5);
    expect(await world.value('falsework_mismatch_log_e_value_goal')).toBeCloseTo(3.49, 1);
    expect(await world.value('falsework_drain_lag_seconds')).toBe(0.084);
    expect(await world.value('falsework_writes_lag_seconds')).toBe(1.5);
  });

  it('of latency are a histogram of each side, over all strata', async () => {
    const name = `falsework_latency_seconds`;
    const of = `migration="orders",seam="${SEAM}",side="candidate"`;
    expect(
      await values(
        new World(),
        `${name}_bucket{${of},le="0.05"}`,
        `${name}_bucket{${of},le="0.1"}`,
        `${name}_count{${of}}`,
      ),
    ).toEqual([1, 2, 2]);
  });

  it('of queues and own times are those that planes told', async () => {
    const world = new World();
    const shed = { [SHED_REASONS[0]]: 2 };
    world.report('p', {
      legacyHits: 4,
      load: { ...NO_PLANE_LOAD, queued: 3, shed, ownTime: sketchOf(0.05) },
    });
    expect(await world.value('falsework_queue_runs')).toBe(3);
    expect(await world.value('falsework_shed_total', 'reason="queue-full"')).toBe(2);
    expect(await world.value('falsework_guard_own_seconds_count')).toBe(1);
    expect(await world.value('falsework_legacy_hits_total')).toBe(4);
  });

  it.each([
    ['shift', { authority: 'legacy', reverse: null }, undefined, 1],
    ['turnover', { authority: 'candidate' }, 1, 1],
    ['turnover', { authority: 'candidate', reverse: null }, 0, 0],
    ['turnover', { reverse: { lagRows: 1, deadBecause: 'it stands' } }, 0, 0],
    ['seal', { authority: 'candidate', reverse: null }, undefined, undefined],
  ] as const)('of the way back in %s with %j are %s and %s', async (stage, over, alive, safe) => {
    const world = new World(stage);
    const data = { ...world.evidence.data, ...over } as NonNullable<EvidenceView['data']>;
    world.evidence = { ...world.evidence, data };
    expect(await world.value('falsework_reverse_feed_alive')).toBe(alive);
    expect(await world.value('falsework_rollback_safe')).toBe(safe);
  });

  it('of a budget are nothing where money is at stake', async () => {
    const world = new World();
    expect(await world.value('falsework_mismatch_budget_ratio')).toBe(0.005);
    Object.defineProperty(world, 'known', {
      value: { ...world.known, managed: { policy: { ...QUICK_POLICY, money: true } } },
    });
    expect(await world.value('falsework_mismatch_budget_ratio')).toBe(0);
  });

  it('count looks that failed', async () => {
    const world = new World();
    world.metrics.countLoopFailure('orders');
    world.metrics.countLoopFailure('orders');
    expect(await world.value('falsework_loop_failures_total')).toBe(2);
  });
});
