export {
  absentIsNull,
  cookie,
  custom,
  defineMigration,
  env,
  file,
  header,
  ignore,
  instant,
  keyed,
  list,
  path,
  pattern,
  query,
  sameType,
  sql,
  strict,
  table,
  tolerance,
  unordered,
} from './authoring.ts';
export type { DataColumnConfig, DataConfig, DataTableConfig } from './data-config.ts';
export type { SqlPiece, TableReference } from './data-sql.ts';
export { type ExplainedSetting, explainConfig } from './explain/explain-config.ts';
export type { GrpcConfig, GrpcMethodConfig } from './grpc-config.ts';
export { configJsonSchema } from './json-schema.ts';
export type { KeySource } from './key-source.ts';
export type { Layer } from './layers/layers.ts';
export type { ListResult, ReadList } from './layers/resolve.ts';
export {
  ENVIRONMENT_SETTINGS,
  type Environment,
  type EnvironmentSetting,
  FILE_VARIABLE,
  type IgnoredVariable,
} from './layers/variables.ts';
export { CONFIG_NAMES, type LoadOptions, loadConfig } from './load/load-config.ts';
export { type ReadTarget, readNotify } from './load/read-notify.ts';
export { type NamedToken, readTokens } from './load/read-tokens.ts';
export type {
  ControlConfig,
  Duration,
  GuardConfig,
  HealthConfig,
  IdentifiersConfig,
  MigrationConfig,
  PolicyConfig,
  Rate,
  RouteConfig,
  RouteEffects,
  Rung,
  SeamConfig,
  Size,
  StratumRuleConfig,
  TokenConfig,
  WritesConfig,
} from './migration-config.ts';
export type { NotifyConfig } from './notify-config.ts';
export {
  type ConfigFlags,
  type LoadedConfig,
  type ParseContext,
  parseConfig,
} from './parse-config.ts';
export type { ConfigProblem } from './problems.ts';
export type { EnvReference, FileReference, ListReference } from './references.ts';
export {
  isRefusal,
  METHODS,
  type Method,
  type PatternRefusal,
  paramsOf,
  parseRoutePattern,
  type RoutePattern,
  type RouteSegment,
} from './routes/route-pattern.ts';
export type {
  ControlSettings,
  DataSettings,
  GrpcMethodSettings,
  GrpcSettings,
  GuardSettings,
  HealthSettings,
  Migration,
  NotifySettings,
  RouteSettings,
  SeamSettings,
  StoreLocation,
  TokenSettings,
} from './settings.ts';
export { durationText, parseDuration } from './units/duration.ts';
