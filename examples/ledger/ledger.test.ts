import {
  bookkeepingSchema,
  type Database,
  drainOnce,
  feedOf,
  installCapture,
  openDatabase,
  outboxSource,
  planData,
  runBackfill,
  startFeed,
} from '@falsework/data';
import { systemClock } from '@falsework/system';
import { SeededRandom } from '@falsework/testkit';
import { postgresForTests } from '@falsework/testkit/postgres';
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readAccount as readCandidate } from './candidate/reads.ts';
import { readAccount as readLegacy } from './legacy/reads.ts';
import { Book } from './load/book.ts';
import { candidateLedger, legacyLedger } from './load/ledger-store.ts';
import { startWriters } from './load/writers.ts';
import { LEDGER_INVARIANTS, LEDGER_TABLES } from './mapping.ts';
import { CANDIDATE_SCHEMA } from './schemas/candidate.ts';
import { LEGACY_SCHEMA } from './schemas/legacy.ts';

const one = await postgresForTests();
const two = await postgresForTests();
const missing = one.missing ?? two.missing;
const CLEAN = { lost: 0, duplicated: 0, resurrected: 0, stale: 0, balanceDifferenceCents: 0n };
const ACCOUNTS = Array.from({ length: 20 }, (_, i) => `${1000 + i}`);

let legacy: Database;
let candidate: Database;
let book: Book;
let random: SeededRandom;

beforeEach(async () => {
  legacy = openDatabase({ url: (await one.server?.createDatabase()) ?? '', label: 'legacy' });
  candidate = openDatabase({ url: (await two.server?.createDatabase()) ?? '', label: 'candidate' });
  book = new Book();
  // One for the whole test: writers that began anew with it would write the same once more.
  random = new SeededRandom(5);
  await legacy.use(({ client }) => client.query(LEGACY_SCHEMA));
  await candidate.use(({ client }) => client.query(CANDIDATE_SCHEMA));
  for (const [i, id] of ACCOUNTS.entries()) {
    const account = {
      id,
      owner: `Owner ${i}`,
      kind: (['A', 'L', 'E', 'I', 'X'] as const)[i % 5] ?? 'A',
      cohort: i < 2 ? ('internal' as const) : ('public' as const),
    };
    await legacy.use((session) => legacyLedger.openAccount(session, account));
  }
});
afterEach(async () => {
  await legacy?.close();
  await candidate?.close();
});
afterAll(async () => {
  await one.server?.stop();
  await two.server?.stop();
});

async function writeFor(writes: number, ledger = legacyLedger, database = legacy): Promise<void> {
  const writers = startWriters({
    authority: () => ({ database, ledger }),
    book,
    accounts: ACCOUNTS,
    random,
    now: () => new Date(Date.UTC(2026, 0, 15, 12)),
    writers: 3,
  });
  while (writers.areAtWork() && writers.written() < writes) {
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  await writers.stop();
}

describe.skipIf(missing !== null)(missing ?? 'the ledger', () => {
  it('holds exactly what was acknowledged, on the old schema', async () => {
    await writeFor(200);
    const audit = book.audit(await legacyLedger.contents(legacy));
    expect(audit).toMatchObject(CLEAN);
    expect(audit.acknowledged).toBeGreaterThan(100);
  });

  it('finds a lost entry, a released hold that came back, and a cent that is missing', async () => {
    await writeFor(100);
    const { entries, holds, closings } = await legacyLedger.contents(legacy);
    const [first, ...others] = entries;
    const lost = book.audit({ entries: others, holds, closings });
    expect(lost).toMatchObject({ ...CLEAN, lost: 1, balanceDifferenceCents: expect.anything() });
    expect(lost.balanceDifferenceCents).toBeGreaterThan(0n);
    expect(book.audit({ entries: [...entries, first as never], holds, closings }).duplicated).toBe(
      1,
    );
    const [hold] = holds;
    book.released(hold?.ref ?? '');
    expect(book.audit({ entries, holds, closings }).resurrected).toBe(1);
    book.held({ ...(hold as NonNullable<typeof hold>), reason: 'another' });
    expect(book.audit({ entries, holds, closings }).stale).toBe(1);
    book.held(hold as NonNullable<typeof hold>);
    const lines = (first?.lines ?? []).map((line, i) =>
      i === 0 ? { ...line, cents: line.cents + 1n } : line,
    );
    const bent = book.audit({
      entries: [{ ref: first?.ref ?? '', lines }, ...others],
      holds,
      closings,
    });
    expect(bent).toMatchObject({ ...CLEAN, stale: 1, balanceDifferenceCents: 1n });
  });

  it('goes over to the new schema and back without a loss that the plan would have to declare', async () => {
    const input = { name: 'ledger', from: legacy.url, to: candidate.url, tables: LEDGER_TABLES };
    const plan = await planData(
      { ...input, invariants: LEDGER_INVARIANTS },
      { legacy, candidate },
      { capture: 'trigger' },
    );
    expect(plan.refused.map(({ message }) => message)).toEqual([]);
    expect(plan.blockers).toEqual([]);
    expect(plan.resolved?.forward.map(({ source }) => source.table)).toEqual([
      'accounts',
      'journal',
      'postings',
      'holds',
      'month_close',
    ]);
  });

  it('is the same on the new schema after a backfill beside its writers, to the last character', async () => {
    const input = { name: 'ledger', from: legacy.url, to: candidate.url, tables: LEDGER_TABLES };
    const { resolved } = await planData(input, { legacy, candidate }, { capture: 'trigger' });
    const feed = feedOf({
      direction: 'forward',
      migration: 'ledger',
      source: legacy,
      follower: candidate,
      mappings: resolved?.forward ?? [],
      changes: outboxSource(bookkeepingSchema('ledger')),
      asReplica: true,
    });
    await writeFor(100);
    await installCapture(legacy, { migration: 'ledger', kind: 'trigger', tables: feed.tables });
    await startFeed(feed);
    const writing = writeFor(150);
    const { outcome } = await runBackfill(feed, { clock: systemClock, chunks: { rowsMax: 20 } });
    await writing;
    await legacy.use((session) => legacyLedger.closeMonth(session, '2026-01-01'));
    book.closed('2026-01-01');
    expect(outcome).toBe('done');
    for (;;) {
      const drained = await drainOnce(feed, { changesMax: 10_000, retriesDead: true });
      if (drained !== null && !drained.isBehind && drained.keys === 0) break;
    }
    expect(book.audit(await candidateLedger.contents(candidate))).toMatchObject(CLEAN);
    const report = await legacy.use((session) => legacyLedger.report(session));
    expect(report).toBe(book.report(ACCOUNTS.map((id, i) => ({ id, kind: 'ALEIX'[i % 5] ?? '' }))));
    expect(await candidate.use((session) => candidateLedger.report(session))).toBe(report);
    const wrong: string[] = [];
    for (const id of ACCOUNTS) {
      const answer = await readLegacy(legacy, id);
      expect(await readCandidate(candidate, id, 2)).toEqual(answer);
      const { interest } = await readCandidate(candidate, id, 1);
      if (interest !== answer.interest) wrong.push(interest);
      // By less than a hundredth of a cent, which nobody would see on paper.
      expect(Math.abs(Number(interest) - Number(answer.interest))).toBeLessThan(0.0001);
    }
    expect(wrong.length).toBeGreaterThan(ACCOUNTS.length / 2);
  });
});
