import { readFileSync } from 'node:fs';
import type { GrpcSettings, Migration } from '@falsework/config';
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
  const routes = guard.routes.map(({ seam, compare, identifiers }) => {
    const names = identifiers === null ? '' : ` ${JSON.stringify(identifiers)}`;
    return `${seam} ${createComparator({ rules: compare }).fingerprint}${names}`;
  });
  const common = createComparator({ rules: guard.compare }).fingerprint;
  const grpc = guard.grpc === null ? [] : [ofGrpc(guard.grpc)];
  return fingerprint(
    JSON.stringify([common, routes.sort(), guard.headers, guard.maxBodyBytes, ...grpc]),
  );
}

/** Which trailers, which rules, and what the messages are by the descriptor set that is there. */
function ofGrpc({ methods, ignoredTrailers, descriptors }: GrpcSettings): string {
  const rules = Object.entries(methods).map(([name, { compare }]) => {
    return `${name} ${createComparator({ rules: compare }).fingerprint}`;
  });
  const set = descriptors === null ? '' : contentOf(descriptors);
  return fingerprint(JSON.stringify([rules.sort(), ignoredTrailers, set]));
}

/** Where control runs alone the file may be missing; a guard without it would not start. */
function contentOf(file: string): string {
  try {
    return readFileSync(file, 'base64');
  } catch {
    return 'missing';
  }
}
