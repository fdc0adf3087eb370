import type { StepRequest } from '@falsework/client/contract';

/** What is filled in to accept a difference. */
export interface AcceptForm {
  readonly owner: string;
  readonly reason: string;
  /** A day, as `2027-03-31`. */
  readonly until: string;
}

/**
 * The request that a form makes; `null` while something is missing. It lasts to the end of a day.
 */
export function acceptRequest(id: string, form: AcceptForm): StepRequest | null {
  const [owner, reason] = [form.owner.trim(), form.reason.trim()];
  const isDay = /^\d{4}-\d{2}-\d{2}$/.test(form.until);
  const expiresAt = isDay ? Date.parse(`${form.until}T23:59:59.999Z`) : Number.NaN;
  if (owner === '' || reason === '' || Number.isNaN(expiresAt)) return null;
  return { type: 'accept', id, owner, reason, expiresAt };
}
