import type { StepRequest } from '@falsework/client/contract';
import { strictForMoney } from '@falsework/core/policy';
import { openStore } from '@falsework/store';
import { SimClock } from '@falsework/testkit';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { causeAt, FixturePlane, idOf, MANAGED, pairAt, SEAM } from '../../test/fixtures.ts';
import { createHandlers } from '../api/handlers.ts';
import { ControlService } from './control-service.ts';
import type { ManagedMigration } from './managed-migration.ts';

const DAY_MS = 86_400_000;
const SHAPE = 'number within 0.01 more';

let clock: SimClock;
let store: Awaited<ReturnType<typeof openStore>>;
let service: ControlService;
let plane: FixturePlane;

const serviceOf = (managed: ManagedMigration): ControlService =>
  new ControlService({ store, clock, migrations: [managed], notify: () => {} });

beforeEach(async () => {
  clock = new SimClock();
  store = await openStore(':memory:');
  service = serviceOf(MANAGED);
  plane = new FixturePlane(
    () => service,
    () => clock.now(),
  );
  await service.start();
});

afterEach(() => store.close());

const state = async () => (await service.known('orders')).state;

/** Tells of a cause in the present epoch. */
const seen = async (digits: string, over: Parameters<typeof causeAt>[2] = {}): Promise<void> => {
  const { epoch } = await state();
  const at = clock.now();
  await plane.tell(
    { match: 100, mismatch: 1 },
    {
      signatures: [causeAt(digits, at, { epoch: epoch.ordinal, ...over })],
      pairs: [pairAt([digits], at, { epoch: epoch.ordinal })],
    },
  );
};

const accepting = (over: object = {}): StepRequest => ({
  type: 'accept',
  id: idOf('a41f'),
  owner: 'grace',
  reason: 'as the law says',
  expiresAt: clock.now() + 30 * DAY_MS,
  ...over,
});

/** Asks as the API does, a person behind it. */
const ask = async (request: StepRequest, { execute = true } = {}) =>
  createHandlers(service, clock).decide({
    params: { migration: 'orders' },
    query: {},
    body: { by: 'ada', execute, request },
    caller: { role: 'operator', name: null },
  });

/** Walks on clean evidence until some are served by the candidate. */
const walkToShift = async (): Promise<void> => {
  for (let turn = 0; (await state()).share.percent === 0; turn += 1) {
    if (turn > 60) throw new Error('stuck');
    await clock.advance(20_000);
    await plane.tell({ match: 20_000 });
    await service.tick('orders');
    await plane.tell();
  }
};

describe('accepting a difference through control', () => {
  it('accepts what was seen, forward only: a new epoch, the snapshot told, the count kept', async () => {
    await seen('a41f', { count: 7 });
    const before = await state();
    const answer = await ask(accepting());
    expect(answer).toMatchObject({ isExecuted: true, decision: { action: 'accept', by: 'ada' } });
    const after = await state();
    expect(after.epoch.ordinal).toBe(before.epoch.ordinal + 1);
    expect(after.accepted).toMatchObject([
      { seam: SEAM, id: idOf('a41f'), template: '$.total', kind: 'number', shapes: [SHAPE] },
    ]);
    expect((await service.snapshot('orders')).accepted).toEqual([
      { seam: SEAM, id: idOf('a41f'), shapes: [SHAPE] },
    ]);
    expect((await service.cause('orders', idOf('a41f'))).record.count).toBe(7);
    expect((await service.known('orders')).evidence.strata).toEqual([]);
  });

  it('rehearses first: a plan changes nothing', async () => {
    await seen('a41f');
    const answer = await ask(accepting(), { execute: false });
    expect(answer).toMatchObject({ isExecuted: false, refusal: null });
    expect((await state()).accepted).toEqual([]);
  });

  it('keeps the share of whoever is served by the candidate', async () => {
    await walkToShift();
    await seen('a41f');
    const { share } = await state();
    await ask(accepting());
    expect(await state()).toMatchObject({ stage: 'shift', share });
  });

  it.each([
    { title: 'a date that is past', over: { expiresAt: 1 }, code: 'expiry-past' },
    {
      title: 'a date beyond a year',
      over: { expiresAt: Date.UTC(2099, 0, 1) },
      code: 'expiry-too-far',
    },
  ])('refuses $title, and changes nothing', async ({ over, code }) => {
    await seen('a41f');
    const before = await state();
    expect(await ask(accepting(over))).toMatchObject({ isExecuted: false, refusal: { code } });
    expect(await state()).toEqual(before);
  });

  it('refuses anything where money is at stake', async () => {
    service = serviceOf({ ...MANAGED, policy: strictForMoney(MANAGED.policy) });
    await seen('a41f');
    expect((await ask(accepting())).refusal?.code).toBe('never-accepted');
  });

  it('knows no cause that was never seen, nor the one that counts all beyond the limit', async () => {
    const id = '0000000000000000';
    await seen('0', { kind: 'overflow', seam: '(all seams)' });
    await expect(ask(accepting({ id }))).rejects.toMatchObject({ code: 'FW_CAUSE_UNKNOWN' });
    await expect(ask(accepting())).rejects.toMatchObject({ code: 'FW_CAUSE_UNKNOWN' });
    await expect(ask({ type: 'reopen', id: idOf('a41f') })).rejects.toMatchObject({
      code: 'FW_CAUSE_UNKNOWN',
    });
  });

  it('accepts no shape that only an older build had', async () => {
    await seen('a41f', { shapes: ['number far more'] });
    const { epoch } = await state();
    const { legacyBuild, comparator, schema } = epoch;
    const tuple = { legacyBuild, comparator, schema, candidateBuild: 'c2' };
    await service.decide('orders', { type: 'epoch', tuple }, { execute: true });
    await seen('a41f', { epoch: (await state()).epoch.ordinal });
    await ask(accepting());
    expect((await state()).accepted[0]?.shapes).toEqual([SHAPE]);
  });
});

describe('an accepted difference', () => {
  it('opens again by itself when it expires: the evidence starts again, the share is kept', async () => {
    await walkToShift();
    await seen('a41f');
    await ask(accepting({ expiresAt: clock.now() + DAY_MS }));
    const before = await state();
    await clock.advance(DAY_MS - 1);
    await plane.tell();
    await service.tick('orders');
    expect((await state()).accepted).toHaveLength(1);
    await clock.advance(1);
    await plane.tell();
    await service.tick('orders');
    const after = await state();
    expect(after).toMatchObject({ accepted: [], stage: 'shift', share: before.share });
    expect(after.epoch.ordinal).toBe(before.epoch.ordinal + 1);
    expect((await service.snapshot('orders')).accepted).toEqual([]);
  });

  it('opens again when it comes in another shape, and is accepted in both once somebody says so', async () => {
    await seen('a41f');
    await ask(accepting());
    const { epoch } = await state();
    await seen('a41f', { epoch: epoch.ordinal, shapes: [SHAPE, 'number far more'] });
    expect((await service.cause('orders', idOf('a41f'))).state).not.toBe('accepted');
    await ask(accepting());
    expect((await service.cause('orders', idOf('a41f'))).state).toBe('accepted');
    expect((await state()).accepted[0]?.shapes).toEqual([SHAPE, 'number far more']);
  });

  it('is renewed for longer without losing evidence', async () => {
    await seen('a41f');
    await ask(accepting());
    const before = await state();
    await ask(accepting({ expiresAt: clock.now() + 60 * DAY_MS }));
    expect((await state()).epoch).toEqual(before.epoch);
  });

  it('is reopened by a person, and then counts again', async () => {
    await seen('a41f');
    await ask(accepting());
    expect(await ask({ type: 'reopen', id: idOf('a41f') })).toMatchObject({ isExecuted: true });
    expect((await state()).accepted).toEqual([]);
    const again = await ask({ type: 'reopen', id: idOf('a41f') });
    expect(again.refusal?.code).toBe('not-accepted');
  });

  it('survives a restart, and the log still leads to it', async () => {
    await seen('a41f');
    await ask(accepting());
    service = serviceOf(MANAGED);
    await service.start();
    expect((await state()).accepted).toHaveLength(1);
    expect(await service.replay('orders')).toMatchObject({ replayed: { state: await state() } });
  });
});

describe('what is known of a cause', () => {
  it('shows its pairs, latest first, as many as are asked for', async () => {
    for (const digits of ['a41f', '7c20', 'a41f']) {
      await clock.advance(1_000);
      await seen(digits);
    }
    const ats = (await service.pairs('orders', idOf('a41f'), 10)).map(({ at }) => at);
    expect(ats).toEqual([clock.now(), clock.now() - 2_000]);
    expect(await service.pairs('orders', null, 2)).toHaveLength(2);
    await expect(service.pairs('other', null, 2)).rejects.toMatchObject({
      code: 'FW_MIGRATION_UNKNOWN',
    });
  });

  it('keeps a note with its time, and only about a cause that there is', async () => {
    await seen('a41f');
    const note = { by: 'ada', owner: 'grace', text: 'rounding' };
    await service.note('orders', idOf('a41f'), note);
    const { note: kept } = await service.cause('orders', idOf('a41f'));
    expect(kept).toMatchObject({ ...note, at: clock.now() });
    await expect(service.note('orders', idOf('b'), note)).rejects.toMatchObject({
      code: 'FW_CAUSE_UNKNOWN',
    });
  });

  it('shows what is rare now although thousands were more frequent once', async () => {
    const { epoch } = await state();
    const old = Array.from({ length: 5_000 }, (_, i) =>
      causeAt(`f${i}`, 1, { count: 50, epoch: epoch.ordinal, samples: [] }),
    );
    const older = Array.from({ length: 4_999 }, (_, i) =>
      causeAt(`e${i}`, 1, { count: 50, epoch: epoch.ordinal, samples: [] }),
    );
    await plane.tell({}, { signatures: old });
    await plane.tell({}, { signatures: older });
    const { legacyBuild, comparator, schema } = epoch;
    const tuple = { legacyBuild, comparator, schema, candidateBuild: 'c2' };
    await service.decide('orders', { type: 'epoch', tuple }, { execute: true });
    const present = (await state()).epoch.ordinal;
    for (const digits of ['a1', 'a2', 'a3']) await seen(digits, { epoch: present });
    const causes = await service.causes('orders', present);
    expect(causes.map(({ record }) => record.id).sort()).toEqual(['a1', 'a2', 'a3'].map(idOf));
    expect((await service.cause('orders', idOf('a3'))).record.count).toBe(1);
  });
});
