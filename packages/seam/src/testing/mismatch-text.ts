import { formatCount, formatCounted } from '@falsework/core/text';
import type { SeamCause } from '../seam/report-data.ts';

/** What one seam saw since the last look. */
export interface SeamMismatch {
  readonly seam: string;
  readonly compared: number;
  readonly differing: number;
  readonly timedOut: number;
  readonly causes: readonly SeamCause[];
}

/** Fewer calls than a suite asks for. */
export interface TooFew {
  readonly compared: number;
  readonly comparedMin: number;
}

// A test that breaks everything is read from its first causes.
const CAUSES_SHOWN = 10;

/** What differs, as a developer reads it in a failed test. */
export function mismatchText(mismatches: readonly SeamMismatch[], tooFew: TooFew | null): string {
  if (tooFew !== null) {
    const { compared, comparedMin } = tooFew;
    return `Only ${formatCounted(compared, 'call')} compared by the seams; at least ${formatCount(comparedMin)} expected.`;
  }
  return mismatches.map(seamText).join('\n\n');
}

function seamText({ seam, compared, differing, timedOut, causes }: SeamMismatch): string {
  const lines: string[] = [];
  if (differing > 0) {
    lines.push(`${seam}: ${formatCount(differing)} of ${formatCounted(compared, 'call')} differ`);
  }
  if (timedOut > 0) {
    lines.push(`${seam}: ${formatCounted(timedOut, 'call')} not answered by the candidate in time`);
  }
  for (const cause of causes.slice(0, CAUSES_SHOWN)) lines.push(...causeLines(cause));
  const hidden = causes.length - CAUSES_SHOWN;
  if (hidden > 0) lines.push(`  and ${formatCounted(hidden, 'other cause')}`);
  return lines.join('\n');
}

function causeLines({ count, template, kind, legacy, candidate }: SeamCause): string[] {
  return [
    `  ${template}   ${kind}   ${formatCount(count)}×`,
    `    - legacy     ${legacy}`,
    `    + candidate  ${candidate}`,
  ];
}
