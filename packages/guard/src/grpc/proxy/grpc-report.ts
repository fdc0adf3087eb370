import type { EngineCounters } from '@falsework/seam/engine';
import type { Plane, SeamSummary } from '@falsework/seam/plane';
import type { RouteFacts } from '../../report/route-report.ts';
import type { StatusReport } from '../../report/status-lines.ts';
import type { UnprovenReason } from '../../routes/route.ts';
import type { MethodCounts, StatusCounts } from './method-counts.ts';
import type { MethodUnproven } from './method-settings.ts';
import type { MethodEntry } from './method-table.ts';

/** What was seen of one method. */
export interface GrpcMethodReport {
  /** `pkg.Service/Method`. */
  readonly name: string;
  /** Why it is not compared; `null` when it is. */
  readonly unproven: MethodUnproven | null;
  readonly counts: Readonly<MethodCounts>;
  /** How often callers were told each status, by the side that served. */
  readonly statuses: Readonly<StatusCounts>;
  readonly summary: SeamSummary;
  /** `null` as long as nothing was compared. */
  readonly engine: EngineCounters | null;
}

/** What was seen of one method. O(causes). */
export function methodReport(entry: MethodEntry, plane: Plane): GrpcMethodReport {
  const { name, compiled, counts, statuses, lane } = entry;
  return {
    name,
    unproven: compiled.unproven,
    counts: { ...counts },
    statuses: { legacy: { ...statuses.legacy }, candidate: { ...statuses.candidate } },
    summary: plane.seam(name).summary(),
    engine: lane?.engine.counters() ?? null,
  };
}

// The words that the reports of all guards share.
const UNPROVEN: Readonly<Record<MethodUnproven, UnprovenReason>> = {
  undeclared: 'write',
  streaming: 'stream',
  'dry-run': 'dry-run',
  follow: 'follow',
};

/** A method as the row of a report that routes have too. */
export function routeFacts({
  name,
  unproven,
  counts,
  summary,
  engine,
}: GrpcMethodReport): RouteFacts {
  const { sampled: _sampled, ...shared } = counts;
  const streams = unproven === 'streaming' ? counts.legacy + counts.candidate : 0;
  return {
    name,
    unproven: unproven === null ? null : UNPROVEN[unproven],
    // A call of gRPC has no validators, and its method is known before it is answered.
    counts: { ...shared, conditional: 0, early: 0, streams },
    summary,
    engine,
  };
}

/** How callers of a method were answered, whoever did. */
export function statusReport({ name, statuses }: GrpcMethodReport): StatusReport {
  const sums: Record<string, number> = {};
  for (const side of [statuses.legacy, statuses.candidate]) {
    for (const [code, count] of Object.entries(side)) sums[code] = (sums[code] ?? 0) + count;
  }
  return { method: name, statuses: sums };
}
