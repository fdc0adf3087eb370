import {
  ALARM_AT_REST,
  type AlarmState,
  observeServed,
  type SeamDelta,
  type ServedCounts,
} from '@falsework/core/evidence';
import type { IngestScope } from '@falsework/core/ports';
import type { Side } from '@falsework/core/routing';
import type { Selectable } from 'kysely';
import { type Context, inPieces } from '../context.ts';
import { decode } from '../rows/codec.ts';
import { NUMBERS, SERVED } from '../rows/evidence-shapes.ts';
import { addToMinutes, type Minutes } from '../rows/minutes.ts';
import { storedName } from '../rows/names.ts';
import type { Tables } from '../schema/tables.ts';

/** What was served at one seam in one step. */
export interface SeamEvidence {
  readonly step: number;
  readonly seam: string;
  readonly served: Readonly<Record<Side, ServedCounts>>;
  readonly alarm: AlarmState;
  /** The candidate's failures of the last hour, by the minute. */
  readonly failures: Minutes;
}

const NONE: ServedCounts = { requests: 0, failures: 0 };

/**
 * Adds what a plane served at each seam. Steps are numbered across epochs, so a late count finds
 * its own.
 */
export async function addSeams(
  context: Context,
  deltas: readonly SeamDelta[],
  scope: IngestScope,
): Promise<void> {
  if (deltas.length === 0) return;
  const named = deltas.map((delta) => ({ ...delta, seam: storedName(delta.seam) }));
  const known = await load(context, named);
  const changed = new Map<string, SeamEvidence>();
  for (const delta of named) {
    const key = keyOf(delta);
    const before = changed.get(key) ?? known.get(key) ?? nothing(delta);
    changed.set(key, added(before, delta, scope));
  }
  await save(context, [...changed.values()]);
}

/** What was served at a seam, from a row. Throws `FW_STORE_CORRUPT`. */
export function readSeam(row: Selectable<Tables['fw_seams']>): SeamEvidence {
  const { step, seam } = row;
  const name = { table: 'fw_seams', key: [row.migration, step, seam] };
  return {
    step,
    seam,
    served: decode(row.served, SERVED, { ...name, column: 'served' }),
    alarm: decode(row.alarm, NUMBERS, { ...name, column: 'alarm' }),
    failures: decode(row.failures, NUMBERS, { ...name, column: 'failures' }),
  };
}

function nothing({ step, seam }: SeamDelta): SeamEvidence {
  const served = { legacy: NONE, candidate: NONE };
  return { step, seam, served, alarm: ALARM_AT_REST, failures: [] };
}

function added(before: SeamEvidence, delta: SeamDelta, scope: IngestScope): SeamEvidence {
  const batch = delta.served.candidate;
  const total = {
    legacy: addServed(before.served.legacy, delta.served.legacy),
    candidate: addServed(before.served.candidate, batch),
  };
  return {
    ...before,
    served: total,
    alarm: observeServed(before.alarm, { total, batch }, scope.alarmRateOk),
    failures: addToMinutes(before.failures, batch.failures, scope.now),
  };
}

function addServed(a: ServedCounts, b: ServedCounts): ServedCounts {
  const fenced = (a.fenced ?? 0) + (b.fenced ?? 0);
  return {
    requests: a.requests + b.requests,
    failures: a.failures + b.failures,
    ...(fenced > 0 ? { fenced } : {}),
  };
}

async function load(
  { trx, migration }: Context,
  deltas: readonly SeamDelta[],
): Promise<Map<string, SeamEvidence>> {
  const rows = await trx
    .selectFrom('fw_seams')
    .selectAll()
    .where('migration', '=', migration)
    .where('step', 'in', [...new Set(deltas.map(({ step }) => step))])
    .where('seam', 'in', [...new Set(deltas.map(({ seam }) => seam))])
    .execute();
  return new Map(rows.map((row) => [keyOf(row), readSeam(row)]));
}

async function save({ trx, migration }: Context, changed: readonly SeamEvidence[]): Promise<void> {
  const rows = changed.map(({ step, seam, served, alarm, failures }) => ({
    migration,
    step,
    seam,
    served: JSON.stringify(served),
    alarm: JSON.stringify(alarm),
    failures: JSON.stringify(failures),
  }));
  await inPieces(rows, (piece) =>
    trx
      .insertInto('fw_seams')
      .values(piece)
      .onConflict((conflict) =>
        conflict.columns(['migration', 'step', 'seam']).doUpdateSet(({ ref }) => ({
          served: ref('excluded.served'),
          alarm: ref('excluded.alarm'),
          failures: ref('excluded.failures'),
        })),
      )
      .execute(),
  );
}

function keyOf({ step, seam }: Pick<SeamDelta, 'step' | 'seam'>): string {
  return `${step}\0${seam}`;
}
