import type { EvidenceBatch, Tally } from '@falsework/core/evidence';
import { EMPTY_TALLY, NO_VERDICTS } from '@falsework/core/evidence';
import type { Snapshot } from '@falsework/core/routing';
import { openStore } from '@falsework/store';
import { QUICK_POLICY, SimClock } from '@falsework/testkit';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ControlLoop } from './loop/control-loop.ts';
import { ControlService } from './service/control-service.ts';
import type { ManagedMigration } from './service/managed-migration.ts';

const MANAGED: ManagedMigration = {
  name: 'orders',
  owner: 'payments',
  topology: 'shared',
  deleteBy: Date.UTC(2026, 11, 31),
  comparator: 'cmp-1',
  schema: '1',
  policy: { ...QUICK_POLICY, mismatch: { rateMax: 1e-2, confidence: 0.95 } },
  cohorts: {},
};

let clock: SimClock;
let store: Awaited<ReturnType<typeof openStore>>;
let service: ControlService;
let notes: string[];
let sequence: number;

const serviceOn = (managed: ManagedMigration = MANAGED): ControlService =>
  new ControlService({
    store,
    clock,
    migrations: [managed],
    notify: ({ severity, text }) => notes.push(`${severity}: ${text}`),
  });

beforeEach(async () => {
  clock = new SimClock();
  store = await openStore(':memory:');
  notes = [];
  sequence = 0;
  service = serviceOn();
  await service.start();
});

afterEach(async () => {
  await store.close();
});

const tally = (match: number, mismatch = 0): Tally => ({
  ...EMPTY_TALLY,
  verdicts: { ...NO_VERDICTS, match, mismatch },
  latency: { pairs: match, slow: 0 },
});

/**
 * A batch as the guard would send it now: current snapshot, healthy sides, the given comparisons.
 */
const batch = async (
  over: {
    match?: number;
    mismatch?: number;
    candidateBuild?: string;
  } & Partial<EvidenceBatch> = {},
): Promise<EvidenceBatch> => {
  const { match = 0, mismatch = 0, candidateBuild = 'c1', ...rest } = over;
  const { state } = await service.known('orders');
  sequence += 1;
  const position = {
    epoch: state.epoch.ordinal,
    step: state.step,
    legacyBuild: 'l1',
    candidateBuild,
  };
  const isEmpty = match + mismatch === 0;
  return {
    plane: 'guard-1',
    sequence,
    sentAt: clock.now(),
    snapshotVersion: state.version,
    strata: isEmpty
      ? []
      : [{ seam: 'GET /orders/{id}', stratum: '', position, tally: tally(match, mismatch) }],
    seams: [],
    signatures: [],
    pairs: [],
    health: [
      { side: 'legacy', at: clock.now(), isHealthy: true, build: 'l1', because: null },
      { side: 'candidate', at: clock.now(), isHealthy: true, build: candidateBuild, because: null },
    ],
    legacyHits: match,
    legacyProbes: 1,
    retreat: null,
    ...rest,
  };
};

const tell = async (over: Parameters<typeof batch>[0] = {}): Promise<void> => {
  await service.ingest('orders', await batch(over));
};

const standing = async () => (await service.known('orders')).state;

/** Lets evidence come in and the loop look, until the migration stands where it is wanted. */
const walkTo = async (
  isThere: (state: Awaited<ReturnType<typeof standing>>) => boolean,
): Promise<void> => {
  for (let turn = 0; !isThere(await standing()); turn += 1) {
    if (turn > 60) throw new Error(`stuck in ${JSON.stringify(await standing())}`);
    await clock.advance(20_000);
    await tell({ match: 20_000 });
    await service.tick('orders');
    await tell();
  }
};

describe('control', () => {
  it('starts a migration once, however often it is started itself', async () => {
    await service.start();
    await serviceOn().start();
    const log = await service.decisions('orders', 0, 10);
    expect(log.map((line) => line.action)).toEqual(['kickoff']);
  });

  it('walks forward by itself on evidence, and every plane hears of every step', async () => {
    const heard: Snapshot[] = [];
    service.subscribe('orders', (snapshot) => heard.push(snapshot));
    await walkTo((state) => state.share.percent === 100);
    const versions = heard.map((snapshot) => snapshot.version);
    expect(versions).toEqual([...versions].sort((a, b) => a - b));
    expect(heard.map((snapshot) => snapshot.percent)).toEqual([0, 0, 10, 100]);
  });

  it('does not move without traffic, however long it waits', async () => {
    await walkTo((state) => state.stage === 'shadow');
    for (let day = 0; day < 30; day += 1) {
      await clock.advance(86_400_000);
      await tell();
      await service.tick('orders');
    }
    expect((await standing()).stage).toBe('shadow');
  });

  it('opens an epoch when another build answers, and takes a share back to legacy', async () => {
    await walkTo((state) => state.stage === 'shift');
    await tell({ match: 10, candidateBuild: 'c2' });
    const state = await standing();
    expect(state).toMatchObject({ stage: 'shadow', share: { percent: 0 } });
    expect(state.epoch.candidateBuild).toBe('c2');
  });

  it('does not let the old build vouch for the new one while a deployment rolls', async () => {
    await walkTo((state) => state.stage === 'shadow');
    await tell({ match: 10, candidateBuild: 'c2' });
    const opened = (await standing()).epoch.ordinal;
    await tell({ match: 50_000, candidateBuild: 'c1' });
    const { state, evidence } = await service.known('orders');
    expect(state.epoch.ordinal).toBe(opened);
    expect(evidence.strata).toEqual([]);
  });

  it('takes a build for the present one again when the newer one is gone', async () => {
    await walkTo((state) => state.stage === 'shadow');
    await tell({ candidateBuild: 'c2' });
    await clock.advance(11_000);
    await tell({ candidateBuild: 'c1' });
    expect((await standing()).epoch.candidateBuild).toBe('c1');
  });

  it('retreats on its own alarm, and says so as an incident', async () => {
    await walkTo((state) => state.stage === 'shift');
    await tell({ match: 100, mismatch: 60 });
    await service.tick('orders');
    expect(await standing()).toMatchObject({ stage: 'shadow', retreats: 1 });
    expect(notes.some((note) => note.startsWith('incident: orders: retreated from 10 %'))).toBe(
      true,
    );
  });

  it('takes over a retreat that a plane has made, once', async () => {
    await walkTo((state) => state.stage === 'shift');
    const { step } = await standing();
    const retreat = {
      at: clock.now(),
      step,
      seam: 'GET /x',
      stratum: '',
      because: 'regression alarm',
    };
    await tell({ retreat });
    await tell({ retreat });
    expect(await standing()).toMatchObject({ stage: 'shadow', retreats: 1 });
  });

  it('counts a batch once, however often it is delivered', async () => {
    const sent = await batch({ match: 100 });
    expect(await service.ingest('orders', sent)).toBe(true);
    expect(await service.ingest('orders', sent)).toBe(false);
  });

  it('opens an epoch when it is started with other rules', async () => {
    await serviceOn({ ...MANAGED, comparator: 'cmp-2' }).start();
    expect((await standing()).epoch.reason).toBe('comparator cmp-1 → cmp-2');
  });

  it('rehearses a step without taking it', async () => {
    await tell();
    await tell();
    const event = { type: 'advance', by: 'ada', to: 'shadow' } as const;
    const outcome = await service.decide('orders', event, { execute: false });
    expect('next' in outcome && outcome.next.stage).toBe('shadow');
    expect((await standing()).stage).toBe('inert');
  });

  it('lets one of two deciders at the same moment decide, and the other see it', async () => {
    await tell();
    await tell();
    const ask = { type: 'advance', by: 'ada', to: 'shadow' } as const;
    const outcomes = await Promise.all([
      service.decide('orders', ask, { execute: true }),
      serviceOn().decide('orders', ask, { execute: true }),
    ]);
    expect(outcomes.filter((outcome) => 'next' in outcome)).toHaveLength(1);
    expect(
      (await service.decisions('orders', 0, 10)).filter((d) => d.action === 'enter'),
    ).toHaveLength(1);
  });

  it('finds again after a restart exactly what it left: stage, share and log', async () => {
    await walkTo((state) => state.stage === 'shift');
    const before = await standing();
    service = serviceOn();
    await service.start();
    expect(await standing()).toEqual(before);
    expect(await service.replay('orders')).toMatchObject({ replayed: { state: before } });
  });

  it('knows no migration that it was not given', async () => {
    await expect(service.known('other')).rejects.toMatchObject({ code: 'FW_MIGRATION_UNKNOWN' });
  });
});

describe('the loop', () => {
  it('looks again after a look that failed', async () => {
    const failures: unknown[] = [];
    const loop = new ControlLoop({
      service,
      clock,
      intervalMs: 1_000,
      onFailure: (_, error) => failures.push(error),
    });
    await tell();
    await store.close();
    loop.start();
    await clock.advance(3_000);
    expect(failures.length).toBeGreaterThanOrEqual(2);
    await loop.stop();
    expect(clock.pending).toBe(0);
  });
});
