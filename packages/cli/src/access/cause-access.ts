import type { AdminClient } from '@falsework/client';
import { type MigrationStatus, ROUTES, type WireCause } from '@falsework/client/contract';
import { fault } from '@falsework/core/errors';

// As many as control keeps in an epoch.
const CAUSES_MAX = 1_000;

/** Causes of differences: of the present epoch, or of all. */
export async function fetchCauses(
  client: AdminClient,
  status: MigrationStatus,
  { isAll }: { readonly isAll: boolean },
): Promise<WireCause[]> {
  const epoch = isAll ? {} : { epoch: status.epoch.ordinal };
  const query = { limit: CAUSES_MAX, ...epoch };
  const params = { migration: status.name };
  return (await client.call(ROUTES.causes, { params, query, body: {} })).causes;
}

/** The one cause that a person means by `#a41f`, or by more or fewer digits of it. */
export async function chooseCause(
  client: AdminClient,
  status: MigrationStatus,
  given: string,
): Promise<WireCause> {
  const prefix = given.replace(/^#/, '').toLowerCase();
  const causes = await fetchCauses(client, status, { isAll: true });
  const found = causes.filter(({ record }) => record.id.startsWith(prefix));
  const [only, ...others] = found;
  if (!only || prefix === '')
    throw fault('FW_CAUSE_UNKNOWN', { migration: status.name, id: prefix });
  if (others.length > 0) {
    const ids = found.map(({ record }) => `#${record.id}`).join(', ');
    throw fault('FW_CAUSE_AMBIGUOUS', { id: prefix, ids });
  }
  return only;
}
