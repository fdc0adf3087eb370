import type { Gate, GateInput, GateName, GateResult } from '../gate.ts';
import { type Stage, stageRow, type Topology } from '../stages.ts';
import {
  alarmQuiet,
  coverage,
  critical,
  latency,
  mismatch,
  strataSeen,
  transient,
  trend,
  worstWindow,
} from './comparison.ts';
import { canariesFound, deadLetters, divergenceZero, invariantsEqual } from './data-equality.ts';
import { backfillComplete, captureBeforeBackfill, captureProven, drainLag } from './data-feed.ts';
import { authorityMoved, reverseDrained, reverseRehearsed, workflowsEnded } from './data-return.ts';
import { errors } from './errors.ts';
import { noise } from './noise.ts';
import { candidateHealth, legacyCode, legacySilent, planesLive } from './presence.ts';
import { approval, burnIn, fullShare, rampHold, rollbackRehearsed, soak } from './progress.ts';
import { writesSettled } from './writes.ts';

const GATES: Readonly<Record<GateName, Gate>> = {
  'planes-live': planesLive,
  'candidate-health': candidateHealth,
  'strata-seen': strataSeen,
  mismatch,
  critical,
  coverage,
  'worst-window': worstWindow,
  trend,
  'alarm-quiet': alarmQuiet,
  noise,
  transient,
  errors,
  latency,
  soak,
  'ramp-hold': rampHold,
  'full-share': fullShare,
  'burn-in': burnIn,
  'rollback-rehearsed': rollbackRehearsed,
  approval,
  'legacy-silent': legacySilent,
  'legacy-code': legacyCode,
  'capture-proven': captureProven,
  'capture-before-backfill': captureBeforeBackfill,
  'drain-lag': drainLag,
  'backfill-complete': backfillComplete,
  'divergence-zero': divergenceZero,
  'reverse-rehearsed': reverseRehearsed,
  'reverse-drained': reverseDrained,
  'canaries-found': canariesFound,
  'dead-letters': deadLetters,
  'invariants-equal': invariantsEqual,
  'workflows-ended': workflowsEnded,
  'authority-moved': authorityMoved,
  'writes-settled': writesSettled,
};

// Over a shared store there is nothing to copy, to feed or to compare row by row.
const NEEDS_SEPARATE_STORES: ReadonlySet<GateName> = new Set([
  'capture-proven',
  'capture-before-backfill',
  'drain-lag',
  'backfill-complete',
  'divergence-zero',
  'reverse-rehearsed',
  'reverse-drained',
  'canaries-found',
  'dead-letters',
  'invariants-equal',
  'workflows-ended',
  'authority-moved',
]);

/** The gates that stand before a stage. */
export function gatesBefore(stage: Stage, topology: Topology): readonly GateName[] {
  const names = stageRow(stage).enter;
  return topology === 'separate' ? names : names.filter((name) => !NEEDS_SEPARATE_STORES.has(name));
}

/**
 * Asks every named gate, and where a guard keeps writes also the one about them, whatever the step.
 * Order is kept, so that the answers can be shown as a checklist.
 */
export function evaluateGates(names: readonly GateName[], input: GateInput): GateResult[] {
  const hasWrites = (input.evidence.writes?.length ?? 0) > 0;
  const asked: readonly GateName[] = hasWrites ? [...names, 'writes-settled'] : names;
  return asked.map((name) => GATES[name](input));
}
