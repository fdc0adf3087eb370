import type { Instant } from '@falsework/core/ports';
import type { Side } from '@falsework/core/routing';
import { CountedFence, createRedactor } from '@falsework/seam/engine';
import { Plane } from '@falsework/seam/plane';
import { CertificateFiles } from './http/certificate.ts';
import { Entrance } from './http/entrance.ts';
import { type Follow, openWrites } from './http/open-writes.ts';
import { isUnix } from './http/unix-address.ts';
import { checkOptions, type GuardSettings } from './options/check-options.ts';
import type { GuardOptions } from './options/guard-options.ts';
import { stoppedRoutes } from './orders/order-desk.ts';
import { type GuardReport, guardReport, type ReportFacts } from './report/guard-report.ts';
import type { RouteFacts } from './report/route-report.ts';
import type { Route } from './routes/route.ts';
import { RouteTable } from './routes/route-table.ts';
import { contextsOf, healthOf, type Upstreams, upstreamsOf } from './running/fittings.ts';
import { type Renewable, renew } from './running/renew.ts';
import { CaptureBudget } from './shadow/capture.ts';
import type { ShadowLane } from './shadow/shadow-lane.ts';
import { mergeRoutes } from './workers/merge-facts.ts';

export type { TlsSettings } from './http/certificate.ts';
export type { TrustedForwarding } from './http/forwarding.ts';
export type { GuardOptions } from './options/guard-options.ts';
export type { Limits } from './options/limits.ts';
export type { OpenWrites, StoppedRoute, WriteOrder } from './orders/order.ts';
export { openWritesAt, orderWrites } from './orders/order-client.ts';
export type {
  FenceReport,
  GuardReport,
  ReportFacts,
  SideReport,
  UnprovenRoute,
  WorkerCounts,
} from './report/guard-report.ts';
export { ALL_TEXT, reportText, type TextOptions } from './report/report-text.ts';
export type { CauseReport, LatencyReport, RouteReport } from './report/route-report.ts';
export type { SideFacts } from './report/side-facts.ts';
export type { KeySource } from './routes/key-source.ts';
export type { RouteCounts, UnprovenReason } from './routes/route.ts';
export type { RoutePattern, RouteSegment, RouteSettings } from './routes/route-settings.ts';
export { type ReplayOptions, replay } from './shadow/replay.ts';
export type { HeaderList } from './sides/header-list.ts';
export type { HealthSettings } from './sides/health-checks.ts';
export type { FailureKind, SideFailure } from './sides/side-failure.ts';
export type { FailureCount, SideCounts } from './sides/side-log.ts';
export type { SideSettings } from './sides/side-settings.ts';
export type { WritesReport } from './writes/guard-writes.ts';
export type { DeclaredIdentifiers } from './writes/identifiers/route-identifiers.ts';
export type { Debt, DebtSummary, OrderResult } from './writes/write-debts.ts';
export type { RouteWrites, WriteSettings } from './writes/write-settings.ts';

/** A guard as it runs. */
export interface RunningGuard {
  /** Where callers connect. */
  readonly url: string;
  /** The port that was really taken: with port 0 the system chose it. */
  readonly port: number;
  /** This process as control sees it. */
  readonly plane: Plane;
  /** What was seen so far. O(routes + causes). */
  readonly report: () => GuardReport;
  /**
   * Resolves when everything chosen for comparing so far has been compared: for tests and scripts.
   */
  readonly settled: () => Promise<void>;
  /**
   * Takes no further callers, lets requests and shadows under way finish for at most `withinMs`,
   * reports to control once more, and closes every connection. Calling it again waits for the same
   * end.
   */
  readonly stop: (options?: { readonly withinMs?: number }) => Promise<void>;
}

/** A guard between two HTTP services as it runs. */
export interface RunningHttpGuard extends RunningGuard {
  /** What the report is made from: what several guards saw can be made into one. */
  readonly facts: () => ReportFacts;
  /**
   * Goes over to other options without an end to any connection; `link` and `system` stay what they
   * are. Throws FW_GUARD_RELOAD for what can only be said at the start, and else what `startGuard`
   * rejects with; the guard goes on as it was then.
   */
  readonly reload: (options: GuardOptions) => void;
}

const STOP_WITHIN_MS = 10_000;
// Evidence is worth a second even where callers used up the time that there was.
const LAST_REPORT_MS = 1_000;

/**
 * Starts a guard in front of two services. Rejects with FW_GUARD_URL, FW_GUARD_SIDES_EQUAL,
 * FW_GUARD_LOOP, FW_GUARD_OPTION, FW_LISTEN, what wrong rules and paths throw, or what opening the
 * journal of writes rejects with; nothing is left
 * running then.
 *
 * ```ts
 * const guard = await startGuard({
 *   legacy: 'http://127.0.0.1:8080',
 *   candidate: 'http://127.0.0.1:8081',
 *   port: 8000,
 * });
 * console.log(reportText(guard.report()));
 * await guard.stop();
 * ```
 *
 */
export async function startGuard(options: GuardOptions): Promise<RunningHttpGuard> {
  const settings = checkOptions(options);
  const parts = await assemble(settings);
  const { entrance, plane, upstreams } = parts;
  let port: number;
  try {
    port = await entrance.listen(settings.host, settings.port);
  } catch (error) {
    await parts.follow?.close({ withinMs: 0 });
    await Promise.all([plane.close({ withinMs: 0 }), ...destroyAll(upstreams)]);
    throw error;
  }
  parts.health.start();
  const { host } = settings;
  const scheme = settings.tls === null ? 'http' : 'https';
  const url = isUnix(host)
    ? host
    : `${scheme}://${host.includes(':') ? `[${host}]` : host}:${port}`;
  const startedAt = settings.system.clock.now();
  const facts = (): ReportFacts =>
    factsOf(parts, { url, startedAt, now: settings.system.clock.now() });
  let stopped: Promise<void> | null = null;
  return {
    url,
    port,
    plane,
    report: () => guardReport(facts()),
    facts,
    reload: (renewed) => {
      const { link, system } = settings;
      renew(parts, checkOptions({ ...renewed, system, ...(link === undefined ? {} : { link }) }));
    },
    settled: async () => {
      await Promise.all(lanesOf(parts).map(({ engine }) => engine.settled()));
    },
    stop: ({ withinMs = STOP_WITHIN_MS } = {}) => {
      stopped ??= stop(parts, withinMs);
      return stopped;
    },
  };
}

/** The parts of one guard. */
interface Parts extends Renewable {
  readonly plane: Plane;
  readonly budget: CaptureBudget;
  readonly entrance: Entrance;
  readonly follow: Follow | null;
}

async function assemble(settings: GuardSettings): Promise<Parts> {
  const { system, snapshot, link } = settings;
  // Before the plane: rules that make no sense must not leave one behind.
  const table = new RouteTable(settings);
  const certificate = settings.tls === null ? null : new CertificateFiles(settings.tls, system);
  const plane = new Plane({ host: system, snapshot, ...(link === undefined ? {} : { link }) });
  const upstreams = upstreamsOf(settings);
  const follow = await openWrites(settings, plane, upstreams).catch(async (error: unknown) => {
    await Promise.all([plane.close({ withinMs: 0 }), ...destroyAll(upstreams)]);
    throw error;
  });
  const budget = new CaptureBudget(settings.captureBytesMax);
  const redactor = createRedactor({ salt: String(system.random.next()) });
  const { fence: given } = settings;
  const fence = given === null ? null : new CountedFence(given, system.clock);
  const { serving, shadowing } = contextsOf(settings, upstreams, {
    plane,
    budget,
    redactor,
    follow,
    fence,
  });
  const entrance = new Entrance({
    plane,
    table,
    serving,
    shadowing,
    limits: settings.limits,
    forwarded: settings.forwarded,
    certificate,
    follow,
  });
  const health = healthOf(settings, upstreams, shadowing);
  const renewable = { settings, table, upstreams, health, retired: [], serving, shadowing };
  return { ...renewable, plane, budget, entrance, follow };
}

function lanesOf({ table, retired }: Parts): ShadowLane[] {
  return [...table.routes(), ...retired].flatMap(({ lane }) => lane ?? []);
}

function factsOf(
  { plane, table, retired, upstreams, budget, health, entrance, follow, shadowing }: Parts,
  when: { readonly url: string; readonly startedAt: Instant; readonly now: Instant },
): ReportFacts {
  const side = (name: Side) => ({
    origin: upstreams[name].origin,
    counts: upstreams[name].log.read(),
    shadows: upstreams[name].shadowLog.read(),
    health: health.of(name).report(),
  });
  return {
    ...when,
    snapshot: plane.snapshot,
    retreat: plane.retreat,
    sides: { legacy: side('legacy'), candidate: side('candidate') },
    routes: rowsOf([...table.routes(), ...retired], plane),
    capturedBytes: budget.bytes,
    faults: entrance.faults,
    fence: shadowing.fence?.use() ?? null,
    writes: follow?.writes.report() ?? null,
    stopped: follow === null ? [] : stoppedRoutes(follow.interlocks),
  };
}

/** A row for each name. One name may be that of several routes where settings changed. */
function rowsOf(routes: readonly Route[], plane: Plane): RouteFacts[] {
  const rows = new Map<string, RouteFacts>();
  for (const { spec, unproven, counts, lane } of routes) {
    const engine = lane?.engine.counters() ?? null;
    const known = rows.get(spec.name);
    const row: RouteFacts = {
      name: spec.name,
      unproven,
      counts: { ...counts },
      // What was compared is the seam's, whichever route it was of.
      summary: known === undefined ? plane.seam(spec.name).summary() : NOTHING_COMPARED,
      engine,
    };
    rows.set(spec.name, known === undefined ? row : mergeRoutes(known, row));
  }
  return [...rows.values()];
}

const NOTHING_COMPARED: RouteFacts['summary'] = { epoch: 0, strata: [], signatures: [], noise: [] };

async function stop(parts: Parts, withinMs: number): Promise<void> {
  const { entrance, health, plane, upstreams, follow } = parts;
  const { clock } = plane.host;
  const untilMs = clock.monotonicMs() + withinMs;
  const left = (): number => Math.max(0, untilMs - clock.monotonicMs());
  health.stop();
  // Callers first: what they take of the time, shadows do without.
  await entrance.close({ withinMs });
  await follow?.close({ withinMs: left() });
  const closing = { withinMs: left() };
  await Promise.all(lanesOf(parts).map(({ engine }) => engine.close(closing)));
  await plane.close({ withinMs: Math.max(left(), LAST_REPORT_MS) });
  await Promise.all(destroyAll(upstreams));
}

function destroyAll(upstreams: Upstreams): Promise<void>[] {
  return Object.values(upstreams).map((upstream) => upstream.destroy());
}
