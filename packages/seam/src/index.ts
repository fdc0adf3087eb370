export {
  absentIsNull,
  type Comparator,
  createComparator,
  custom,
  ignore,
  instant,
  keyed,
  pattern,
  type Rule,
  sameType,
  strict,
  tolerance,
  unordered,
} from '@falsework/core/compare';
export { effects } from './effects/effects.ts';
export type { EffectsOptions, MethodName, StandInAnswers } from './effects/effects-options.ts';
export { seams } from './object/seams.ts';
export type { CommonOptions, MethodOptions, MethodSeams, Seams } from './object/seams-types.ts';
export { Plane, type PlaneOptions } from './plane/plane.ts';
export { attach } from './seam/home.ts';
export type { FenceSummary, LatencySummary, SeamCause, SeamStratum } from './seam/report-data.ts';
export { seam } from './seam/seam.ts';
export type { SeamReport } from './seam/seam-report.ts';
export { shadowSignal } from './seam/shadow-signal.ts';
export type { AnyFunction, Effects, Seam, SeamHandle, SeamOptions } from './seam/types.ts';
export {
  attachTelemetry,
  type ShadowSpan,
  type SideAtWork,
  type Telemetry,
} from './telemetry/telemetry.ts';
