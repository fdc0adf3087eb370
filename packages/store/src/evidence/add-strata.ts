import {
  ALARM_AT_REST,
  addCounts,
  addToSlices,
  compared,
  differing,
  EMPTY_SKETCH,
  mergeSketches,
  NO_COUNTS,
  observeBatch,
  type StratumDelta,
} from '@falsework/core/evidence';
import type { IngestScope } from '@falsework/core/ports';
import { type Context, inPieces } from '../context.ts';
import { storedName } from '../rows/names.ts';
import {
  readJudged,
  readLatency,
  type StratumEvidence,
  type StratumPlace,
  writeStratum,
} from './stratum-row.ts';

// A key function that makes every customer a stratum must not fill the store. Beyond this many in
// one step the rest share a stratum: their mismatches still count, and none of them can prove
// itself alone.
const STRATA_MAX = 2_000;
const OVERFLOW_STRATUM = '(other strata)';

/**
 * Adds what a plane saw to the evidence of each stratum, under the epoch and step in which it was
 * seen.
 */
export async function addStrata(
  context: Context,
  deltas: readonly StratumDelta[],
  scope: IngestScope,
): Promise<void> {
  const named = deltas.map((delta) => ({
    ...delta,
    seam: storedName(delta.seam),
    stratum: storedName(delta.stratum),
  }));
  const groups = Map.groupBy(named, ({ position }) => `${position.epoch}/${position.step}`);
  for (const group of groups.values()) await addToStep(context, group, scope);
}

async function addToStep(
  context: Context,
  deltas: readonly StratumDelta[],
  scope: IngestScope,
): Promise<void> {
  const position = deltas[0]?.position;
  if (!position) return;
  const { epoch, step } = position;
  const known = await load(context, { epoch, step }, deltas);
  const stored = known.size;
  let room = null;
  const changed = new Map<string, StratumEvidence>();
  for (const { seam, stratum, tally } of deltas) {
    let place: StratumPlace = { epoch, step, seam, stratum };
    if (!known.has(keyOf(place))) {
      room ??= STRATA_MAX - (await countStrata(context, { epoch, step })) + stored;
      if (known.size >= room) place = { ...place, stratum: OVERFLOW_STRATUM };
    }
    const key = keyOf(place);
    const evidence = added(known.get(key) ?? nothing(place, scope.now), tally, scope);
    known.set(key, evidence);
    changed.set(key, evidence);
  }
  await save(context, [...changed.values()]);
}

function nothing(place: StratumPlace, now: number): StratumEvidence {
  return {
    ...place,
    counts: NO_COUNTS,
    legacyLatency: EMPTY_SKETCH,
    candidateLatency: EMPTY_SKETCH,
    slices: [],
    alarm: ALARM_AT_REST,
    lastAt: now,
  };
}

function added(
  before: StratumEvidence,
  tally: StratumDelta['tally'],
  scope: IngestScope,
): StratumEvidence {
  const { now, windowComparisons, alarmRateOk } = scope;
  const trials = compared(tally.verdicts);
  const hits = differing(tally.verdicts);
  return {
    ...before,
    counts: addCounts(before.counts, tally),
    legacyLatency: mergeSketches(before.legacyLatency, tally.legacyLatency),
    candidateLatency: mergeSketches(before.candidateLatency, tally.candidateLatency),
    slices: addToSlices(before.slices, { at: now, trials, hits }, windowComparisons),
    alarm: observeBatch(before.alarm, { trials, hits }, alarmRateOk),
    lastAt: Math.max(before.lastAt, now),
  };
}

async function load(
  { trx, migration }: Context,
  { epoch, step }: Pick<StratumPlace, 'epoch' | 'step'>,
  deltas: readonly StratumDelta[],
): Promise<Map<string, StratumEvidence>> {
  // Every seam with every stratum that is named: a little more than asked for, in one statement on
  // both databases.
  const seams = new Set(deltas.map(({ seam }) => seam));
  const strata = new Set([OVERFLOW_STRATUM, ...deltas.map(({ stratum }) => stratum)]);
  const rows = await trx
    .selectFrom('fw_strata')
    .selectAll()
    .where('migration', '=', migration)
    .where('epoch', '=', epoch)
    .where('step', '=', step)
    .where('seam', 'in', [...seams])
    .where('stratum', 'in', [...strata])
    .execute();
  return new Map(rows.map((row) => [keyOf(row), { ...readJudged(row), ...readLatency(row) }]));
}

async function countStrata(
  { trx, migration }: Context,
  { epoch, step }: Pick<StratumPlace, 'epoch' | 'step'>,
): Promise<number> {
  const { rows } = await trx
    .selectFrom('fw_strata')
    .select(({ fn }) => fn.countAll<number>().as('rows'))
    .where('migration', '=', migration)
    .where('epoch', '=', epoch)
    .where('step', '=', step)
    .executeTakeFirstOrThrow();
  return rows;
}

async function save(
  { trx, migration }: Context,
  changed: readonly StratumEvidence[],
): Promise<void> {
  const rows = changed.map((evidence) => writeStratum(migration, evidence));
  await inPieces(rows, (piece) =>
    trx
      .insertInto('fw_strata')
      .values(piece)
      .onConflict((conflict) =>
        conflict
          .columns(['migration', 'epoch', 'step', 'seam', 'stratum'])
          .doUpdateSet(({ ref }) => ({
            counts: ref('excluded.counts'),
            legacy_latency: ref('excluded.legacy_latency'),
            candidate_latency: ref('excluded.candidate_latency'),
            slices: ref('excluded.slices'),
            alarm: ref('excluded.alarm'),
            last_at: ref('excluded.last_at'),
          })),
      )
      .execute(),
  );
}

function keyOf({ seam, stratum }: Pick<StratumPlace, 'seam' | 'stratum'>): string {
  return `${seam}\0${stratum}`;
}
