import type { Instant } from '@falsework/core/ports';
import type { Side } from '@falsework/core/routing';
import { createRedactor } from '@falsework/seam/engine';
import { Plane } from '@falsework/seam/plane';
import { CertificateFiles } from './http/certificate.ts';
import { Entrance } from './http/entrance.ts';
import { type Follow, openWrites } from './http/open-writes.ts';
import { isUnix } from './http/unix-address.ts';
import { Upstream } from './http/upstream.ts';
import { checkOptions, type GuardSettings } from './options/check-options.ts';
import type { GuardOptions } from './options/guard-options.ts';
import { stoppedRoutes } from './orders/order-desk.ts';
import { type GuardReport, guardReport } from './report/guard-report.ts';
import { RouteTable } from './routes/route-table.ts';
import { CaptureBudget } from './shadow/capture.ts';
import type { ShadowContext } from './shadow/shadow-lane.ts';
import { HealthChecks } from './sides/health-checks.ts';

export type { TlsSettings } from './http/certificate.ts';
export type { TrustedForwarding } from './http/forwarding.ts';
export type { GuardOptions } from './options/guard-options.ts';
export type { Limits } from './options/limits.ts';
export type { OpenWrites, StoppedRoute, WriteOrder } from './orders/order.ts';
export { openWritesAt, orderWrites } from './orders/order-client.ts';
export type {
  GuardReport,
  SideReport,
  UnprovenRoute,
} from './report/guard-report.ts';
export { reportText, type TextOptions } from './report/report-text.ts';
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
export async function startGuard(options: GuardOptions): Promise<RunningGuard> {
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
  let stopped: Promise<void> | null = null;
  return {
    url,
    port,
    plane,
    report: () => reportOf(parts, { url, startedAt, now: settings.system.clock.now() }),
    settled: async () => {
      await Promise.all(parts.table.routes().map((route) => route.lane?.engine.settled()));
    },
    stop: ({ withinMs = STOP_WITHIN_MS } = {}) => {
      stopped ??= stop(parts, withinMs);
      return stopped;
    },
  };
}

/** The parts of one guard. */
interface Parts {
  readonly plane: Plane;
  readonly table: RouteTable;
  readonly upstreams: Readonly<Record<Side, Upstream>>;
  readonly budget: CaptureBudget;
  readonly entrance: Entrance;
  readonly health: HealthChecks;
  readonly follow: Follow | null;
}

async function assemble(settings: GuardSettings): Promise<Parts> {
  const { system, snapshot, link, buildHeader, headers } = settings;
  // Before the plane: rules that make no sense must not leave one behind.
  const table = new RouteTable(settings);
  const certificate = settings.tls === null ? null : new CertificateFiles(settings.tls, system);
  const plane = new Plane({ host: system, snapshot, ...(link === undefined ? {} : { link }) });
  const upstreams = {
    legacy: new Upstream('legacy', settings.legacy, settings.sides.legacy),
    candidate: new Upstream('candidate', settings.candidate, settings.sides.candidate),
  };
  const follow = await openWrites(settings, plane, upstreams).catch(async (error: unknown) => {
    await Promise.all([plane.close({ withinMs: 0 }), ...destroyAll(upstreams)]);
    throw error;
  });
  const budget = new CaptureBudget(settings.captureBytesMax);
  const shadowing: ShadowContext = {
    host: system,
    plane,
    upstreams,
    budget,
    redactor: createRedactor({ salt: String(system.random.next()) }),
    bodyBytesMax: settings.maxBodyBytes,
    headers,
    buildHeader,
    follow,
  };
  const named = (side: Side): string[] => (settings.namesSide ? ['Falsework-Side', side] : []);
  const serving = {
    clock: system.clock,
    upstreams,
    added: { legacy: named('legacy'), candidate: named('candidate') },
    candidateTimeoutMs: settings.candidateTimeoutMs,
  };
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
  const checks = { host: system, plane, upstreams, settings: settings.health, buildHeader };
  const health = new HealthChecks(checks);
  return { plane, table, upstreams, budget, entrance, health, follow };
}

function reportOf(
  { plane, table, upstreams, budget, health, entrance, follow }: Parts,
  when: { readonly url: string; readonly startedAt: Instant; readonly now: Instant },
): GuardReport {
  const side = (name: Side) => ({
    origin: upstreams[name].origin,
    counts: upstreams[name].log.read(),
    health: health.of(name).report(),
  });
  return guardReport({
    ...when,
    snapshot: plane.snapshot,
    retreat: plane.retreat,
    sides: { legacy: side('legacy'), candidate: side('candidate') },
    routes: table.routes().map((route) => ({
      name: route.spec.name,
      unproven: route.unproven,
      counts: { ...route.counts },
      summary: plane.seam(route.spec.name).summary(),
      engine: route.lane?.engine.counters() ?? null,
    })),
    capturedBytes: budget.bytes,
    faults: entrance.faults,
    writes: follow?.writes.report() ?? null,
    stopped: follow === null ? [] : stoppedRoutes(follow.interlocks),
  });
}

async function stop(
  { entrance, health, table, plane, upstreams, follow }: Parts,
  withinMs: number,
): Promise<void> {
  const { clock } = plane.host;
  const untilMs = clock.monotonicMs() + withinMs;
  const left = (): number => Math.max(0, untilMs - clock.monotonicMs());
  health.stop();
  // Callers first: what they take of the time, shadows do without.
  await entrance.close({ withinMs });
  await follow?.close({ withinMs: left() });
  const closing = { withinMs: left() };
  await Promise.all(table.routes().map((route) => route.lane?.engine.close(closing)));
  await plane.close({ withinMs: Math.max(left(), LAST_REPORT_MS) });
  await Promise.all(destroyAll(upstreams));
}

function destroyAll(upstreams: Parts['upstreams']): Promise<void>[] {
  return Object.values(upstreams).map((upstream) => upstream.destroy());
}
