import type { GateName } from './gate.ts';

/** Where a migration stands; DESIGN section 3. */
export type Stage =
  | 'inert'
  | 'dual-write'
  | 'backfill'
  | 'reconcile'
  | 'shadow'
  | 'shift'
  | 'turnover'
  | 'seal'
  | 'strike';

/** Whether both sides work on one store (or on none), or each on its own. */
export type Topology = 'shared' | 'separate';

/** Reads and writes are routed by different rows of the table. */
export type Operation = 'read' | 'write';

/** Who answers an operation, and what the other side does meanwhile. */
export interface Serving {
  /** `share`: the sticky share decides, key by key. */
  readonly authority: 'legacy' | 'candidate' | 'share';
  /** `compared`: shadowed off the path. `fed`: kept equal through an outbox. */
  readonly other: 'none' | 'compared' | 'fed';
}

/** What it takes to come back from a stage. */
export type Undo = 'free' | 'drain-first' | 'replay-gap' | 'none';

/**
 * One row of the stage table. The console, the CLI, the docs and the exhaustive test read these
 * same rows.
 */
export interface StageRow {
  readonly stage: Stage;
  readonly ordinal: number;
  /** One line for people: what is true while a migration stands here. */
  readonly summary: string;
  readonly topologies: readonly Topology[];
  readonly serving: Readonly<Record<Topology, Readonly<Record<Operation, Serving>>>>;
  /**
   * All must pass before the stage may be entered. Gates that need separate stores are left out for
   * a shared one.
   */
  readonly enter: readonly GateName[];
  readonly undo: Undo;
}

const serve = (authority: Serving['authority'], other: Serving['other'] = 'none'): Serving => ({
  authority,
  other,
});
const same = (serving: Readonly<Record<Operation, Serving>>): StageRow['serving'] => ({
  shared: serving,
  separate: serving,
});
const BOTH: readonly Topology[] = ['shared', 'separate'];
const SEPARATE: readonly Topology[] = ['separate'];

/**
 * Gates on the comparison of answers; they guard every step that gives the candidate more of the
 * traffic.
 */
const COMPARISON_GATES: readonly GateName[] = [
  'planes-live',
  'candidate-health',
  'strata-seen',
  'mismatch',
  'critical',
  'coverage',
  'worst-window',
  'trend',
  'alarm-quiet',
  'transient',
  'noise',
  'errors',
  'latency',
];

/** Gates on the equality of two stores. Over a shared store none of them is asked. */
const DIVERGENCE_GATES: readonly GateName[] = [
  'divergence-zero',
  'canaries-found',
  'dead-letters',
  'invariants-equal',
];

/** Gates of every rung of the ramp inside `shift`. */
export const RAMP_GATES: readonly GateName[] = ['ramp-hold', ...COMPARISON_GATES];

/** The nine stages, in the only order there is. */
export const STAGES: readonly StageRow[] = [
  {
    stage: 'inert',
    ordinal: 1,
    summary: 'Legacy serves everything; the candidate is deployed and watched.',
    topologies: BOTH,
    serving: same({ read: serve('legacy'), write: serve('legacy') }),
    enter: [],
    undo: 'free',
  },
  {
    stage: 'dual-write',
    ordinal: 2,
    summary: 'Every write reaches legacy, then the candidate through the outbox.',
    topologies: SEPARATE,
    serving: same({ read: serve('legacy'), write: serve('legacy', 'fed') }),
    enter: ['candidate-health', 'capture-proven', 'drain-lag'],
    undo: 'free',
  },
  {
    stage: 'backfill',
    ordinal: 3,
    summary: 'What was written before is copied while writes go on.',
    topologies: SEPARATE,
    serving: same({ read: serve('legacy'), write: serve('legacy', 'fed') }),
    enter: ['capture-before-backfill', 'drain-lag'],
    undo: 'free',
  },
  {
    stage: 'reconcile',
    ordinal: 4,
    summary: 'Both stores are compared exhaustively and repaired until nothing differs.',
    topologies: SEPARATE,
    serving: same({ read: serve('legacy'), write: serve('legacy', 'fed') }),
    enter: ['backfill-complete', 'drain-lag', 'dead-letters'],
    undo: 'free',
  },
  {
    stage: 'shadow',
    ordinal: 5,
    summary: 'Legacy serves; the candidate answers the same reads off the path and is compared.',
    topologies: BOTH,
    serving: {
      shared: { read: serve('legacy', 'compared'), write: serve('legacy') },
      separate: { read: serve('legacy', 'compared'), write: serve('legacy', 'fed') },
    },
    enter: ['candidate-health', 'planes-live', ...DIVERGENCE_GATES],
    undo: 'free',
  },
  {
    stage: 'shift',
    ordinal: 6,
    summary: 'A sticky share of keys is served by the candidate; the other side is compared.',
    topologies: BOTH,
    serving: {
      // Over a shared store an entity's writes go where its reads go: one authority per entity.
      shared: { read: serve('share', 'compared'), write: serve('share') },
      separate: { read: serve('share', 'compared'), write: serve('legacy', 'fed') },
    },
    enter: ['soak', ...COMPARISON_GATES, ...DIVERGENCE_GATES],
    undo: 'free',
  },
  {
    stage: 'turnover',
    ordinal: 7,
    summary: 'The candidate is the authority; legacy is fed in reverse, ready to take over again.',
    topologies: SEPARATE,
    serving: same({ read: serve('candidate', 'compared'), write: serve('candidate', 'fed') }),
    enter: [
      'full-share',
      'burn-in',
      ...COMPARISON_GATES,
      ...DIVERGENCE_GATES,
      'drain-lag',
      'reverse-rehearsed',
      'approval',
      // Last, because it is done last: the stores are switched first, and only then is traffic.
      'authority-moved',
    ],
    undo: 'drain-first',
  },
  {
    stage: 'seal',
    ordinal: 8,
    summary: 'The candidate serves alone.',
    topologies: BOTH,
    serving: same({ read: serve('candidate'), write: serve('candidate') }),
    enter: [
      'full-share',
      'burn-in',
      ...COMPARISON_GATES,
      'authority-moved',
      ...DIVERGENCE_GATES,
      'rollback-rehearsed',
      'reverse-rehearsed',
      'reverse-drained',
      'workflows-ended',
      'approval',
    ],
    undo: 'replay-gap',
  },
  {
    stage: 'strike',
    ordinal: 9,
    summary: 'Legacy is deleted and so is this apparatus.',
    topologies: BOTH,
    serving: same({ read: serve('candidate'), write: serve('candidate') }),
    enter: ['legacy-silent', 'legacy-code', 'approval'],
    undo: 'none',
  },
];

/** The row of one stage. */
export function stageRow(stage: Stage): StageRow {
  const row = STAGES.find((candidate) => candidate.stage === stage);
  if (!row) throw new TypeError(`There is no stage named ${stage}.`);
  return row;
}

/** The stages that a migration of this topology walks, in order. */
export function walk(topology: Topology): readonly StageRow[] {
  return STAGES.filter((row) => row.topologies.includes(topology));
}

/** The stage after this one on the walk; `null` after the last. */
export function stageAfter(stage: Stage, topology: Topology): Stage | null {
  const rows = walk(topology);
  const at = rows.findIndex((row) => row.stage === stage);
  return rows[at + 1]?.stage ?? null;
}

/** True when `a` comes before `b`. */
export function isBefore(a: Stage, b: Stage): boolean {
  return stageRow(a).ordinal < stageRow(b).ordinal;
}
