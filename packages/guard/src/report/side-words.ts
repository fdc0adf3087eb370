import type { Side } from '@falsework/core/routing';
import { formatCount, formatCounted } from '@falsework/core/text';
import type { FailureKind } from '../sides/side-failure.ts';
import type { FailureCount } from '../sides/side-log.ts';
import type { SideFacts } from './side-facts.ts';

/**
 * What happened to one side, a sentence for each kind of failure. Empty when it answered everything
 * and is well.
 */
export function sideWords(side: Side, { counts, health }: SideFacts): string[] {
  const { asked } = counts;
  const sentences = counts.failures.map((failure) => `${side} ${failed(failure, asked)}`);
  if (health !== null && !health.isHealthy) {
    sentences.push(`${side} fails its health checks: ${health.because ?? 'no reason known'}`);
  }
  return sentences;
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
