import type { Comparator } from '@falsework/core/compare';
import type { Redactor } from '@falsework/seam/engine';

/** What judging two answers needs besides them. */
export interface CompareScope {
  readonly seam: string;
  readonly comparator: Comparator;
  readonly redactor: Redactor;
}
