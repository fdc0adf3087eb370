import type { PlaneRetreat } from '@falsework/core/evidence';
import type { Instant } from '@falsework/core/ports';
import type { FenceCounts, Side, Snapshot } from '@falsework/core/routing';
import type { Stage } from '@falsework/core/stage';
import type { FenceUse } from '@falsework/seam/engine';
import type { StoppedRoute } from '../orders/order.ts';
import type { UnprovenReason } from '../routes/route.ts';
import type { WritesReport } from '../writes/guard-writes.ts';
import {
  type LatencyReport,
  latencyOf,
  type RouteFacts,
  type RouteReport,
  routeReport,
} from './route-report.ts';
import type { SideFacts } from './side-facts.ts';
import { sideWords } from './side-words.ts';
import type { StatusReport } from './status-lines.ts';

/** What a report is made from, read off a running guard. */
export interface ReportFacts {
  /** Where callers connect. */
  readonly url: string;
  readonly startedAt: Instant;
  readonly now: Instant;
  readonly snapshot: Snapshot;
  readonly retreat: PlaneRetreat | null;
  readonly sides: Readonly<Record<Side, SideFacts>>;
  readonly routes: readonly RouteFacts[];
  /** Bytes of answers kept for comparing now. */
  readonly capturedBytes: number;
  /** Failures of our own outside of any route. */
  readonly faults: number;
  /** What the fence was asked; `null` or left out where there is none. */
  readonly fence?: FenceUse | null;
  /** `null` or left out where no route is followed. */
  readonly writes?: WritesReport | null;
  /** Routes whose shadows are stopped. */
  readonly stopped?: readonly StoppedRoute[];
}

/** One side in a report. */
export interface SideReport extends SideFacts {
  /**
   * What happened to it, in sentences: `candidate refused 4,120 of 4,120 connections
   * (ECONNREFUSED)`.
   */
  readonly words: readonly string[];
}

/** The processes of a guard that has several. */
export interface WorkerCounts {
  readonly running: number;
  /** Died and replaced since the guard began. */
  readonly died: number;
}

/** A route whose answers are not compared. */
export interface UnprovenRoute {
  readonly route: string;
  readonly because: UnprovenReason;
  readonly requests: number;
}

/** How often the candidate's store was too far behind for a read, by what both stores said. */
export interface FenceReport {
  /** Reads of the candidate's share for which its store was found fit. */
  readonly passed: number;
  /**
   * Reads for which its store was not, by reason. Where the candidate takes the writes, `unknown`
   * keeps nobody from it.
   */
  readonly fenced: FenceCounts;
  /** How long callers waited to be told which. */
  readonly waited: LatencyReport;
}

/** Everything a guard has seen, as plain data. The keys are stable; new ones may be added. */
export interface GuardReport {
  readonly url: string;
  readonly startedAt: Instant;
  readonly at: Instant;
  readonly forMs: number;
  readonly stage: Stage;
  /** Share of traffic that the candidate serves, 0 to 100. */
  readonly percent: number;
  /** Share of reads that are compared, 0 to 1. */
  readonly sample: number;
  readonly epoch: number;
  /** Calls served, by side, and those of them that failed. */
  readonly requests: number;
  readonly served: Readonly<Record<Side, number>>;
  readonly failed: Readonly<Record<Side, number>>;
  /** Reads that legacy answered after the candidate had failed. */
  readonly fallbacks: number;
  /** Reads kept with legacy, because a write on their key had not reached the candidate. */
  readonly fenced: number;
  /** What the stores said of reads before the candidate had them; `null` where nobody asks. */
  readonly fence: FenceReport | null;
  readonly compared: number;
  readonly differing: number;
  /** Causes of differences over all routes. */
  readonly causes: number;
  /** Chosen for comparing, but not compared. */
  readonly shed: number;
  readonly timedOut: number;
  /** Chosen for comparing, but not comparable, or asked before their path was a route. */
  readonly conditional: number;
  readonly early: number;
  /** Chosen for comparing, but with credentials that shadows may not carry. */
  readonly credentials: number;
  /** Failures of our own, kept from callers. */
  readonly faults: number;
  /** Routes that are compared, busiest first. */
  readonly routes: readonly RouteReport[];
  /** Routes that are not, busiest first. */
  readonly unproven: readonly UnprovenRoute[];
  readonly sides: Readonly<Record<Side, SideReport>>;
  /** The guard's own retreat to legacy; `null` when there was none. */
  readonly retreat: PlaneRetreat | null;
  readonly capturedBytes: number;
  /** Writes to two stores; `null` where no route is followed. */
  readonly writes: WritesReport | null;
  /** Routes whose shadows are stopped, because their candidate did not honour a dry run. */
  readonly stopped: readonly StoppedRoute[];
  /** Its processes; left out where it has only this one. */
  readonly workers?: WorkerCounts;
  /** How callers of each method were answered; of a guard of gRPC only. */
  readonly statuses?: readonly StatusReport[];
}

/** Makes a report of facts. Pure. */
export function guardReport(facts: ReportFacts): GuardReport {
  const { snapshot, now, startedAt, sides } = facts;
  const proven = facts.routes.filter(({ unproven }) => unproven === null);
  const routes = proven.map((route) => routeReport(route, snapshot.alarm.rateOk));
  const sum = (of: (route: RouteReport) => number): number =>
    routes.reduce((total, route) => total + of(route), 0);
  return {
    url: facts.url,
    startedAt,
    at: now,
    forMs: now - startedAt,
    stage: snapshot.stage,
    percent: snapshot.percent,
    sample: snapshot.shadow.sample,
    epoch: snapshot.epoch,
    ...servedBy(facts.routes),
    fenced: sum((route) => route.fenced),
    fence: fenceOf(facts.fence ?? null),
    compared: sum((route) => route.compared),
    differing: sum((route) => route.differing),
    causes: sum((route) => route.causes.length),
    shed: sum((route) => route.verdicts.shed),
    timedOut: sum((route) => route.verdicts.timeout),
    conditional: sum((route) => route.conditional),
    early: sum((route) => route.early),
    credentials: sum((route) => route.credentials),
    faults: facts.faults + sum((route) => route.faults),
    routes: routes.sort((a, b) => b.requests - a.requests || byName(a.seam, b.seam)),
    unproven: unprovenOf(facts.routes),
    sides: {
      legacy: { ...sides.legacy, words: sideWords('legacy', sides.legacy) },
      candidate: { ...sides.candidate, words: sideWords('candidate', sides.candidate) },
    },
    retreat: facts.retreat,
    capturedBytes: facts.capturedBytes,
    writes: facts.writes ?? null,
    stopped: facts.stopped ?? [],
  };
}

function fenceOf(use: FenceUse | null): FenceReport | null {
  if (use === null) return null;
  const { passed, fenced, waitedMs } = use;
  return { passed, fenced, waited: latencyOf(waitedMs) };
}

function servedBy(
  routes: readonly RouteFacts[],
): Pick<GuardReport, 'requests' | 'served' | 'failed' | 'fallbacks'> {
  const total = { legacy: 0, candidate: 0, legacyFailed: 0, candidateFailed: 0, fallbacks: 0 };
  for (const { counts } of routes) {
    for (const name of Object.keys(total) as (keyof typeof total)[]) total[name] += counts[name];
  }
  const { legacy, candidate, legacyFailed, candidateFailed, fallbacks } = total;
  return {
    // A read that fell back was tried on both sides, and is one request.
    requests: legacy + candidate - fallbacks,
    served: { legacy, candidate },
    failed: { legacy: legacyFailed, candidate: candidateFailed },
    fallbacks,
  };
}

function unprovenOf(routes: readonly RouteFacts[]): UnprovenRoute[] {
  const rows = routes.flatMap(({ name, unproven, counts }) => {
    const requests = counts.legacy + counts.candidate - counts.fallbacks;
    return unproven === null || requests === 0
      ? []
      : [{ route: name, because: unproven, requests }];
  });
  return rows.sort((a, b) => b.requests - a.requests || byName(a.route, b.route));
}

function byName(a: string, b: string): number {
  return a < b ? -1 : 1;
}
