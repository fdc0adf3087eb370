import type { DataHeard, DecisionLine, MigrationStatus } from '@falsework/client/contract';
import type { Instant } from '@falsework/core/ports';

/** One migration with what a status leaves out. */
export interface Watched {
  readonly status: MigrationStatus;
  /** The last decision; `null` before control has said which. */
  readonly decision: DecisionLine | null;
  /** What the data side said last; `null` over a shared store. */
  readonly data: DataHeard | null;
}

/** Everything as it was last heard, and since when nothing is. */
export interface View {
  readonly url: string;
  /** When control answered last; `null` before it ever did. */
  readonly heardAt: Instant | null;
  /** Why control does not answer; `null` while it does. */
  readonly silent: { readonly since: Instant; readonly because: string } | null;
  readonly migrations: readonly Watched[];
}
