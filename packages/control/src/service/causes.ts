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
 * that a state can never be out of date; a cause of which nothing changed is the same object as
 * before. O(records), and a few milliseconds for ten thousand that did not change.
 */
export function causesOf(facts: CauseFacts, epoch: number | null): WireCause[] {
  const said = {
    volumes: Map.groupBy(facts.volumes, ({ seam }) => seam),
    notes: Map.groupBy(facts.notes, ({ id }) => id),
    accepted: Map.groupBy(facts.accepted, ({ id }) => id),
  };
  const causes: WireCause[] = [];
  for (const records of groupsOf(facts.records)) {
    const isAll = epoch === null || records.every((record) => record.epoch === epoch);
    const shown = isAll ? records : records.filter((record) => record.epoch === epoch);
    if (shown.length > 0) causes.push(causeOf(said, records, shown));
  }
  return causes.sort((a, b) => b.record.count - a.record.count);
}

/**
 * Records of one cause each. Nearly always that is those with one number; a text of number, seam
 * and more for each of tens of thousands took as long as all the rest.
 */
function* groupsOf(records: readonly SignatureRecord[]): Iterable<SignatureRecord[]> {
  for (const same of Map.groupBy(records, ({ id }) => id).values()) {
    const [first] = same as [SignatureRecord];
    const isOne = same.every((each) => each.seam === first.seam && each.isNoise === first.isNoise);
    if (isOne) yield same;
    else yield* Map.groupBy(same, ({ seam, isNoise }) => `${isNoise}\0${seam}`).values();
  }
}

/** Lines of causes, by what they were written from: a list of 10,000 is asked for every second. */
const lines = new WeakMap<WireCause, string>();

/** The answer with every cause in a line, as JSON. */
export function causeLinesJson(causes: readonly WireCause[]): string {
  const written = causes.map((cause) => {
    const line = lines.get(cause) ?? JSON.stringify(causeLine(cause));
    lines.set(cause, line);
    return line;
  });
  return `{"causes":[${written.join(',')}]}`;
}

/** A cause in one line, for a list that may be long. */
function causeLine({ record, state, acceptance, proposal, note }: WireCause): CauseLine {
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

/** What is said of causes: volumes by seam, the rest by number. */
interface Said {
  readonly volumes: ReadonlyMap<string, readonly SeamVolume[]>;
  readonly notes: ReadonlyMap<string, readonly SignatureNote[]>;
  readonly accepted: ReadonlyMap<string, readonly Acceptance[]>;
}

/** A cause as it was made last, and from what. */
interface Made {
  readonly shown: readonly SignatureRecord[];
  readonly cause: WireCause;
}

// By the first record that is shown. Records never change, so that a cause of the same records, and
// of which the same is said, is the same cause.
const made = new WeakMap<SignatureRecord, Made>();

function causeOf(
  { volumes, notes, accepted }: Said,
  records: readonly SignatureRecord[],
  shown: readonly SignatureRecord[],
): WireCause {
  const [first] = shown as [SignatureRecord];
  const acceptance = first.isNoise ? null : saidOf(accepted, first);
  const note = saidOf(notes, first);
  const before = made.get(first);
  const isSame = before !== undefined && isEqual(before.shown, shown);
  const { record, proposal } = isSame ? before.cause : mergedCause(shown);
  const state = signatureState(records, volumes.get(first.seam) ?? [], {
    isAccepted: acceptance !== null && isCovered(records, acceptance),
    isExplained: note !== null || proposal !== null,
  });
  if (isSame && before.cause.state === state) {
    const isSaid = isAlike(before.cause.acceptance, acceptance) && isAlike(before.cause.note, note);
    if (isSaid) return before.cause;
  }
  const cause = { record, state, acceptance, proposal, note };
  made.set(first, { shown, cause });
  return cause;
}

/** What is said is read anew each time; of most causes nothing is said at all. */
function isAlike(a: object | null, b: object | null): boolean {
  return a === b || (a !== null && b !== null && JSON.stringify(a) === JSON.stringify(b));
}

function isEqual(a: readonly SignatureRecord[], b: readonly SignatureRecord[]): boolean {
  return a.length === b.length && a.every((record, i) => record === b[i]);
}

/** All epochs that are shown as one record, and the rule that would excuse it. */
function mergedCause(shown: readonly SignatureRecord[]): Pick<WireCause, 'record' | 'proposal'> {
  const inOrder = [...shown].sort((a, b) => a.epoch - b.epoch);
  const record = inOrder.reduce((sum, next) => ({
    ...mergeSignatures(sum, next),
    epoch: next.epoch,
    // What an older build did is not what is there to be accepted now.
    shapes: next.shapes,
  }));
  const proposed = proposeRule(record);
  const proposal = proposed && { rule: JSON.stringify(proposed.rule), because: proposed.because };
  return { record, proposal };
}

/** The last word of those about a cause; `null` when there is none. */
function saidOf<T extends { readonly seam: string }>(
  said: ReadonlyMap<string, readonly T[]>,
  { id, seam }: SignatureRecord,
): T | null {
  return said.get(id)?.findLast((each) => each.seam === seam) ?? null;
}

/** False once it comes in a shape that nobody accepted: that is counted as a difference again. */
function isCovered(records: readonly SignatureRecord[], { shapes }: Acceptance): boolean {
  const present = Math.max(...records.map(({ epoch }) => epoch));
  const seen = records.filter(({ epoch }) => epoch === present).flatMap((each) => each.shapes);
  return seen.every((shape) => shapes.includes(shape));
}
