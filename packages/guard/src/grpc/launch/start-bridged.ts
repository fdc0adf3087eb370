import { isDeepStrictEqual } from 'node:util';
import { fault } from '@falsework/core/errors';
import { systemHost } from '@falsework/seam/engine';
import { type GuardReport, type RunningHttpGuard, startGuard } from '../../main.ts';
import { sideOptions } from '../../options/check-limits.ts';
import { DEFAULT_LIMITS } from '../../options/limits.ts';
import { type RunningBridge, startBridge } from '../bridge/start-bridge.ts';
import type { DescriptorSet } from '../descriptors/load-descriptor-set.ts';
import { reflectedDescriptors } from '../reflection/reflected-descriptors.ts';
import { bridgedSettings } from './bridged-settings.ts';
import { type AnyGuardOptions, givenDescriptors } from './grpc-settings.ts';

/** Starts a guard between an HTTP/JSON legacy and a gRPC candidate, and the bridge between them. */
export async function startBridged(options: AnyGuardOptions): Promise<RunningHttpGuard> {
  const descriptors = await descriptorsOf(options);
  const bridge = await startBridge({ ...bridgeOptions(options), descriptors });
  const made = (asked: AnyGuardOptions): AnyGuardOptions => {
    const routes = bridgedSettings(asked, bridge.table, descriptors);
    return { ...asked, ...reachingBridge(asked, bridge), routes };
  };
  let guard: RunningHttpGuard;
  try {
    guard = await startGuard(made(options));
  } catch (error) {
    await bridge.stop();
    throw error;
  }
  let present = options;
  let stopped: Promise<void> | null = null;
  return {
    ...guard,
    report: () => asDeclared(guard.report(), present),
    reload: (renewed: AnyGuardOptions) => {
      refuseOfBridge(options, renewed);
      guard.reload(made(renewed));
      present = renewed;
    },
    stop: (within) => {
      stopped ??= guard.stop(within).then(() => bridge.stop());
      return stopped;
    },
  };
}

/** What the bridge was made with. Throws FW_GUARD_RELOAD. */
function refuseOfBridge(options: AnyGuardOptions, renewed: AnyGuardOptions): void {
  const because = 'the bridge to the candidate was made with it';
  if (options.candidate !== renewed.candidate) {
    throw fault('FW_GUARD_RELOAD', { setting: 'candidate', because });
  }
  // Effects and rules of methods are the guard's, and may change.
  const { methods: _now, ...now } = options.grpc ?? {};
  const { methods: _then, ...then } = renewed.grpc ?? {};
  if (!isDeepStrictEqual(now, then)) {
    throw fault('FW_GUARD_RELOAD', { setting: 'grpc', because });
  }
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
