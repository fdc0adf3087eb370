import { formatCount } from '@falsework/core/text';
import type { UnprovenReason } from '../routes/route.ts';
import type { GuardReport, UnprovenRoute } from './guard-report.ts';

// In the words of whoever reads a report for the first time.
const WORDS: Readonly<Record<UnprovenReason, string>> = {
  write: 'writes',
  body: 'reads with a body, not declared',
  'dry-run': 'declared dry-run',
  follow: 'declared follow',
  stream: 'streams',
  upgrade: 'other protocols',
  unknown: 'not seen often enough',
  overflow: 'more paths than are learned',
};

/** A line for each reason for which routes are unproven, the busiest of each first. */
export function unprovenLines({ unproven }: GuardReport, max: number): string[] {
  const groups = [...Map.groupBy(unproven, ({ because }) => because)];
  return groups.map(([because, routes]) => `unproven (${WORDS[because]}): ${listed(routes, max)}`);
}

function listed(routes: readonly UnprovenRoute[], max: number): string {
  const each = routes
    .slice(0, max)
    .map(({ route, requests }) => `${route} ${formatCount(requests)}`);
  const more = routes.length - each.length;
  return [...each, ...(more > 0 ? [`and ${formatCount(more)} more (--all)`] : [])].join(' · ');
}
