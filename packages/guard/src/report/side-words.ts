import type { Side } from '@falsework/core/routing';
import { formatCount, formatCounted } from '@falsework/core/text';
import type { FailureKind } from '../sides/side-failure.ts';
import type { FailureCount, SideCounts } from '../sides/side-log.ts';
import type { SideFacts } from './side-facts.ts';

/**
 * What happened to one side, a sentence for each kind of failure. Empty when it answered everything
 * and is well. Of a side that serves callers too it is said which failures no caller waited for.
 */
export function sideWords(side: Side, { counts, shadows, health }: SideFacts): string[] {
  const asked = counts.asked - (shadows?.asked ?? 0);
  const sentences =
    shadows === undefined || asked === 0
      ? counts.failures.map((failure) => `${side} ${failed(failure, counts.asked)}`)
      : [
          ...without(counts, shadows).map((failure) => `${side} ${failed(failure, asked)}`),
          ...shadows.failures.map((failure) => `${side} ${failed(failure, shadows.asked)}${ASIDE}`),
        ];
  if (health !== null && !health.isHealthy) {
    sentences.push(`${side} fails its health checks: ${health.because ?? 'no reason known'}`);
  }
  return sentences;
}

const ASIDE = ' asked only to compare: no caller waited';

/** The failures that are not among those of the shadows. */
function without(all: SideCounts, shadows: SideCounts): FailureCount[] {
  const ofShadows = new Map(shadows.failures.map((each) => [`${each.kind} ${each.code}`, each]));
  return all.failures.flatMap((failure) => {
    const known = ofShadows.get(`${failure.kind} ${failure.code}`)?.count ?? 0;
    return failure.count > known ? [{ ...failure, count: failure.count - known }] : [];
  });
}

const VERBS: Readonly<Record<FailureKind, readonly [verb: string, noun: string]>> = {
  refused: ['refused', 'connection'],
  'not-found': ['could not be found for', 'request'],
  unreachable: ['could not be reached for', 'request'],
  timeout: ['did not answer in time to', 'request'],
  closed: ['closed the connection without an answer to', 'request'],
  'broken-off': ['broke off', 'answer'],
  'not-http': ['sent what is not HTTP to', 'request'],
  tls: ['failed to set up TLS for', 'connection'],
  status: ['answered', 'request'],
  stopped: ['was stopped in', 'request'],
  other: ['failed', 'request'],
};

function failed({ kind, code, count }: FailureCount, asked: number): string {
  const [verb, noun] = VERBS[kind];
  const share = `${formatCount(count)} of ${formatCounted(asked, noun)}`;
  if (kind === 'status') return `${verb} ${code} to ${share}`;
  return kind === 'timeout' ? `${verb} ${share}` : `${verb} ${share} (${code})`;
}
