import type { MigrationStatus } from '@falsework/client/contract';
import { type Stage, stageRow } from '@falsework/core/stage';

/** Where a retreat leads, and what happens first. */
export interface RetreatTo {
  readonly to: Stage;
  /** What it costs to go there, in the words of the catalogue. */
  readonly words: string;
}

/**
 * The way back that an on-call person means by "back": the nearest earlier stage in which legacy
 * serves everybody. `null` where legacy serves everybody already.
 */
export function retreatOf(
  status: Pick<MigrationStatus, 'stage' | 'topology' | 'undo'>,
): RetreatTo | null {
  const { stage, topology, undo } = status;
  if (isServedByLegacy(stage, topology)) return null;
  return undo.findLast(({ to }) => isServedByLegacy(to, topology)) ?? null;
}

/** True where no caller is answered by the candidate. */
export function isServedByLegacy(stage: Stage, topology: MigrationStatus['topology']): boolean {
  const { read, write } = stageRow(stage).serving[topology];
  return read.authority === 'legacy' && write.authority === 'legacy';
}
