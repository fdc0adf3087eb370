import type { Policy } from '@falsework/core/policy';
import type { Instant } from '@falsework/core/ports';
import type { Topology } from '@falsework/core/stage';
import type { NotifyTarget } from '../notify/target.ts';

/** A migration as its configuration gives it to control. */
export interface ManagedMigration {
  readonly name: string;
  readonly owner: string;
  readonly topology: Topology;
  readonly deleteBy: Instant;
  /** The fingerprint of the comparison rules in force: rules decide what a difference is. */
  readonly comparator: string;
  /** The data schema or mapping in force. */
  readonly schema: string;
  readonly policy: Policy;
  /** The keys of each named cohort. */
  readonly cohorts: Readonly<Record<string, readonly string[]>>;
  /** Who is told of it; left out: nobody. */
  readonly notify?: readonly NotifyTarget[];
}
