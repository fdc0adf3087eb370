import { type DataReport, rollbackUnsafe } from '../evidence/data-evidence.ts';
import { isBefore, type Stage, stageRow, type Undo } from './stages.ts';
import type { MigrationState } from './state.ts';

/** What going back would cost, named before anyone confirms it. */
export interface UndoCost {
  readonly undo: Undo;
  /** For people: what will happen first. */
  readonly words: string;
}

/**
 * The cost of going from where a migration stands to an earlier stage. Where the stores have to
 * move first, `data` says whether they can at present.
 */
export function undoCost(
  state: MigrationState,
  to: Stage,
  data: DataReport | null = null,
): UndoCost {
  const { undo } = stageRow(state.stage);
  if (undo === 'none') return { undo, words: 'impossible: legacy is deleted' };
  if (!isBefore(to, state.stage)) return { undo: 'none', words: `${to} is not earlier` };
  if (undo === 'free') {
    return { undo, words: 'free: planes route to legacy as soon as they take the snapshot' };
  }
  if (state.topology === 'shared') {
    // Both sides write one store, so there is nothing to bring back; legacy only has to be running.
    return {
      undo: 'free',
      words: 'free while legacy is still deployed: its health is checked first',
    };
  }
  const unsafe = data === null ? null : rollbackUnsafe(data);
  // In seal nothing is fed back, so that alone does not make the way back unsafe.
  const warning = unsafe === null || undo === 'replay-gap' ? '' : `; not safe now: ${unsafe}`;
  const words =
    undo === 'drain-first'
      ? `the reverse feed is drained to zero first, then reads and writes flip${warning}`
      : 'writes since the seal are replayed to legacy first, while they are retained';
  return { undo, words };
}
