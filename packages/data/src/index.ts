export {
  type BackfillStatus,
  backfillStatus,
  type TableStatus,
} from './backfill/backfill-status.ts';
export type { ChunkLimits } from './backfill/chunk-size.ts';
export type { BackfillEvent, CaptureSeen } from './backfill/events.ts';
export type { Hold } from './backfill/health.ts';
export { type BackfillLimits, DEFAULT_LIMITS, setBackfillLimits } from './backfill/limits.ts';
export type { Progress } from './backfill/progress.ts';
export {
  type BackfillOptions,
  type BackfillOutcome,
  runBackfill,
} from './backfill/run-backfill.ts';
export type { Veto } from './backfill/veto.ts';
export type {
  ApplicationOutbox,
  CallerTransaction,
  ReportedChange,
} from './capture/application-outbox.ts';
export { applicationOutbox } from './capture/application-outbox.ts';
export { type CapturedTable, ORIGIN_SETTING } from './capture/capture-sql.ts';
export type { Change, ChangeSource, KeyColumns, Window } from './capture/change-source.ts';
export {
  BUSY_WINDOW_MS,
  type Completeness,
  type Counters,
  judgeCounters,
  SETTLE_MS,
  settledBaseline,
} from './capture/completeness.ts';
export { keepBaseline, readBaseline, readCounters } from './capture/counters.ts';
export {
  type CaptureInstallation,
  type Installed,
  installCapture,
  uninstallCapture,
} from './capture/install.ts';
export { readInstant, type SourceInstant } from './capture/instant.ts';
export { type LogicalParts, type LogicalSource, logicalSource } from './capture/logical-source.ts';
export { bookkeepingSchema, captureNames } from './capture/names.ts';
export { outboxSource } from './capture/outbox-source.ts';
export { type CaptureKind, isInstalled } from './capture/registry.ts';
export { type Rotated, rotateOutboxes } from './capture/rotate.ts';
export type { Catalogue, Table } from './catalogue/catalogue.ts';
export { readCatalogue } from './catalogue/read-catalogue.ts';
export type { Place } from './cursor/place.ts';
export {
  covers,
  formatSnapshot,
  parseSnapshot,
  type Snapshot,
  widenXid,
} from './cursor/snapshot.ts';
export { actAsDrain } from './drain/act-as-drain.ts';
export { applyRows } from './drain/apply-rows.ts';
export { countDeadLetters, type DeadLetter, listDeadLetters } from './drain/dead-letters.ts';
export { type Drained, drainOnce, type WindowLimits } from './drain/drain-once.ts';
export { type Direction, type Feed, type FeedParts, feedOf } from './drain/feed.ts';
export {
  lockFollower,
  prepareFollower,
  presentInstant,
  readWatermark,
  startFeed,
  versionOf,
  type Watermark,
} from './drain/follower.ts';
export { type Lag, measureLag } from './drain/lag.ts';
export { readRows } from './drain/read-rows.ts';
export {
  type DrainEvent,
  type DrainOptions,
  type DrainSummary,
  runDrain,
} from './drain/run-drain.ts';
export { followerWhereText, mappedRows } from './mapping/mapped-sql.ts';
export type {
  ColumnInput,
  ColumnRule,
  Constant,
  DataPlanInput,
  InvariantInput,
  TableInput,
} from './mapping/plan-input.ts';
export { column, type Sql, type SqlValue, sql, sqlText, table, tablesIn } from './mapping/sql.ts';
export type { TableMapping } from './mapping/table-mapping.ts';
export type { CaptureCost, WriteRate } from './plan/capture-cost.ts';
export { explainPlan } from './plan/explain-plan.ts';
export type { Finding, FindingKind } from './plan/findings.ts';
export { type DataPlan, type PlanOptions, planData, type Stores } from './plan/plan-data.ts';
export {
  type Blocker,
  type PlanResolution,
  type ResolvedPlan,
  resolvePlan,
  type StoreCatalogues,
  tablesOfPlan,
} from './plan/resolve-plan.ts';
export { copyIn, copyOut } from './postgres/copy.ts';
export { type Database, type DatabaseOptions, openDatabase } from './postgres/database.ts';
export type { Relation } from './postgres/quote.ts';
export type { Row, Session } from './postgres/session.ts';
export { fenceBothWays } from './reads/both-ways.ts';
export { type PlannedFenceOptions, readFenceOf } from './reads/fence-of-plan.ts';
export type { FenceKey } from './reads/fenced-tables.ts';
export { recordLeftKeys } from './reads/left-keys.ts';
export { openReadFence, type ReadFenceOptions } from './reads/read-fence.ts';
export type { DivergenceKind } from './reconcile/classify.ts';
export type { PassSummary, ReconcileEvent } from './reconcile/events.ts';
export {
  FAULT_CLASSES,
  type FaultCheck,
  type FaultClass,
  type FaultName,
} from './reconcile/fault-classes.ts';
export type { HoldCheck } from './reconcile/guest.ts';
export type { Hashing } from './reconcile/hash-sql.ts';
export {
  checkInvariants,
  type InvariantOptions,
  type InvariantResult,
} from './reconcile/invariants.ts';
export type { PassState } from './reconcile/pass-record.ts';
export {
  type RepairedRow,
  type RepairOptions,
  type RepairReport,
  repair,
} from './reconcile/repair.ts';
export {
  installRogueWatch,
  type RogueWrites,
  removeRogueWatch,
} from './reconcile/rogue-watch.ts';
export {
  type ReconcileOptions,
  type ReconcileReport,
  runReconcile,
} from './reconcile/run-reconcile.ts';
export {
  type MappingStatus,
  type ReconcileStatus,
  reconcileStatus,
  type VerifiedThrough,
} from './reconcile/status.ts';
export { CaptureWatch } from './stages/capture-watch.ts';
export { countWorkflows, type WorkflowCensus } from './stages/census.ts';
export { keepProof, type Proofs, readProofs } from './stages/proofs.ts';
export { dataReport, type ReportParts } from './stages/report.ts';
export { DEAD_AFTER_MS, reverseStanding } from './stages/reverse-standing.ts';
export { authorityOf, type Epochs, readEpochs } from './turnover/authority.ts';
export type { Epoch } from './turnover/fence.ts';
export { FENCED_STATE } from './turnover/fence-sql.ts';
export { type Rehearsal, readRehearsal, rehearsalVoid } from './turnover/rehearsal.ts';
export { type RehearsalOutcome, type RehearseOptions, rehearse } from './turnover/rehearse.ts';
export { type Run, type RunFacts, type RunKind, STEPS, type Step } from './turnover/run-journal.ts';
export {
  breakSeal,
  forgetGap,
  gapLost,
  readSeal,
  type Seal,
  type SealOutcome,
  sealStores,
} from './turnover/seal.ts';
export { type Leftovers, leftovers, strikeStores } from './turnover/strike-stores.ts';
export {
  SWITCH_LIMITS,
  type SwitchLimits,
  type SwitchOutcome,
  type SwitchPorts,
  type Verified,
} from './turnover/switch-parts.ts';
export {
  listRuns,
  resumePending,
  rollBackStores,
  type TurnoverParts,
  turnOver,
} from './turnover/turnover.ts';
export { type VerifyOptions, verifyStores } from './turnover/verify-stores.ts';
export { isFenced, type WriterFence, writerFence } from './turnover/writer-fence.ts';
