import { fault } from '@falsework/core/errors';
import { systemHost } from '@falsework/seam/engine';
import { type GuardReport, type RunningGuard, startGuard } from '../../main.ts';
import { sideOptions } from '../../options/check-limits.ts';
import { DEFAULT_LIMITS } from '../../options/limits.ts';
import { type RunningBridge, startBridge } from '../bridge/start-bridge.ts';
import type { DescriptorSet } from '../descriptors/load-descriptor-set.ts';
import { reflectedDescriptors } from '../reflection/reflected-descriptors.ts';
import { bridgedSettings } from './bridged-settings.ts';
import { type AnyGuardOptions, givenDescriptors } from './grpc-settings.ts';

/** Starts a guard between an HTTP/JSON legacy and a gRPC candidate, and the bridge between them. */
export async function startBridged(options: AnyGuardOptions): Promise<RunningGuard> {
  const descriptors = await descriptorsOf(options);
  const bridge = await startBridge({ ...bridgeOptions(options), descriptors });
  let guard: RunningGuard;
  try {
    const routes = bridgedSettings(options, bridge.table, descriptors);
    guard = await startGuard({ ...options, ...reachingBridge(options, bridge), routes });
  } catch (error) {
    await bridge.stop();
    throw error;
  }
  let stopped: Promise<void> | null = null;
  return {
    ...guard,
    report: () => asDeclared(guard.report(), options),
    stop: (within) => {
      stopped ??= guard.stop(within).then(() => bridge.stop());
      return stopped;
    },
  };
}

async function descriptorsOf(options: AnyGuardOptions): Promise<DescriptorSet> {
  const { grpc, candidate, sides, system = systemHost } = options;
  const given = givenDescriptors(grpc ?? {});
  if (given !== null) return given;
  if (grpc?.reflection === true) {
    const { clock } = system;
    return reflectedDescriptors('candidate', candidate, { side: sides?.candidate, clock });
  }
  const expected =
    'the file of a descriptor set with google.api.http annotations, which say how HTTP becomes gRPC';
  throw fault('FW_GRPC_OPTION', { option: 'descriptors', got: 'nothing', expected });
}

function bridgeOptions({ candidate, grpc, sides, health, system }: AnyGuardOptions) {
  const { maxMessageBytes, timeoutMsMax, stream, ignoresUnknown } = grpc ?? {};
  return {
    candidate,
    trust: sideOptions(sides?.candidate, DEFAULT_LIMITS),
    ...(health === undefined ? {} : { healthPath: health.path }),
    ...(maxMessageBytes === undefined ? {} : { maxMessageBytes }),
    ...(timeoutMsMax === undefined || timeoutMsMax === null ? {} : { timeoutMsMax }),
    ...(stream === undefined ? {} : { stream }),
    ...(ignoresUnknown === undefined ? {} : { ignoresUnknown }),
    ...(system === undefined ? {} : { system }),
  };
}

/** The bridge in place of the candidate. Its certificate, which is the candidate's, it looks at. */
function reachingBridge({ sides, health }: AnyGuardOptions, { url }: RunningBridge) {
  const { ca: _ca, ...candidate } = sides?.candidate ?? {};
  return {
    candidate: url,
    sides: { ...sides, candidate },
    // Any answer of the bridge below 500 says that the candidate lives, as it asked.
    ...(health === undefined ? {} : { health }),
  };
}

/**
 * People know the candidate by its own address, and the routes that they declared: one that is
 * offered by an annotation and that nobody called would say nothing.
 */
function asDeclared(report: GuardReport, { candidate, routes = [] }: AnyGuardOptions): GuardReport {
  const { legacy, candidate: bridged } = report.sides;
  const declared = new Set(routes.map(({ seam }) => seam));
  return {
    ...report,
    sides: { legacy, candidate: { ...bridged, origin: candidate } },
    routes: report.routes.filter(({ seam, requests }) => requests > 0 || declared.has(seam)),
  };
}
