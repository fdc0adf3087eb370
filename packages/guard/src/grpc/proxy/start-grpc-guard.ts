import { fault } from '@falsework/core/errors';
import type { HealthReport } from '@falsework/core/evidence';
import type { ControlLink } from '@falsework/core/ports';
import type { Side, Snapshot } from '@falsework/core/routing';
import { createRedactor, type EngineCounters, type Host, systemHost } from '@falsework/seam/engine';
import { Plane, type SeamSummary } from '@falsework/seam/plane';
import { CaptureBudget } from '../../shadow/capture.ts';
import type { DescriptorSet } from '../descriptors/load-descriptor-set.ts';
import { GrpcChannel, grpcOrigin } from '../wire/channel.ts';
import { CREDENTIALS, type MetadataList, metadataFilter, namesOf } from '../wire/metadata.ts';
import { GrpcEntrance } from './grpc-entrance.ts';
import { GrpcHealthChecks, type GrpcHealthSettings } from './grpc-health.ts';
import type { GrpcShadowContext } from './grpc-lane.ts';
import type { GrpcMethodSettings } from './method-settings.ts';
import { type MethodCounts, MethodTable } from './method-table.ts';

/** How to run a guard in front of two gRPC services. */
export interface GrpcGuardOptions {
  /** Origins such as `grpc://ledger-v2:50051`. */
  readonly legacy: string;
  readonly candidate: string;
  /** 0 takes any free port. */
  readonly port: number;
  /** The address to listen on. Loopback unless said otherwise. */
  readonly host?: string;
  /** With it answers are compared as canonical JSON; without, as bytes. */
  readonly descriptors?: DescriptorSet;
  /** By name, as `pkg.Service/Method`. */
  readonly methods?: Readonly<Record<string, GrpcMethodSettings>>;
  /** For methods that are not named. */
  readonly defaults?: GrpcMethodSettings;
  /** Metadata that passes to each side. */
  readonly metadata?: Partial<Readonly<Record<Side, MetadataList>>>;
  /** True to send credentials with shadows too: to a side that must not serve, by default not. */
  readonly shadowsCarryCredentials?: boolean;
  /** Trailers that are not compared; `x-*` means all that begin so. */
  readonly ignoredTrailers?: readonly string[];
  /** The metadata in which a call names its entity, so that the entity stays on one side. */
  readonly keyHeader?: string;
  /** The metadata in which a side names its build. */
  readonly buildHeader?: string;
  /** The longest message that is passed on, 64 MiB by default. It is not kept. */
  readonly maxMessageBytes?: number;
  /** The longest body that is compared, 1 MiB by default. */
  readonly maxBodyBytes?: number;
  /** Bytes that all bodies kept for comparing may hold together. */
  readonly captureBytesMax?: number;
  /** The longest that any call may take; by default only its caller says. */
  readonly timeoutMsMax?: number;
  /** How both sides are asked whether they live: every five seconds when left out. */
  readonly health?: GrpcHealthSettings;
  /** Whether answers name their side in `falsework-side`. */
  readonly namesSide?: boolean;
  /** The plane of a guard that has one already; the rest of this block is then not looked at. */
  readonly plane?: Plane;
  readonly link?: ControlLink;
  readonly snapshot?: Snapshot;
  readonly system?: Host;
}

/** What was seen of one method. */
export interface GrpcMethodReport {
  /** `pkg.Service/Method`. */
  readonly name: string;
  /** Why it is not compared; `null` when it is. */
  readonly unproven: 'undeclared' | 'streaming' | null;
  readonly counts: Readonly<MethodCounts>;
  readonly summary: SeamSummary;
  /** `null` as long as nothing was compared. */
  readonly engine: EngineCounters | null;
}

/** A guard as it runs. */
export interface RunningGrpcGuard {
  readonly port: number;
  /** `host:port`, as gRPC clients take it. */
  readonly address: string;
  readonly plane: Plane;
  readonly methods: () => readonly GrpcMethodReport[];
  /** The last look at each side's health; `null` before it is known. */
  readonly health: () => Readonly<Record<Side, HealthReport | null>>;
  /** Failures of our own that were kept from callers. */
  readonly faults: () => number;
  /** Resolves when everything chosen for comparing so far has been compared. */
  readonly settled: () => Promise<void>;
  /**
   * Takes no further callers, lets calls and shadows finish for at most `withinMs`, then closes.
   */
  readonly stop: (options?: { readonly withinMs?: number }) => Promise<void>;
}

const MIB = 1024 * 1024;
const STOP_WITHIN_MS = 10_000;
const HEALTH: GrpcHealthSettings = { intervalMs: 5_000, timeoutMs: 2_000 };

/**
 * Starts a guard in front of two gRPC services: every kind of call passes as raw bytes, unary calls
 * of methods that change nothing are compared. Rejects with FW_GRPC_ADDRESS, FW_GRPC_OPTION,
 * FW_GRPC_NAME_UNKNOWN, FW_LISTEN or what wrong rules throw; nothing is left running then.
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
  const origins = originsOf(options);
  checkNumbers(options);
  const plane = options.plane ?? planeOf(options, system);
  const closePlane = async (): Promise<void> => {
    if (options.plane === undefined) await plane.close({ withinMs: 1_000 });
  };
  const channelsOf = () => channelsTo(origins, system);
  // Each has connections of its own, so that none waits behind another.
  const [serving, shadowing, probing] = [channelsOf(), channelsOf(), channelsOf()];
  const destroy = (): void => {
    for (const channels of [serving, shadowing, probing]) {
      channels.legacy.destroy();
      channels.candidate.destroy();
    }
  };
  let table: MethodTable;
  let entrance: GrpcEntrance;
  let port: number;
  try {
    table = tableOf(options, shadowContext(options, { plane, system, channels: shadowing }));
    entrance = entranceOf(options, { table, system, channels: serving });
    port = await entrance.listen(host, options.port);
  } catch (error) {
    destroy();
    await closePlane();
    throw error;
  }
  const { health: settings = HEALTH } = options;
  const buildHeader = buildHeaderOf(options);
  const health = new GrpcHealthChecks({
    host: system,
    plane,
    channels: probing,
    settings,
    buildHeader,
  });
  health.start();
  const engines = () => table.entries().flatMap(({ lane }) => (lane === null ? [] : [lane.engine]));
  let stopped: Promise<void> | null = null;
  const stop = async (withinMs: number): Promise<void> => {
    const untilMs = system.clock.monotonicMs() + withinMs;
    health.stop();
    await entrance.close({ withinMs });
    const left = { withinMs: Math.max(0, untilMs - system.clock.monotonicMs()) };
    await Promise.all(engines().map((engine) => engine.close(left)));
    await closePlane();
    destroy();
  };
  return {
    port,
    address: `${host.includes(':') ? `[${host}]` : host}:${port}`,
    plane,
    methods: () => table.entries().map((entry) => reportOf(entry, plane)),
    health: () => ({
      legacy: health.of('legacy').report(),
      candidate: health.of('candidate').report(),
    }),
    faults: () => entrance.faults,
    settled: async () => {
      await Promise.all(engines().map((engine) => engine.settled()));
    },
    stop: ({ withinMs = STOP_WITHIN_MS } = {}) => {
      stopped ??= stop(withinMs);
      return stopped;
    },
  };
}

function originsOf(options: GrpcGuardOptions): Record<Side, string> {
  return {
    legacy: grpcOrigin('legacy', options.legacy),
    candidate: grpcOrigin('candidate', options.candidate),
  };
}

function channelsTo(origins: Record<Side, string>, { clock }: Host): Record<Side, GrpcChannel> {
  return {
    legacy: new GrpcChannel(origins.legacy, clock),
    candidate: new GrpcChannel(origins.candidate, clock),
  };
}

function planeOf({ link, snapshot }: GrpcGuardOptions, host: Host): Plane {
  return new Plane({
    host,
    ...(link === undefined ? {} : { link }),
    ...(snapshot === undefined ? {} : { snapshot }),
  });
}

function buildHeaderOf({ buildHeader = 'falsework-build' }: GrpcGuardOptions): string {
  return buildHeader.toLowerCase();
}

interface Built {
  readonly system: Host;
  readonly channels: Record<Side, GrpcChannel>;
}

function shadowContext(
  options: GrpcGuardOptions,
  { plane, system, channels }: Built & { readonly plane: Plane },
): GrpcShadowContext {
  const { maxBodyBytes = MIB, captureBytesMax = 64 * MIB, ignoredTrailers = [] } = options;
  const isIgnored = namesOf(ignoredTrailers);
  const hidden = options.shadowsCarryCredentials === true ? [] : CREDENTIALS;
  const filterOf = (side: Side) => {
    const list = options.metadata?.[side] ?? {};
    return metadataFilter({ ...list, deny: [...(list.deny ?? []), ...hidden] });
  };
  return {
    host: system,
    plane,
    channels,
    filters: { legacy: filterOf('legacy'), candidate: filterOf('candidate') },
    budget: new CaptureBudget(captureBytesMax),
    redactor: createRedactor({ salt: String(system.random.next()) }),
    bodyBytesMax: maxBodyBytes,
    isTrailerCompared: (name) => !isIgnored(name),
    buildHeader: buildHeaderOf(options),
  };
}

function tableOf(options: GrpcGuardOptions, shadowing: GrpcShadowContext): MethodTable {
  const { descriptors = null, methods = {}, defaults = {} } = options;
  return new MethodTable({ descriptors, methods, defaults, shadowing });
}

function entranceOf(
  options: GrpcGuardOptions,
  { table, system, channels }: Built & { readonly table: MethodTable },
): GrpcEntrance {
  const { metadata = {}, maxMessageBytes = 64 * MIB, timeoutMsMax = null } = options;
  const named = (side: Side) => (options.namesSide === true ? { 'falsework-side': side } : {});
  return new GrpcEntrance({
    clock: system.clock,
    table,
    keyHeader: options.keyHeader?.toLowerCase() ?? null,
    passing: {
      clock: system.clock,
      channels,
      filters: {
        legacy: metadataFilter(metadata.legacy ?? {}),
        candidate: metadataFilter(metadata.candidate ?? {}),
      },
      added: { legacy: named('legacy'), candidate: named('candidate') },
      messageBytesMax: maxMessageBytes,
      timeoutMsMax,
    },
  });
}

function reportOf(
  { name, compiled, counts, lane }: ReturnType<MethodTable['entries']>[number],
  plane: Plane,
): GrpcMethodReport {
  return {
    name,
    unproven: compiled.unproven,
    counts: { ...counts },
    summary: plane.seam(name).summary(),
    engine: lane?.engine.counters() ?? null,
  };
}

// The longest delay that a timer can have, and the longest message that gRPC's prefix can say.
const TIMER_MAX = 2 ** 31 - 1;
const MESSAGE_BYTES_MAX = 2 ** 32 - 1;

function checkNumbers(options: GrpcGuardOptions): void {
  const { port, maxMessageBytes, maxBodyBytes, captureBytesMax, timeoutMsMax, health } = options;
  checkWhole('port', port, 0, 65_535);
  checkWhole('maxMessageBytes', maxMessageBytes, 1, MESSAGE_BYTES_MAX);
  checkWhole('maxBodyBytes', maxBodyBytes, 1, MESSAGE_BYTES_MAX);
  checkWhole('captureBytesMax', captureBytesMax, 1, Number.MAX_SAFE_INTEGER);
  checkWhole('timeoutMsMax', timeoutMsMax, 1, TIMER_MAX);
  checkWhole('health.intervalMs', health?.intervalMs, 1, TIMER_MAX);
  checkWhole('health.timeoutMs', health?.timeoutMs, 1, TIMER_MAX);
}

function checkWhole(option: string, value: number | undefined, low: number, high: number): void {
  if (value === undefined || (Number.isInteger(value) && value >= low && value <= high)) return;
  const expected = `a whole number from ${low} to ${high}`;
  throw fault('FW_GRPC_OPTION', { option, got: String(value), expected });
}
