import {
  addTallies,
  addVerdicts,
  mergeSignatures,
  mergeSketches,
  type NoisyPath,
  type SignatureRecord,
  type Tally,
} from '@falsework/core/evidence';
import type { FenceReason } from '@falsework/core/routing';
import type { EngineCounters, FenceUse, ShedCounts, ShedReason } from '@falsework/seam/engine';
import type { SeamSummary } from '@falsework/seam/plane';
import type { ReportFacts } from '../report/guard-report.ts';
import type { RouteFacts } from '../report/route-report.ts';
import type { SideFacts } from '../report/side-facts.ts';
import type { RouteCounts } from '../routes/route.ts';
import type { FailureCount, SideCounts } from '../sides/side-log.ts';

/** What several workers have seen, as if it were one guard that saw it. At least one. Pure. */
export function mergeFacts(all: readonly [ReportFacts, ...(readonly ReportFacts[])]): ReportFacts {
  return all.reduce((a, b): ReportFacts => {
    // Workers follow one control, and may be a moment apart.
    const later = b.snapshot.version > a.snapshot.version ? b : a;
    return {
      ...later,
      startedAt: Math.min(a.startedAt, b.startedAt),
      now: Math.max(a.now, b.now),
      retreat: a.retreat ?? b.retreat,
      sides: {
        legacy: mergeSides(a.sides.legacy, b.sides.legacy),
        candidate: mergeSides(a.sides.candidate, b.sides.candidate),
      },
      routes: mergeBy([...a.routes, ...b.routes], ({ name }) => name, mergeRoutes),
      capturedBytes: a.capturedBytes + b.capturedBytes,
      faults: a.faults + b.faults,
      fence: mergeFences(a.fence ?? null, b.fence ?? null),
    };
  });
}

function mergeFences(a: FenceUse | null, b: FenceUse | null): FenceUse | null {
  if (a === null || b === null) return a ?? b;
  const reasons = Object.keys(a.fenced) as FenceReason[];
  return {
    passed: a.passed + b.passed,
    fenced: Object.fromEntries(
      reasons.map((reason) => [reason, a.fenced[reason] + b.fenced[reason]]),
    ) as FenceUse['fenced'],
    waitedMs: mergeSketches(a.waitedMs, b.waitedMs),
  };
}

/** One row of what several saw of one route. */
export function mergeRoutes(a: RouteFacts, b: RouteFacts): RouteFacts {
  return {
    name: a.name,
    // Compared by one of them is compared.
    unproven: a.unproven === null ? null : b.unproven,
    counts: mergeCounts(a.counts, b.counts),
    summary: mergeSummaries(a.summary, b.summary),
    engine:
      a.engine === null || b.engine === null
        ? (a.engine ?? b.engine)
        : mergeEngines(a.engine, b.engine),
  };
}

function mergeCounts<Counts extends Readonly<RouteCounts>>(a: Counts, b: Counts): RouteCounts {
  const sums = Object.entries(a).map(([name, count]) => [
    name,
    count + b[name as keyof RouteCounts],
  ]);
  return Object.fromEntries(sums) as RouteCounts;
}

/** Evidence of an epoch that is over says nothing about the present one. */
function mergeSummaries(a: SeamSummary, b: SeamSummary): SeamSummary {
  if (a.epoch !== b.epoch) return a.epoch > b.epoch ? a : b;
  const add = (one: Stratum, other: Stratum): Stratum => {
    return { ...one, tally: addTallies(one.tally, other.tally) };
  };
  const sum = (one: NoisyPath, other: NoisyPath): NoisyPath => {
    return { ...one, count: one.count + other.count };
  };
  const byCount = (one: Counted, other: Counted): number => other.count - one.count;
  return {
    epoch: a.epoch,
    strata: mergeBy([...a.strata, ...b.strata], ({ stratum }) => stratum, add),
    signatures: mergeBy([...a.signatures, ...b.signatures], idOf, mergeSignatures).sort(byCount),
    noise: mergeBy([...a.noise, ...b.noise], placeOf, sum).sort(byCount),
  };
}

type Stratum = { readonly stratum: string; readonly tally: Tally };
type Counted = { readonly count: number };

const idOf = ({ id }: SignatureRecord): string => id;
const placeOf = ({ template, kind }: NoisyPath): string => `${template}\0${kind}`;

function mergeEngines(a: EngineCounters, b: EngineCounters): EngineCounters {
  const reasons = Object.keys(a.shed) as ShedReason[];
  return {
    verdicts: addVerdicts(a.verdicts, b.verdicts),
    shed: Object.fromEntries(
      reasons.map((reason) => [reason, a.shed[reason] + b.shed[reason]]),
    ) as ShedCounts,
    faults: a.faults + b.faults,
    queued: a.queued + b.queued,
    running: a.running + b.running,
    pausing: a.pausing + b.pausing,
    strays: a.strays + b.strays,
  };
}

function mergeSides(a: SideFacts, b: SideFacts): SideFacts {
  const counts = mergeSideCounts(a.counts, b.counts);
  const isLater = (b.health?.at ?? 0) > (a.health?.at ?? 0);
  const health = isLater ? b.health : a.health;
  if (a.shadows === undefined || b.shadows === undefined) return { ...a, counts, health };
  return { ...a, counts, health, shadows: mergeSideCounts(a.shadows, b.shadows) };
}

function mergeSideCounts(a: SideCounts, b: SideCounts): SideCounts {
  const add = (one: FailureCount, other: FailureCount): FailureCount => {
    return { ...one, count: one.count + other.count };
  };
  const failures = mergeBy(
    [...a.failures, ...b.failures],
    ({ kind, code }) => `${kind} ${code}`,
    add,
  );
  return {
    asked: a.asked + b.asked,
    answered: a.answered + b.answered,
    failures: failures.sort((one, other) => other.count - one.count),
  };
}

/** Each key once, in the order in which they first came. */
function mergeBy<Item>(
  items: readonly Item[],
  keyOf: (item: Item) => string,
  merge: (a: Item, b: Item) => Item,
): Item[] {
  const merged = new Map<string, Item>();
  for (const item of items) {
    const key = keyOf(item);
    const known = merged.get(key);
    merged.set(key, known === undefined ? item : merge(known, item));
  }
  return [...merged.values()];
}
