import {
  ALARM_AT_REST,
  addCounts,
  EMPTY_SKETCH,
  type EvidenceView,
  isRising,
  mergeSketches,
  NO_COUNTS,
  type SeamView,
  type StratumView,
  worstWindow,
} from '@falsework/core/evidence';
import type { EvidenceScope, LatencyView } from '@falsework/core/ports';
import type { Database } from '../context.ts';
import { lastHour } from '../rows/minutes.ts';
import { readSeam } from './add-seams.ts';
import { readData } from './data.ts';
import { readHealth } from './health.ts';
import { readScan } from './legacy-code.ts';
import { readPlanes } from './planes.ts';
import { readNoise } from './signatures.ts';
import { type JudgedEvidence, readJudged, readLatency } from './stratum-row.ts';
import { readTraffic } from './traffic.ts';
import { readWrites } from './writes.ts';

/**
 * Everything known that a decision may rest on. Run it in one transaction, so that its parts are of
 * one moment.
 */
export async function readEvidence(
  db: Database,
  migration: string,
  scope: EvidenceScope,
): Promise<EvidenceView> {
  const writes = await readWrites(db, migration);
  return {
    planes: await readPlanes(db, migration, scope.now),
    health: await readHealth(db, migration),
    strata: await readStrata(db, migration, scope),
    seams: await readSeams(db, migration, scope),
    noise: await readNoise(db, migration, scope.epoch),
    legacyTraffic: await readTraffic(db, migration),
    legacyCode: await readScan(db, migration),
    data: await readData(db, migration),
    ...(writes.length === 0 ? {} : { writes }),
  };
}

/** Latency of both sides by stratum, all steps of the epoch together. Throws `FW_STORE_CORRUPT`. */
export async function readLatencies(
  db: Database,
  migration: string,
  epoch: number,
): Promise<LatencyView[]> {
  const rows = await db
    .selectFrom('fw_strata')
    .select(['migration', 'epoch', 'step', 'seam', 'stratum'])
    .select(['legacy_latency', 'candidate_latency'])
    .where('migration', '=', migration)
    .where('epoch', '=', epoch)
    .orderBy('seam')
    .orderBy('stratum')
    .execute();
  const groups = Map.groupBy(rows, ({ seam, stratum }) => `${seam}\0${stratum}`);
  return [...groups.values()].map((steps) => {
    const { seam, stratum } = steps[0] as (typeof rows)[number];
    let [legacy, candidate] = [EMPTY_SKETCH, EMPTY_SKETCH];
    for (const { legacyLatency, candidateLatency } of steps.map(readLatency)) {
      legacy = mergeSketches(legacy, legacyLatency);
      candidate = mergeSketches(candidate, candidateLatency);
    }
    return { seam, stratum, legacy, candidate };
  });
}

async function readStrata(
  db: Database,
  migration: string,
  scope: EvidenceScope,
): Promise<StratumView[]> {
  const rows = await db
    .selectFrom('fw_strata')
    .select(['migration', 'epoch', 'step', 'seam', 'stratum'])
    .select(['counts', 'slices', 'alarm', 'last_at'])
    .where('migration', '=', migration)
    .where('epoch', '=', scope.epoch)
    .orderBy('seam')
    .orderBy('stratum')
    .orderBy('step')
    .execute();
  const groups = Map.groupBy(rows.map(readJudged), ({ seam, stratum }) => `${seam}\0${stratum}`);
  return [...groups.values()].map((steps) => viewOf(steps, scope));
}

function viewOf(steps: readonly JudgedEvidence[], scope: EvidenceScope): StratumView {
  const { seam, stratum } = steps[0] as JudgedEvidence;
  const present = steps.find(({ step }) => step === scope.step);
  const slices = steps.flatMap((step) => step.slices);
  return {
    seam,
    stratum,
    epoch: steps.reduce((sum, { counts }) => addCounts(sum, counts), NO_COUNTS),
    step: present?.counts ?? NO_COUNTS,
    worstWindow: worstWindow(slices, scope.windowComparisons, scope.now - scope.cycleMs),
    isRising: isRising(slices, scope.alpha),
    alarm: present?.alarm ?? ALARM_AT_REST,
    lastAt: Math.max(...steps.map(({ lastAt }) => lastAt)),
  };
}

async function readSeams(
  db: Database,
  migration: string,
  { step, now }: EvidenceScope,
): Promise<SeamView[]> {
  const rows = await db
    .selectFrom('fw_seams')
    .selectAll()
    .where('migration', '=', migration)
    .where('step', '=', step)
    .orderBy('seam')
    .execute();
  return rows.map(readSeam).map(({ seam, served, failures, alarm }) => ({
    seam,
    step: served,
    candidateFailuresLastHour: lastHour(failures, now),
    alarm,
  }));
}
