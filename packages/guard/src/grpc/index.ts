export {
  type DescriptorSet,
  loadDescriptorSet,
  pathOfMethod,
} from './descriptors/load-descriptor-set.ts';
export { type CanonicalJson, canonicalJson, UNKNOWN_FIELDS } from './json/canonical-json.ts';
export type { GrpcMethodSettings } from './proxy/method-settings.ts';
export type { MethodCounts } from './proxy/method-table.ts';
export {
  type GrpcGuardOptions,
  type GrpcMethodReport,
  type RunningGrpcGuard,
  startGrpcGuard,
} from './proxy/start-grpc-guard.ts';
export { type HttpBinding, ruleWords } from './rest/http-rules.ts';
export { compileRestTable, type RestMatch, type RestTable } from './rest/rest-table.ts';
export type { MetadataList } from './wire/metadata.ts';
