import type { NoiseCounts, NoisyPath } from '@falsework/core/evidence';
import { formatCount, formatRate } from '@falsework/core/text';

/** How often legacy was run against itself, how often it differed, and where. */
export interface NoiseReport extends Pick<NoiseCounts, 'pairs' | 'noisy'> {
  /** Most frequent first, each with the rule that would settle it. */
  readonly paths: readonly NoisyPath[];
}

const PATHS_SHOWN = 5;

/** The lines about noise in a report, without indentation; none where legacy agrees with itself. */
export function noiseLines({ pairs, noisy, paths }: NoiseReport): string[] {
  if (noisy === 0) return [];
  const share = formatRate(noisy / pairs);
  const runs = `${formatCount(noisy)} of ${formatCount(pairs)} runs (${share})`;
  const shown = paths.slice(0, PATHS_SHOWN).map(({ template, kind, rule }) => {
    return `  ${template}   ${kind}   ${rule === null ? 'no rule is narrow enough' : `rule ${rule}`}`;
  });
  const more = paths.length - shown.length;
  return [
    `noise: legacy differs from itself on ${runs}`,
    ...shown,
    ...(more > 0 ? [`  and ${formatCount(more)} more`] : []),
  ];
}
