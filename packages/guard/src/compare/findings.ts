import type { Finding } from '@falsework/core/evidence';
import { fingerprint } from '@falsework/core/text';
import type { Redactor } from '@falsework/seam/engine';

/** What an own finding needs besides what it says. */
export interface FindingScope {
  /** The same cause at two seams is two signatures. */
  readonly seam: string;
  readonly redactor: Redactor;
}

/**
 * A difference outside of a JSON body: of the status, a header, a text, or of whether there was an
 * answer at all.
 */
export interface OwnDifference {
  /**
   * In parentheses, so that it is never taken for a JSONPath: `(status)`, `(header location)`,
   * `(body)`.
   */
  readonly template: string;
  readonly kind: string;
  /** Where exactly, when that is more than the template says. */
  readonly path?: string;
  readonly legacy: string;
  readonly candidate: string;
  /**
   * What else tells this cause from others, such as the two statuses. Never a value from a body.
   */
  readonly cause?: readonly string[];
}

/** The finding of such a difference, under an id made like those of differences inside JSON. */
export function findingOf(
  { template, kind, path = template, legacy, candidate, cause = [] }: OwnDifference,
  { seam, redactor: { redact } }: FindingScope,
): Finding {
  return {
    id: fingerprint(JSON.stringify([seam, template, kind, ...cause])),
    template,
    kind,
    example: { path, legacy: redact(legacy, path), candidate: redact(candidate, path) },
  };
}
