// The figures of README.md: npm run measure --workspace packages/store -- 100
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type EvidenceBatch, SketchRecorder } from '@falsework/core/evidence';
import type { ControlStore } from '@falsework/core/ports';
import { SeededRandom, START_AT } from '@falsework/testkit';
import {
  batchOf,
  caused,
  kickedOff,
  looking,
  nextCommit,
  ORDERS,
  seen,
  served,
  taking,
} from '@falsework/testkit/contracts';
import { startPostgres } from '@falsework/testkit/postgres';
import { openStore } from '../src/index.ts';

const STRATA = 200;
const WINDOW = 10_000;
const slices = Number(process.argv[2] ?? 100);
const random = new SeededRandom(2026);

/** A latency sketch as a service gives it: most answers alike, some far off. */
function sketch(): ReturnType<SketchRecorder['read']> {
  const recorder = new SketchRecorder();
  for (let i = 0; i < 200; i += 1) recorder.record(Math.exp(random.next() * 2 + 1));
  return recorder.read();
}

let sequence = 0;

function nextBatch(strata: number): EvidenceBatch {
  sequence += 1;
  const seams = Array.from({ length: strata }, (_, i) => `GET /orders/${i}`);
  return batchOf('guard-1', sequence, {
    strata: seams.map((seam) =>
      seen({ seam, verdicts: { match: 1_000, mismatch: 1 }, latency: sketch() }),
    ),
    seams: seams.map((seam) => served([10, 0], [100, 0], { seam })),
    signatures: Array.from({ length: 50 }, (_, i) => caused(`cause ${i}`, sequence)),
  });
}

/** How long one thing takes, each time it is done: the median, and what one in twenty exceeds. */
async function timed(times: number, act: () => Promise<() => Promise<unknown>>): Promise<string> {
  const tookMs: number[] = [];
  for (let i = 0; i < times; i += 1) {
    const run = await act();
    const fromMs = performance.now();
    await run();
    tookMs.push(performance.now() - fromMs);
  }
  tookMs.sort((a, b) => a - b);
  const at = (share: number): string => (tookMs[Math.floor(times * share)] ?? 0).toFixed(1);
  return `${at(0.5)} ms (95 %: ${at(0.95)} ms)`;
}

async function measure(name: string, store: ControlStore): Promise<void> {
  sequence = 0;
  await kickedOff(store);
  const scope = () => taking({ windowComparisons: WINDOW, now: START_AT + sequence * 1_000 });
  const take = async (strata: number) => {
    const batch = nextBatch(strata);
    return () => store.ingest(ORDERS, batch, scope());
  };
  // Each of these is more than a tenth of a window, so it opens a slice of its own.
  for (let i = 0; i < slices; i += 1) await (await take(STRATA))();
  const batch = await timed(60, () => take(20));
  const view = looking({ windowComparisons: WINDOW, now: scope().now });
  const evidence = await timed(30, async () => () => store.evidence(ORDERS, view));
  const decision = await timed(60, async () => {
    const commit = await nextCommit(store, 'ada');
    return () => store.commit(commit);
  });
  const figures = { batch, evidence, decision };
  console.log(name, `${slices} slices in each of ${STRATA} strata`, figures);
  await store.close();
}

const folder = mkdtempSync(join(tmpdir(), 'falsework-measure-'));
await measure('SQLite file', await openStore(join(folder, 'state.db')));
rmSync(folder, { recursive: true });
const server = await startPostgres({ isDurable: true });
await measure('PostgreSQL', await openStore(await server.createDatabase()));
await server.stop();
