export { decide } from './decide.ts';
export type { Action, Decision, DecisionInput, Effect, Outcome, Standing } from './decision.ts';
export { FALSEWORK, type Kickoff, type MigrationEvent } from './event.ts';
export { type NextStep, nextStep } from './forward.ts';
export type { Gate, GateInput, GateName, GateResult, GateStatus } from './gate.ts';
export type { Refusal, RefusalCode } from './refusal.ts';
export { type Replayed, replay } from './replay.ts';
export {
  isBefore,
  type Operation,
  type Serving,
  STAGES,
  type Stage,
  type StageRow,
  stageAfter,
  stageRow,
  type Topology,
  type Undo,
  walk,
} from './stages.ts';
export type { Approval, Hold, MigrationState } from './state.ts';
export { type UndoCost, undoCost } from './undo.ts';
