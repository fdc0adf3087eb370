import {
  type Comparison,
  type Difference,
  type Signature,
  signaturesOf,
} from '@falsework/core/compare';
import type { Finding } from '@falsework/core/evidence';
import type { Judgement } from './job.ts';
import type { Redactor } from './redactor.ts';

// Two answers with more causes than this have nothing in common, and the first ones say so.
const FINDINGS_MAX = 20;

/** Causes of legacy's own noise are no causes of the candidate's, so they are named apart. */
export function noiseScope(seam: string): string {
  return `${seam} against itself`;
}

/** What a judgement needs besides the comparison. */
export interface JudgementScope {
  /** The seam or route: the same cause at two seams is two signatures. */
  readonly seam: string;
  readonly redactor: Redactor;
}

/** A comparison as the engine takes it: one finding per cause, each with one redacted example. */
export function judgementOf(comparison: Comparison, scope: JudgementScope): Judgement {
  if (comparison.result !== 'different') return { result: comparison.result, findings: [] };
  const { seam } = scope;
  // One numbering for all that is shown of the pair: what is the same in two findings looks so.
  const redactor = scope.redactor.forPair();
  const signatures = signaturesOf(comparison, seam).slice(0, FINDINGS_MAX);
  const findings = signatures.map((signature, index) => {
    const example = comparison.differences.find(({ cause }) => cause === index);
    return findingOf(signature, example, redactor);
  });
  return { result: 'different', findings };
}

function findingOf(
  { id, template, kind }: Signature,
  example: Difference | undefined,
  { redact }: Redactor,
): Finding {
  const { path, legacy, candidate } = example ?? { path: template, legacy: '', candidate: '' };
  return {
    id,
    // A key that is data can be an address or a card number, in the template as in the path.
    template: redact(template),
    kind,
    example: {
      path: redact(path),
      legacy: redact(legacy, path),
      candidate: redact(candidate, path),
    },
  };
}
