import { resolve } from 'node:path';
import type { GrpcSection } from './schema/grpc-schema.ts';
import type { GrpcMethodSettings, GrpcSettings } from './settings.ts';

/** What a guard knows of gRPC; files are found from the folder of the configuration. */
export function toGrpc(section: GrpcSection, directory: string): GrpcSettings {
  const { descriptors, reflection, ignoredTrailers, stream, ignoresUnknown } = section;
  const methods = Object.entries(section.methods).map(([name, each]) => [name, toMethod(each)]);
  return {
    descriptors: descriptors === undefined ? null : resolve(directory, descriptors),
    reflection,
    methods: Object.fromEntries(methods),
    ignoredTrailers,
    maxMessageBytes: section.maxMessage,
    timeoutMsMax: section.timeout ?? null,
    stream,
    ignoresUnknown,
  };
}

function toMethod(section: GrpcSection['methods'][string]): GrpcMethodSettings {
  const { effects, sample, timeout, critical, shadowsCarryCredentials } = section;
  return {
    compare: section.compare,
    redact: section.redact,
    critical: critical === false ? [] : critical,
    ...(effects === undefined ? {} : { effects }),
    ...(sample === undefined ? {} : { sample }),
    ...(timeout === undefined ? {} : { timeoutMs: timeout }),
    ...(shadowsCarryCredentials === undefined ? {} : { shadowsCarryCredentials }),
  };
}
