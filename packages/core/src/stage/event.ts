import type { Acceptance } from '../evidence/acceptance.ts';
import type { EpochTuple } from '../evidence/epoch.ts';
import type { Instant } from '../ports/clock.ts';
import type { Stage, Topology } from './stages.ts';

/** How a migration begins. */
export interface Kickoff {
  readonly name: string;
  readonly owner: string;
  readonly topology: Topology;
  readonly deleteBy: Instant;
  readonly tuple: EpochTuple;
}

/**
 * Everything that can happen to a migration. `by` is a person's name; the loop signs as
 * `falsework`.
 */
export type MigrationEvent =
  | { readonly type: 'kickoff'; readonly by: string; readonly kickoff: Kickoff }
  /** The loop looks at the evidence: may the migration move, must it retreat? */
  | { readonly type: 'tick' }
  /** A person asks for the next step; `to` names the stage they expect, `null` takes the next. */
  | { readonly type: 'advance'; readonly by: string; readonly to: Stage | null }
  | { readonly type: 'approve'; readonly by: string; readonly for: Stage | null }
  | { readonly type: 'hold'; readonly by: string; readonly reason: string }
  | { readonly type: 'resume'; readonly by: string }
  | {
      readonly type: 'rollback';
      readonly by: string;
      readonly to: Stage;
      readonly reason: string;
    }
  /** A person answers for a cause of differences, from now on and until a date. */
  | {
      readonly type: 'accept';
      readonly by: string;
      readonly cause: Pick<Acceptance, 'seam' | 'id' | 'template' | 'kind' | 'shapes'>;
      readonly owner: string;
      readonly reason: string;
      readonly expiresAt: Instant;
    }
  /** A person takes an acceptance back. */
  | { readonly type: 'reopen'; readonly by: string; readonly seam: string; readonly id: string }
  /** A plane went back to legacy by itself. */
  | { readonly type: 'retreat'; readonly plane: string; readonly because: string }
  /** Another build, comparator or schema answers: evidence starts again. */
  | { readonly type: 'epoch'; readonly tuple: EpochTuple };

/** How the loop signs what it decides. */
export const FALSEWORK = 'falsework';
