import { fault } from '@falsework/core/errors';
import { systemHost } from '@falsework/seam/engine';
import type { RunningGuard } from '../../main.ts';
import type { GrpcGuardOptions } from '../proxy/grpc-options.ts';
import { startGrpcGuard } from '../proxy/start-grpc-guard.ts';
import { reflectedDescriptors } from '../reflection/reflected-descriptors.ts';
import { type AnyGuardOptions, givenDescriptors } from './grpc-settings.ts';

/** Starts a guard between two gRPC services from options that guards of all kinds share. */
export async function startBetween(options: AnyGuardOptions): Promise<RunningGuard> {
  checkApplies(options);
  const { grpc, legacy, sides, system = systemHost } = options;
  const given = givenDescriptors(grpc ?? {});
  const descriptors =
    given === null && grpc?.reflection === true
      ? await reflectedDescriptors('legacy', legacy, { side: sides?.legacy, clock: system.clock })
      : given;
  return startGrpcGuard({ ...sharedOptions(options), ...(descriptors && { descriptors }) });
}

/** What is the same for HTTP and for gRPC, by the names of gRPC. */
function sharedOptions(options: AnyGuardOptions): GrpcGuardOptions {
  const { key, health, grpc, compare = [], redact = [] } = options;
  const { timeoutMsMax, methods = {} } = grpc ?? {};
  const common = { compare, redact };
  // As with routes: rules of every method, then its own; of two rules of one name the later stands.
  const own = Object.entries(methods).map(([name, settings]) => [
    name,
    {
      ...settings,
      compare: [...compare, ...(settings.compare ?? [])],
      redact: [...redact, ...(settings.redact ?? [])],
    },
  ]);
  const named = {
    host: options.host,
    tls: options.tls,
    sides: options.sides,
    limits: options.limits,
    shadowsCarryCredentials: options.shadowsCarryCredentials,
    ignoredTrailers: grpc?.ignoredTrailers,
    keyHeader: key?.name,
    buildHeader: options.buildHeader,
    maxMessageBytes: grpc?.maxMessageBytes,
    maxBodyBytes: options.maxBodyBytes,
    captureBytesMax: options.captureBytesMax,
    timeoutMsMax: timeoutMsMax ?? undefined,
    candidateTimeoutMs: options.candidateTimeoutMs,
    health: health && { intervalMs: health.intervalMs, timeoutMs: health.timeoutMs },
    link: options.link,
    snapshot: options.snapshot,
    sample: options.sample,
    fence: options.fence,
    system: options.system,
  };
  return {
    legacy: options.legacy,
    candidate: options.candidate,
    port: options.port,
    defaults: common,
    methods: Object.fromEntries(own),
    namesSide: options.namesSide ?? options.link !== undefined,
    ...withoutUndefined(named),
  };
}

/** Throws FW_GRPC_OPTION for what only HTTP has: it would silently change nothing. */
function checkApplies({ key, host = '', routes = [] }: AnyGuardOptions): void {
  if (key !== null && key !== undefined && key.from !== 'header') {
    refuse('key', `${key.from} ${key.name}`, 'the name of metadata: header(…)');
  }
  if (host.startsWith('unix:')) refuse('host', host, 'a host name or an IP address');
  const [route] = routes;
  if (route !== undefined) {
    refuse(
      'routes',
      route.seam,
      'left out: gRPC has methods, which are named under `grpc.methods`',
    );
  }
}

function refuse(option: string, got: string, expected: string): never {
  throw fault('FW_GRPC_OPTION', { option, got, expected });
}

type Given<Options> = { [Name in keyof Options]?: Exclude<Options[Name], undefined> };

/** An option given as undefined is an option left out. */
function withoutUndefined<Options extends object>(options: Options): Given<Options> {
  const entries = Object.entries(options).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as Given<Options>;
}
