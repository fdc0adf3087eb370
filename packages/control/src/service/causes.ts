import type { CauseLine, WireCause } from '@falsework/client/contract';
import {
  type Acceptance,
  mergeSignatures,
  proposeRule,
  type SignatureRecord,
  signatureState,
} from '@falsework/core/evidence';
import type { SeamVolume, SignatureNote } from '@falsework/core/ports';

// As many as the command line shows.
const TREND_HOURS = 12;

/** Everything that is stored about causes of differences. */
export interface CauseFacts {
  /** Of every epoch that is kept. */
  readonly records: readonly SignatureRecord[];
  readonly volumes: readonly SeamVolume[];
  readonly notes: readonly SignatureNote[];
  readonly accepted: readonly Acceptance[];
}

/**
 * Causes with their state, most frequent first: those of one epoch, or of all together. Pure, so
 * that a state can never be out of date.
 */
export function causesOf(facts: CauseFacts, epoch: number | null): WireCause[] {
  const groups = Map.groupBy(
    facts.records,
    ({ seam, id, isNoise }) => `${isNoise}\0${seam}\0${id}`,
  );
  const causes = [...groups.values()].flatMap((records) => {
    const shown = records.filter((record) => epoch === null || record.epoch === epoch);
    return shown.length === 0 ? [] : [causeOf(facts, records, shown)];
  });
  return causes.sort((a, b) => b.record.count - a.record.count);
}

/** A cause in one line, for a list that may be long. */
export function causeLine({ record, state, acceptance, proposal, note }: WireCause): CauseLine {
  const { seam, id, template, kind, epoch, isNoise, count, firstAt, lastAt, hours } = record;
  return {
    seam,
    id,
    template,
    kind,
    epoch,
    isNoise,
    count,
    state,
    firstAt,
    lastAt,
    trend: hours.slice(-TREND_HOURS).map(([, ofHour]) => ofHour),
    hasRule: proposal !== null,
    owner: acceptance?.owner ?? note?.owner ?? null,
  };
}

/** Records that were read in more than one way, each once. */
export function distinctRecords(records: readonly SignatureRecord[]): SignatureRecord[] {
  const keyOf = ({ epoch, seam, id, isNoise }: SignatureRecord): string =>
    `${epoch}\0${isNoise}\0${seam}\0${id}`;
  return [...new Map(records.map((record) => [keyOf(record), record])).values()];
}

function causeOf(
  { volumes, notes, accepted }: CauseFacts,
  records: readonly SignatureRecord[],
  shown: readonly SignatureRecord[],
): WireCause {
  const inOrder = [...shown].sort((a, b) => a.epoch - b.epoch);
  const record = inOrder.reduce((sum, next) => ({
    ...mergeSignatures(sum, next),
    epoch: next.epoch,
    // What an older build did is not what is there to be accepted now.
    shapes: next.shapes,
  }));
  const isThis = (other: { readonly seam: string; readonly id: string }): boolean =>
    other.seam === record.seam && other.id === record.id;
  const acceptance = record.isNoise ? null : (accepted.find(isThis) ?? null);
  const proposed = proposeRule(record);
  const note = notes.find(isThis) ?? null;
  const ofSeam = volumes.filter((volume) => volume.seam === record.seam);
  const state = signatureState(records, ofSeam, {
    isAccepted: acceptance !== null && isCovered(records, acceptance),
    isExplained: note !== null || proposed !== null,
  });
  return {
    record,
    state,
    acceptance,
    proposal: proposed && { rule: JSON.stringify(proposed.rule), because: proposed.because },
    note,
  };
}

/** False once it comes in a shape that nobody accepted: that is counted as a difference again. */
function isCovered(records: readonly SignatureRecord[], { shapes }: Acceptance): boolean {
  const present = Math.max(...records.map(({ epoch }) => epoch));
  const seen = records.filter(({ epoch }) => epoch === present).flatMap((each) => each.shapes);
  return seen.every((shape) => shapes.includes(shape));
}
