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
export { type AnyGuardOptions, type GrpcSettings, isGrpc } from './launch/grpc-settings.ts';
export { startAnyGuard } from './launch/start-any-guard.ts';
export type { GrpcHealthSettings } from './proxy/grpc-health.ts';
export type { GrpcGuardOptions } from './proxy/grpc-options.ts';
export type { GrpcMethodReport } from './proxy/grpc-report.ts';
export type { MethodCounts, StatusCounts } from './proxy/method-counts.ts';
export type { GrpcMethodSettings, MethodUnproven } from './proxy/method-settings.ts';
export { type RunningGrpcGuard, startGrpcGuard } from './proxy/start-grpc-guard.ts';
export {
  type ReflectionOptions,
  reflectedDescriptors,
} from './reflection/reflected-descriptors.ts';
export { type HttpBinding, ruleWords } from './rest/http-rules.ts';
export { compileRestTable, type RestMatch, type RestTable } from './rest/rest-table.ts';
export type { AnswerStyle } from './rest/translate-answer.ts';
export type { MetadataList } from './wire/metadata.ts';
