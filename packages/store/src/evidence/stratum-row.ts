import type { AlarmState, Counts, Sketch, Slices } from '@falsework/core/evidence';
import type { Instant } from '@falsework/core/ports';
import type { Insertable } from 'kysely';
import { corrupt, decode, type RowName } from '../rows/codec.ts';
import { COUNTS, NUMBERS, SKETCH } from '../rows/evidence-shapes.ts';
import { packSlices, unpackSlices } from '../rows/slices.ts';
import type { Tables } from '../schema/tables.ts';

/** Where the evidence of one stratum is kept. */
export interface StratumPlace {
  readonly epoch: number;
  readonly step: number;
  readonly seam: string;
  readonly stratum: string;
}

/** The evidence of one stratum in one step. */
export interface StratumEvidence extends StratumPlace {
  readonly counts: Counts;
  readonly slices: Slices;
  readonly alarm: AlarmState;
  readonly legacyLatency: Sketch;
  readonly candidateLatency: Sketch;
  readonly lastAt: Instant;
}

/** What gates look at; the sketches, which are the larger half of a row, are only for showing. */
export type JudgedEvidence = Omit<StratumEvidence, 'legacyLatency' | 'candidateLatency'>;

type StoredStratum = Insertable<Tables['fw_strata']>;
type StoredJudged = Omit<StoredStratum, 'legacy_latency' | 'candidate_latency'>;
type StoredLatency = Pick<StoredStratum, 'legacy_latency' | 'candidate_latency'> &
  Pick<StoredStratum, 'migration' | keyof StratumPlace>;

/** A row as it is written. */
export function writeStratum(migration: string, evidence: StratumEvidence): StoredStratum {
  const { epoch, step, seam, stratum } = evidence;
  return {
    migration,
    epoch,
    step,
    seam,
    stratum,
    counts: JSON.stringify(evidence.counts),
    legacy_latency: JSON.stringify(evidence.legacyLatency),
    candidate_latency: JSON.stringify(evidence.candidateLatency),
    slices: JSON.stringify(packSlices(evidence.slices)),
    alarm: JSON.stringify(evidence.alarm),
    last_at: evidence.lastAt,
  };
}

/** What gates look at, from a row. Throws `FW_STORE_CORRUPT`. */
export function readJudged(row: StoredJudged): JudgedEvidence {
  const { epoch, step, seam, stratum } = row;
  const packed = decode(row.slices, NUMBERS, nameOf(row, 'slices'));
  const slices = unpackSlices(packed);
  if (slices === null) {
    throw corrupt(nameOf(row, 'slices'), 'slices is not a whole number of slices');
  }
  return {
    epoch,
    step,
    seam,
    stratum,
    counts: decode(row.counts, COUNTS, nameOf(row, 'counts')),
    slices,
    alarm: decode(row.alarm, NUMBERS, nameOf(row, 'alarm')),
    lastAt: row.last_at,
  };
}

/** The latency of both sides, from a row. Throws `FW_STORE_CORRUPT`. */
export function readLatency(
  row: StoredLatency,
): Pick<StratumEvidence, 'legacyLatency' | 'candidateLatency'> {
  return {
    legacyLatency: decode(row.legacy_latency, SKETCH, nameOf(row, 'legacy_latency')),
    candidateLatency: decode(row.candidate_latency, SKETCH, nameOf(row, 'candidate_latency')),
  };
}

function nameOf(row: StratumPlace & { readonly migration: string }, column: string): RowName {
  const key = [row.migration, row.epoch, row.step, row.seam, row.stratum];
  return { table: 'fw_strata', key, column };
}
