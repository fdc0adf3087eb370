export type { StreamShape } from './bridge/answer-body.ts';
export { bridgedComparator } from './bridge/bridged-comparator.ts';
export { type BridgedRoute, bridgedRoutes } from './bridge/bridged-routes.ts';
export { type BridgeOptions, type RunningBridge, startBridge } from './bridge/start-bridge.ts';
export {
  type DescriptorSet,
  loadDescriptorSet,
  pathOfMethod,
} from './descriptors/load-descriptor-set.ts';
export { type CanonicalJson, canonicalJson, UNKNOWN_FIELDS } from './json/canonical-json.ts';
export type { GrpcHealthSettings } from './proxy/grpc-health.ts';
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
export type { AnswerStyle } from './rest/translate-answer.ts';
export type { MetadataList } from './wire/metadata.ts';
