import type { Migration } from '@falsework/config';
import type { ManagedMigration } from '@falsework/control';
import { createComparator } from '@falsework/core/compare';
import { fingerprint } from '@falsework/core/text';

// There is no data mapping yet; the data side will name its own.
const NO_SCHEMA = 'none';

/** A configured migration as control takes it. */
export function managedMigration(migration: Migration): ManagedMigration {
  const { name, owner, topology, deleteBy, policy, cohorts } = migration;
  return {
    name,
    owner,
    topology,
    deleteBy,
    policy,
    cohorts,
    comparator: comparatorOf(migration),
    schema: NO_SCHEMA,
  };
}

/**
 * One fingerprint for everything that decides what a difference is: a change of any of it opens a
 * new epoch.
 */
function comparatorOf({ guard }: Migration): string {
  if (!guard) return fingerprint('in code');
  const routes = guard.routes.map(({ seam, compare }) => {
    return `${seam} ${createComparator({ rules: compare }).fingerprint}`;
  });
  const common = createComparator({ rules: guard.compare }).fingerprint;
  return fingerprint(JSON.stringify([common, routes.sort(), guard.headers, guard.maxBodyBytes]));
}
