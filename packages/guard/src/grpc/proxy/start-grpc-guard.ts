import type { HealthReport } from '@falsework/core/evidence';
import type { Side } from '@falsework/core/routing';
import { CountedFence, createRedactor, type Host, systemHost } from '@falsework/seam/engine';
import { Plane } from '@falsework/seam/plane';
import { CertificateFiles } from '../../http/certificate.ts';
import type { RunningGuard } from '../../main.ts';
import type { Limits } from '../../options/limits.ts';
import { type GuardReport, guardReport } from '../../report/guard-report.ts';
import { CaptureBudget } from '../../shadow/capture.ts';
import { namesOf } from '../wire/metadata.ts';
import { GrpcEntrance } from './grpc-entrance.ts';
import { GrpcHealthChecks, type GrpcHealthSettings } from './grpc-health.ts';
import type { GrpcShadowContext } from './grpc-lane.ts';
import {
  checkNumbers,
  checkPlaces,
  firstSnapshot,
  type GrpcGuardOptions,
  limitsOf,
  sidesOf,
} from './grpc-options.ts';
import { type GrpcMethodReport, methodReport, routeFacts, statusReport } from './grpc-report.ts';
import { GrpcSide, type GrpcSides } from './grpc-side.ts';
import { MethodTable } from './method-table.ts';

/** A guard of gRPC as it runs. */
export interface RunningGrpcGuard extends RunningGuard {
  /** `host:port`, as gRPC clients take it. */
  readonly address: string;
  readonly methods: () => readonly GrpcMethodReport[];
  /** The last look at each side's health; `null` before it is known. */
  readonly health: () => Readonly<Record<Side, HealthReport | null>>;
  /** Failures of our own that were kept from callers. */
  readonly faults: () => number;
}

const MIB = 1024 * 1024;
const STOP_WITHIN_MS = 10_000;
// Evidence is worth a second even where callers used up the time that there was.
const LAST_REPORT_MS = 1_000;
const HEALTH: GrpcHealthSettings = { intervalMs: 5_000, timeoutMs: 2_000 };

/**
 * Starts a guard in front of two gRPC services: every kind of call passes as raw bytes, unary calls
 * of methods that change nothing are compared. Rejects with FW_GRPC_ADDRESS, FW_GRPC_OPTION,
 * FW_GRPC_NAME_UNKNOWN, FW_GUARD_SIDES_EQUAL, FW_GUARD_LOOP, FW_GUARD_OPTION, FW_GUARD_TLS,
 * FW_LISTEN or what wrong rules throw; nothing is left running then.
 *
 * ```ts
 * const guard = await startGrpcGuard({
 *   legacy: 'grpc://127.0.0.1:50051',
 *   candidate: 'grpc://127.0.0.1:50052',
 *   port: 50050,
 *   descriptors: loadDescriptorSet(readFileSync('set.binpb'), 'set.binpb'),
 * });
 * ```
 */
export async function startGrpcGuard(options: GrpcGuardOptions): Promise<RunningGrpcGuard> {
  const { host = '127.0.0.1', system = options.plane?.host ?? systemHost } = options;
  checkNumbers(options);
  const limits = limitsOf(options);
  const settings = sidesOf(options, limits);
  const sides: GrpcSides = {
    legacy: new GrpcSide('legacy', options.legacy, settings.legacy, system.clock),
    candidate: new GrpcSide('candidate', options.candidate, settings.candidate, system.clock),
  };
  checkPlaces({ host, port: options.port }, sides);
  const certificate = options.tls ? new CertificateFiles(options.tls, system) : null;
  const plane = options.plane ?? planeOf(options, system);
  const base: Base = { options, limits, plane, system, sides, certificate };
  let parts: Parts;
  let port: number;
  try {
    parts = assemble(base);
    port = await parts.entrance.listen(host, options.port);
  } catch (error) {
    if (options.plane === undefined) await plane.close({ withinMs: LAST_REPORT_MS });
    throw error;
  }
  parts.health.start();
  const { table, health, entrance } = parts;
  const address = `${host.includes(':') ? `[${host}]` : host}:${port}`;
  const url = `grpc${certificate === null ? '' : 's'}://${address}`;
  const startedAt = system.clock.now();
  const methods = () => table.entries().map((entry) => methodReport(entry, plane));
  let stopped: Promise<void> | null = null;
  return {
    url,
    port,
    address,
    plane,
    methods,
    report: () => reportOf(parts, methods(), { url, startedAt, now: system.clock.now() }),
    health: () => ({
      legacy: health.of('legacy').report(),
      candidate: health.of('candidate').report(),
    }),
    faults: () => entrance.faults,
    settled: async () => {
      await Promise.all(enginesOf(parts).map((engine) => engine.settled()));
    },
    stop: ({ withinMs = STOP_WITHIN_MS } = {}) => {
      stopped ??= stop(parts, withinMs);
      return stopped;
    },
  };
}

/** What the parts are made from. */
interface Base {
  readonly options: GrpcGuardOptions;
  readonly limits: Limits;
  readonly plane: Plane;
  readonly system: Host;
  readonly sides: GrpcSides;
  readonly certificate: CertificateFiles | null;
}

/** The parts of one guard. */
interface Parts extends Base {
  readonly budget: CaptureBudget;
  readonly table: MethodTable;
  readonly shadowing: GrpcShadowContext;
  readonly entrance: GrpcEntrance;
  readonly health: GrpcHealthChecks;
}

function assemble(base: Base): Parts {
  const { options, limits, plane, system, sides, certificate } = base;
  const { maxMessageBytes = 64 * MIB, maxBodyBytes = MIB, candidateTimeoutMs = 1_000 } = options;
  const budget = new CaptureBudget(options.captureBytesMax ?? 64 * MIB);
  const shadowing = shadowContext(base, budget);
  const table = new MethodTable({
    descriptors: options.descriptors ?? null,
    methods: options.methods ?? {},
    defaults: options.defaults ?? {},
    shadowing,
    keyHeader: options.keyHeader?.toLowerCase() ?? null,
    shadowsCarryCredentials: options.shadowsCarryCredentials ?? false,
  });
  const named = (side: Side) => (options.namesSide === true ? { 'falsework-side': side } : {});
  const added = { legacy: named('legacy'), candidate: named('candidate') };
  const { clock } = system;
  const entrance = new GrpcEntrance({
    host: system,
    load: plane.load,
    table,
    passing: { clock, sides, added, messageBytesMax: maxMessageBytes, candidateTimeoutMs },
    timeoutMsMax: options.timeoutMsMax ?? null,
    budget,
    bodyBytesMax: maxBodyBytes,
    certificate,
    limits,
  });
  const { health: settings = HEALTH } = options;
  const { buildHeader } = shadowing;
  const health = new GrpcHealthChecks({ host: system, plane, sides, settings, buildHeader });
  return { ...base, budget, table, shadowing, entrance, health };
}

function shadowContext(
  { options, plane, system, sides }: Base,
  budget: CaptureBudget,
): GrpcShadowContext {
  const { ignoredTrailers = [], buildHeader = 'falsework-build' } = options;
  const isIgnored = namesOf(ignoredTrailers);
  return {
    host: system,
    plane,
    sides,
    budget,
    redactor: createRedactor({ salt: String(system.random.next()) }),
    bodyBytesMax: options.maxBodyBytes ?? MIB,
    fence: options.fence ? new CountedFence(options.fence, system.clock) : null,
    isTrailerCompared: (name) => !isIgnored(name),
    buildHeader: buildHeader.toLowerCase(),
  };
}

function planeOf(options: GrpcGuardOptions, host: Host): Plane {
  const { link } = options;
  const snapshot = firstSnapshot(options);
  return new Plane({ host, snapshot, ...(link === undefined ? {} : { link }) });
}

function enginesOf({ table }: Parts) {
  return table.entries().flatMap(({ lane }) => (lane === null ? [] : [lane.engine]));
}

function reportOf(
  { plane, sides, health, budget, entrance, shadowing }: Parts,
  methods: readonly GrpcMethodReport[],
  when: { readonly url: string; readonly startedAt: number; readonly now: number },
): GuardReport {
  const side = (name: Side) => ({
    origin: sides[name].origin,
    counts: sides[name].log.read(),
    health: health.of(name).report(),
  });
  const report = guardReport({
    ...when,
    snapshot: plane.snapshot,
    retreat: plane.retreat,
    sides: { legacy: side('legacy'), candidate: side('candidate') },
    routes: methods.map(routeFacts),
    capturedBytes: budget.bytes,
    faults: entrance.faults,
    fence: shadowing.fence?.use() ?? null,
  });
  return { ...report, statuses: methods.map(statusReport) };
}

async function stop(parts: Parts, withinMs: number): Promise<void> {
  const { options, plane, system, sides, health, entrance } = parts;
  const untilMs = system.clock.monotonicMs() + withinMs;
  const left = (): number => Math.max(0, untilMs - system.clock.monotonicMs());
  health.stop();
  // Callers first: what they take of the time, shadows do without.
  await entrance.close({ withinMs });
  const closing = { withinMs: left() };
  await Promise.all(enginesOf(parts).map((engine) => engine.close(closing)));
  if (options.plane === undefined) {
    await plane.close({ withinMs: Math.max(left(), LAST_REPORT_MS) });
  }
  for (const side of Object.values(sides)) side.destroy();
}
