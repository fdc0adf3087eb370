import { operatingError, usageError } from './definition.ts';

export const GRPC_ERRORS = {
  FW_GRPC_DESCRIPTORS: usageError({
    title: 'A descriptor set cannot be read',
    message: (f: { source: string; because: string }) =>
      `${f.source} is no descriptor set that can be used: ${f.because}. Nothing was started.`,
    action:
      'Write it anew: `buf build --as-file-descriptor-set -o set.binpb`, or `protoc --include_imports -o set.binpb …`.',
  }),
  FW_GRPC_IMPORT_MISSING: usageError({
    title: 'A descriptor set lacks a file that it imports',
    message: (f: { source: string; file: string; missing: string }) =>
      `In ${f.source}, ${f.file} imports ${f.missing}, which the set does not hold. Nothing was started.`,
    action: 'Write the set with its imports: `protoc --include_imports`, or `buf build`.',
  }),
  FW_GRPC_NAME_UNKNOWN: usageError({
    title: 'A descriptor set does not know a service, method or message',
    message: (f: { source: string; kind: string; name: string; nearest: string | null }) => {
      const meant = f.nearest === null ? '' : ` Did you mean ${f.nearest}?`;
      return `${f.source} holds no ${f.kind} called ${f.name}.${meant}`;
    },
    action: 'Correct the name, or write the descriptor set anew from the present .proto files.',
  }),
  FW_GRPC_HTTP_RULE: usageError({
    title: 'A google.api.http annotation makes no sense',
    message: (f: { method: string; rule: string; because: string }) =>
      `The annotation ${f.rule} of ${f.method} cannot be followed: ${f.because}. Nothing was started.`,
    action: 'Correct the annotation in the .proto file and write the descriptor set anew.',
  }),
  FW_GRPC_HTTP_CONFLICT: usageError({
    title: 'Two google.api.http annotations claim the same requests',
    message: (f: { rule: string; method: string; other: string }) =>
      `${f.rule} is claimed by ${f.method} and by ${f.other}, so nobody can say which is meant. Nothing was started.`,
    action: 'Give one of them another path or another verb.',
  }),
  FW_GRPC_ADDRESS: usageError({
    title: 'The address of a gRPC side is not an origin',
    message: (f: { side: string; got: string }) =>
      `The ${f.side} address is ${f.got}; expected an origin such as grpc://ledger-v2:50051: grpc, grpcs, http or https, no path, no credentials. Nothing was started.`,
    action: 'Correct the address.',
  }),
  FW_GRPC_OPTION: usageError({
    title: 'An option of gRPC has a value that it cannot have',
    message: (f: { option: string; got: string; expected: string }) =>
      `gRPC was given ${f.got} as \`${f.option}\`; it must be ${f.expected}. Nothing was started.`,
    action: 'Correct the option.',
  }),
  FW_GRPC_MIXED: usageError({
    title: 'Between these two sides there is no bridge',
    message: (f: { legacy: string; candidate: string }) =>
      `Legacy at ${f.legacy} speaks gRPC, and the candidate at ${f.candidate} does not. HTTP/JSON is bridged to gRPC, and not the other way round. Nothing was started.`,
    action: 'Put two gRPC services behind the guard, or an HTTP legacy with a gRPC candidate.',
  }),
  FW_GRPC_REFLECTION: operatingError({
    title: 'A service did not describe itself by reflection',
    message: (f: { origin: string; because: string }) =>
      `${f.origin} was asked for its descriptors by reflection, and gave none: ${f.because}. Nothing was started.`,
    action:
      'Turn reflection on in that service, or give a descriptor set: `buf build --as-file-descriptor-set -o set.binpb`.',
  }),
} as const;
