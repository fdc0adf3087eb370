import type { Cause } from './comparison.ts';
import { typeNameOf } from './values/family.ts';
import type { Finding } from './walk/walker.ts';

// Two answers with more causes than this have nothing in common.
const CAUSES_MAX = 100;

/** A cause while it is being counted. */
export interface CountedCause {
  readonly index: number;
  readonly template: string;
  readonly kind: Cause['kind'];
  readonly types: Cause['types'];
  count: number;
}

/** The causes of one comparison, in the order in which they appear. */
export class CauseCounts {
  readonly #counted: CountedCause[] = [];
  /** Causes that stand at one place are few: most places have one. */
  readonly #byTemplate = new Map<string, CountedCause[]>();

  get list(): readonly Cause[] {
    return this.#counted.map(({ template, kind, types, count }) =>
      types === undefined ? { template, kind, count } : { template, kind, types, count },
    );
  }

  /** Counts the finding under its cause; undefined when it is of one cause too many. */
  count(finding: Finding, template: string): CountedCause | undefined {
    const types = typesOf(finding);
    const known = this.#byTemplate.get(template);
    for (const counted of known ?? []) {
      if (counted.kind !== finding.kind || !areSame(counted.types, types)) continue;
      counted.count += 1;
      return counted;
    }
    const index = this.#counted.length;
    if (index >= CAUSES_MAX) return undefined;
    const counted = { index, template, kind: finding.kind, types, count: 1 };
    this.#counted.push(counted);
    if (known === undefined) this.#byTemplate.set(template, [counted]);
    else known.push(counted);
    return counted;
  }
}

/** Only for `type`: "null against string" and "null against number" are two causes. */
function typesOf({ kind, legacy, candidate }: Finding): Cause['types'] {
  return kind === 'type' ? [typeNameOf(legacy), typeNameOf(candidate)] : undefined;
}

function areSame(a: Cause['types'], b: Cause['types']): boolean {
  return a?.[0] === b?.[0] && a?.[1] === b?.[1];
}
