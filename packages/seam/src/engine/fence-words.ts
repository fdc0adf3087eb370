import type { FenceReason } from '@falsework/core/routing';
import { formatCount } from '@falsework/core/text';
import type { FenceUse } from './counted-fence.ts';

const REASONS: Readonly<Record<FenceReason, string>> = {
  pending: 'being written',
  'every-key': 'a change that concerns every key',
  'too-many': 'too many changes under way',
  unknown: 'stores did not say',
};

/** Who was let through a fence and who was kept from it, for a report. */
export function fenceWords({ passed, fenced }: Pick<FenceUse, 'passed' | 'fenced'>): string {
  const reasons = (Object.keys(REASONS) as FenceReason[]).filter((reason) => fenced[reason] > 0);
  const total = reasons.reduce((sum, reason) => sum + fenced[reason], 0);
  const each = reasons.map((reason) => `${REASONS[reason]} ${formatCount(fenced[reason])}`);
  const why = each.length > 0 ? ` (${each.join(', ')})` : '';
  return `${formatCount(passed)} let through · ${formatCount(total)} kept with legacy${why}`;
}
