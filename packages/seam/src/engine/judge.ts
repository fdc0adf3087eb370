import type { Finding, NoiseLook, Verdict } from '@falsework/core/evidence';
import type { Judgement, Outcome } from './job.ts';
import type { ShedReason } from './shed.ts';

/** What one look at a pair says. */
export interface Look {
  readonly verdict: Verdict;
  readonly findings: readonly Finding[];
  /** Why the verdict is `shed`; `null` otherwise. */
  readonly because: ShedReason | null;
}

/** A run that was not compared. */
export function shedLook(because: ShedReason): Look {
  return { verdict: 'shed', findings: [], because };
}

/**
 * The verdict on two outcomes. `judgement` is `null` when comparing them failed: then only a
 * failure on one side can still be told from a success on the other.
 */
export function judge(
  legacy: Outcome<unknown>,
  candidate: Outcome<unknown>,
  judgement: Judgement | null,
): Look {
  if (legacy.ok !== candidate.ok) {
    const verdict = legacy.ok ? 'candidate_error' : 'legacy_error';
    return { verdict, findings: judgement?.findings ?? [], because: null };
  }
  if (judgement === null) return shedLook('fault');
  switch (judgement.result) {
    case 'incomplete':
      return shedLook('incomplete');
    case 'different':
      // Two failures that differ reach the caller as two different answers.
      return { verdict: 'mismatch', findings: judgement.findings, because: null };
    case 'accepted':
      return { verdict: legacy.ok ? 'accepted' : 'both_error', findings: [], because: null };
    case 'equal':
      return { verdict: legacy.ok ? 'match' : 'both_error', findings: [], because: null };
    default:
      // A result that is none of ours, from a job written without types.
      return shedLook('fault');
  }
}

/**
 * What a second look makes of a mismatch. It repeated when at least one cause is there again, and
 * those causes are the ones reported; a difference that is gone, or that is another one each time,
 * is `transient`. A second look that could not be finished excuses nothing: the first one stands.
 */
export function afterSecondLook(first: Look, second: Look): Look {
  const { verdict } = second;
  if (verdict === 'mismatch') return repeated(first, second);
  const isGone = verdict === 'match' || verdict === 'accepted' || verdict === 'both_error';
  return isGone ? { verdict: 'transient', findings: [], because: null } : first;
}

function repeated(first: Look, second: Look): Look {
  const before = new Set(first.findings.map((finding) => finding.id));
  const again = second.findings.filter((finding) => before.has(finding.id));
  if (again.length > 0) return { verdict: 'mismatch', findings: again, because: null };
  // A comparator that names no causes leaves nothing to tell them apart by: the difference counts.
  if (first.findings.length === 0 || second.findings.length === 0) return first;
  return { verdict: 'transient', findings: [], because: null };
}

/** What legacy against itself says; `null` when it was not compared to the end. */
export function noiseOf({ verdict, findings }: Look): NoiseLook | null {
  if (verdict === 'shed' || verdict === 'timeout') return null;
  const differs =
    verdict === 'mismatch' || verdict === 'candidate_error' || verdict === 'legacy_error';
  return { differs, findings: differs ? findings : [] };
}
