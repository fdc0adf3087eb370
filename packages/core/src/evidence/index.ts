export { type Acceptance, type AcceptedCause, isAccepted, withAcceptances } from './acceptance.ts';
export {
  ALARM_AT_REST,
  type AlarmSettings,
  type AlarmState,
  alarmStatistic,
  isAlarming,
  observeBatch,
} from './alarm.ts';
export type {
  EvidenceBatch,
  HealthReport,
  PlaneRetreat,
  SeamDelta,
  ServedCounts,
  StratumDelta,
} from './batch.ts';
export {
  type BackfillEvidence,
  type CaptureEvidence,
  type CoverageEvidence,
  type DataEvidence,
  type DataReport,
  type DivergenceEvidence,
  type DrainEvidence,
  type InvariantEvidence,
  NO_DATA_REPORT,
  type RehearsalEvidence,
  type ReverseEvidence,
  rollbackUnsafe,
  type SealEvidence,
  type WorkflowEvidence,
} from './data-evidence.ts';
export { differenceShape } from './difference-shape.ts';
export { changedParts, type Epoch, type EpochTuple, UNKNOWN_BUILD } from './epoch.ts';
export { type RateInterval, rateInterval } from './interval.ts';
export { EvidenceLedger, type LatencyGoal, type LedgerDelta, ServedRecorder } from './ledger.ts';
export type { Finding, NoiseLook, Observation, Position } from './observation.ts';
export { logExcessEvidence, logRegressionEvidence, type PairedCounts } from './paired.ts';
export { NO_PLANE_LOAD, type PlaneLoad, SHED_REASONS } from './plane-load.ts';
export {
  alphaForRound,
  isProven,
  logPromoteEvidence,
  type RateClaim,
  type Trials,
  trialsStillNeeded,
} from './promote.ts';
export { type ProposedRule, proposeRule } from './propose-rule.ts';
export { observeServed } from './served-alarm.ts';
export { type EpochVolume, type SignatureState, signatureState } from './signature-life.ts';
export {
  mergeSignatures,
  SAMPLES_MAX,
  type Sample,
  type SignatureRecord,
} from './signature-record.ts';
export {
  countsAtMost,
  EMPTY_SKETCH,
  mergeSketches,
  quantileMs,
  type Sketch,
  SketchRecorder,
} from './sketch.ts';
export {
  type KeptPair,
  PAIR_LENGTH_MAX,
  PAIRS_PER_CAUSE_MAX,
  type StoredPair,
  type StoredRequest,
} from './stored-pair.ts';
export {
  addCounts,
  addTallies,
  type Counts,
  EMPTY_TALLY,
  NO_COUNTS,
  type NoiseCounts,
  type Tally,
} from './tally.ts';
export { type RuleTrial, tryRules } from './try-rules.ts';
export {
  addVerdicts,
  compared,
  completed,
  differing,
  NO_VERDICTS,
  sampled,
  VERDICTS,
  type Verdict,
  type VerdictCounts,
} from './verdict.ts';
export {
  type EvidenceView,
  type LegacyCode,
  type LegacyTraffic,
  NO_EVIDENCE,
  NOISY_PATHS_MAX,
  type NoisyPath,
  noisyPaths,
  type PlaneView,
  type SeamView,
  type StratumView,
} from './view.ts';
export { addToSlices, isRising, type Slice, type Slices, worstWindow } from './window.ts';
export type { StoppedShadows, WritesStanding } from './writes-standing.ts';
