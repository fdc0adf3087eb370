import { NO_EVIDENCE } from '@falsework/core/evidence';
import { replay } from '@falsework/core/stage';
import { describe, expect, it } from 'vitest';
import { FixtureMigration } from '../migration-fixtures.ts';
import { commitOf, firstCommit, kickedOff, looking, ORDERS } from './store-fixtures.ts';
import { type StoreBench, type StoreSubject, storeBench } from './store-subject.ts';

/** The log, the state and the snapshot are one thing (DESIGN invariants 11 and 12). */
export function decisionsContract(subject: StoreSubject): void {
  describe('decisions', () => {
    const bench = storeBench(subject);
    writtenTogether(bench);
    comparedAndSwapped(bench);
    readBack(bench);
  });
}

function writtenTogether({ store }: StoreBench): void {
  it('has nothing before the first decision', async () => {
    expect(await store().migrations()).toEqual([]);
    expect(await store().migration(ORDERS)).toBeNull();
    expect(await store().snapshot(ORDERS)).toBeNull();
    expect(await store().decisions(ORDERS, 0, 10)).toEqual([]);
    expect(await store().evidence(ORDERS, looking())).toEqual(NO_EVIDENCE);
  });

  it('gives back every state, snapshot and line of a whole migration as they were committed', async () => {
    const migration = new FixtureMigration();
    const apply = migration.apply.bind(migration);
    const commits = [commitOf(migration)];
    migration.apply = (event, evidence) => {
      const next = apply(event, evidence);
      commits.push(commitOf(migration));
      return next;
    };
    migration.walkTo('strike');
    for (const commit of commits) {
      expect(await store().commit(commit)).toBe('committed');
      expect(await store().migration(ORDERS)).toEqual(commit.state);
      expect(await store().snapshot(ORDERS)).toEqual(commit.snapshot);
    }
    expect(await store().decisions(ORDERS, 0, 1_000)).toEqual(migration.log);
  });

  it('keeps a log that replays to the stored state', async () => {
    const migration = await kickedOff(store());
    for (const by of ['ada', 'grace', 'edsger']) {
      migration.apply({ type: 'hold', by, reason: 'a look' });
      await store().commit(commitOf(migration));
      migration.apply({ type: 'resume', by });
      await store().commit(commitOf(migration));
    }
    const state = await store().migration(ORDERS);
    expect(replay(await store().decisions(ORDERS, 0, 100))).toEqual({ state });
  });
}

function comparedAndSwapped({ store }: StoreBench): void {
  it('writes nothing when somebody decided first', async () => {
    const migration = await kickedOff(store());
    const rival = new FixtureMigration();
    migration.apply({ type: 'hold', by: 'ada', reason: 'first' });
    rival.apply({ type: 'hold', by: 'grace', reason: 'second' });
    expect(await store().commit(commitOf(migration))).toBe('committed');
    expect(await store().commit(commitOf(rival))).toBe('stale');
    expect(await store().migration(ORDERS)).toEqual(migration.current);
    expect(await store().snapshot(ORDERS)).toEqual(commitOf(migration).snapshot);
    expect(await store().decisions(ORDERS, 0, 10)).toEqual(migration.log);
  });

  it('does not start a migration a second time', async () => {
    const migration = await kickedOff(store());
    expect(await store().commit(commitOf(new FixtureMigration()))).toBe('stale');
    expect(await store().decisions(ORDERS, 0, 10)).toEqual(migration.log);
  });

  it('takes no decision that skips one', async () => {
    const migration = await kickedOff(store());
    const before = migration.current;
    migration.apply({ type: 'hold', by: 'ada', reason: 'never committed' });
    migration.apply({ type: 'resume', by: 'ada' });
    expect(await store().commit(commitOf(migration))).toBe('stale');
    expect(await store().migration(ORDERS)).toEqual(before);
  });

  it('refuses a commit whose parts do not belong together, and writes nothing', async () => {
    const migration = await kickedOff(store());
    const before = migration.current;
    const old = commitOf(migration);
    migration.apply({ type: 'hold', by: 'ada', reason: 'a look' });
    const whole = commitOf(migration);
    const torn = [
      { ...whole, snapshot: old.snapshot },
      { ...whole, decision: old.decision },
      { ...whole, state: { ...whole.state, name: 'billing' } },
      { ...whole, state: { ...whole.state, version: 0 } },
      { ...whole, state: { ...whole.state, step: Number.NaN } },
    ];
    for (const commit of torn) {
      await expect(store().commit(commit)).rejects.toMatchObject({ code: 'FW_STORE_COMMIT' });
    }
    expect(await store().migration(ORDERS)).toEqual(before);
    expect(await store().decisions(ORDERS, 1, 10)).toEqual([]);
  });
}

function readBack({ store }: StoreBench): void {
  it('lists migrations by name and keeps them apart', async () => {
    for (const name of ['ledger', 'Orders', 'billing']) await store().commit(firstCommit(name));
    const names = (await store().migrations()).map((state) => state.name);
    expect(names).toEqual(['Orders', 'billing', 'ledger']);
    const [line, ...more] = await store().decisions('billing', 0, 10);
    expect(more).toEqual([]);
    expect(line).toEqual(firstCommit('billing').decision);
    expect((await store().snapshot('ledger'))?.migration).toBe('ledger');
  });

  it('hands the log out in pages, oldest first', async () => {
    const migration = await kickedOff(store());
    for (let i = 0; i < 3; i += 1) {
      migration.apply({ type: 'hold', by: 'ada', reason: `look ${i}` });
      await store().commit(commitOf(migration));
      migration.apply({ type: 'resume', by: 'ada' });
      await store().commit(commitOf(migration));
    }
    const page = async (after: number, limit: number): Promise<number[]> =>
      (await store().decisions(ORDERS, after, limit)).map((line) => line.sequence);
    expect(await page(0, 3)).toEqual([1, 2, 3]);
    expect(await page(3, 3)).toEqual([4, 5, 6]);
    expect(await page(6, 3)).toEqual([7]);
    expect(await page(7, 3)).toEqual([]);
    expect(await page(0, 0)).toEqual([]);
  });

  it('keeps text of any script and of any length', async () => {
    const migration = await kickedOff(store());
    const reason = `Ünïcode 𝒻 \u0000 \ud800 "quoted" \n ${'long '.repeat(50_000)}`;
    migration.apply({ type: 'hold', by: "Robert'); drop table fw_decisions;--", reason });
    expect(await store().commit(commitOf(migration))).toBe('committed');
    expect(await store().migration(ORDERS)).toEqual(migration.current);
    expect(await store().decisions(ORDERS, 0, 10)).toEqual(migration.log);
  });
}
