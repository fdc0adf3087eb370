import type { CauseLine } from '@falsework/client/contract';

/** What of the list is shown, as the address says it. */
export interface CauseFilter {
  readonly state: string | null;
  readonly seam: string | null;
  readonly text: string | null;
  readonly isNoise: boolean;
  readonly order: 'impact' | 'latest' | 'oldest';
}

/** The filter that an address asks for. What it does not know, it does not ask for. */
export function filterIn(query: URLSearchParams): CauseFilter {
  const order = query.get('order');
  return {
    state: query.get('state'),
    seam: query.get('seam'),
    text: query.get('text'),
    isNoise: query.get('noise') === 'yes',
    order: order === 'latest' || order === 'oldest' ? order : 'impact',
  };
}

/** The causes that pass, in the order that is asked for. O(n log n). */
export function filtered(causes: readonly CauseLine[], filter: CauseFilter): CauseLine[] {
  const text = filter.text?.toLowerCase().replace(/^#/, '') ?? '';
  const passes = (cause: CauseLine): boolean =>
    cause.isNoise === filter.isNoise &&
    (filter.state === null || cause.state === filter.state) &&
    (filter.seam === null || cause.seam === filter.seam) &&
    (text === '' ||
      cause.id.startsWith(text) ||
      cause.template.toLowerCase().includes(text) ||
      cause.kind.toLowerCase().includes(text));
  const shown = causes.filter(passes);
  if (filter.order === 'latest') return shown.sort((a, b) => b.lastAt - a.lastAt);
  if (filter.order === 'oldest') return shown.sort((a, b) => a.firstAt - b.firstAt);
  return shown.sort((a, b) => b.count - a.count);
}
