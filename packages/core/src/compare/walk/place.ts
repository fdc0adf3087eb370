import type { PathStep } from '../path/format-path.ts';
import type { RuleStates } from '../rules/rule-states.ts';

/**
 * A position in both documents at once. A linked list towards the root: most positions never
 * differ, and only those that do pay for a path. Each side has its own rule states, because
 * indices, lengths and filters may select a node on one side only.
 */
export class Place {
  readonly parent: Place | null;
  /** Null at the root, and for content that stands for its holder: it has the holder's path. */
  readonly step: PathStep | null;
  readonly depth: number;
  readonly legacyRules: RuleStates;
  readonly candidateRules: RuleStates;

  constructor(
    parent: Place | null,
    step: PathStep | null,
    legacyRules: RuleStates,
    candidateRules: RuleStates,
  ) {
    this.parent = parent;
    this.step = step;
    this.depth = parent === null ? 0 : parent.depth + 1;
    this.legacyRules = legacyRules;
    this.candidateRules = candidateRules;
  }

  /** The steps from the root, the root's own left out. */
  steps(): readonly PathStep[] {
    const steps: PathStep[] = this.step === null ? [] : [this.step];
    for (let at = this.parent; at !== null; at = at.parent) {
      if (at.step !== null) steps.push(at.step);
    }
    return steps.reverse();
  }
}
