import type { AdminClient } from '@falsework/client';
import { type MigrationStatus, ROUTES, type WireCause } from '@falsework/client/contract';
import { fault } from '@falsework/core/errors';
import { formatList } from '@falsework/core/text';

// As many as control hands out at once. Nobody reads the thousandth; by its digits each is found.
const CAUSES_MAX = 1_000;

/** Causes of differences: of the present epoch, or of all. */
export async function fetchCauses(
  client: AdminClient,
  status: MigrationStatus,
  { isAll, id }: { readonly isAll: boolean; readonly id?: string },
): Promise<WireCause[]> {
  const epoch = isAll ? {} : { epoch: status.epoch.ordinal };
  const query = { limit: CAUSES_MAX, ...epoch, ...(id === undefined ? {} : { id }) };
  const params = { migration: status.name };
  return (await client.call(ROUTES.causes, { params, query, body: {} })).causes;
}

/**
 * The one cause that a person means by `a41f`, or by more or fewer digits of its id. Throws
 * `FW_CAUSE_UNKNOWN` and `FW_CAUSE_AMBIGUOUS`.
 */
export async function chooseCause(
  client: AdminClient,
  status: MigrationStatus,
  given: string,
): Promise<WireCause> {
  const id = given.replace(/^#/, '').toLowerCase();
  const isId = /^[0-9a-f]{1,16}$/.test(id);
  const found = isId ? await fetchCauses(client, status, { isAll: true, id }) : [];
  const [only, ...others] = found;
  if (!only) throw fault('FW_CAUSE_UNKNOWN', { migration: status.name, id });
  if (others.length > 0) {
    const ids = formatList(found.map(({ record }) => `#${record.id}`));
    throw fault('FW_CAUSE_AMBIGUOUS', { id, ids });
  }
  return only;
}
