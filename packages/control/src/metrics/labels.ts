/** A label, and why it cannot take ever more values. */
export interface Label {
  readonly meaning: string;
  readonly bound: string;
}

/**
 * Every label that a metric may have. Nothing that callers, builds or restarts make more of is
 * among them: no cause, plane, journal, build, key, path or text.
 */
export const LABELS = {
  migration: { meaning: 'The migration.', bound: 'those of the configuration' },
  seam: {
    meaning: 'A wrapped function, or one route of the guard.',
    bound: 'seams in the code, and routes, of which a guard learns so many places only',
  },
  stratum: {
    meaning: 'A class of input that proves itself separately; empty where there is one only.',
    bound: '2,000 for all seams of a step together; what comes later is one stratum',
  },
  side: { meaning: '`legacy` or `candidate`.', bound: '2' },
  verdict: { meaning: 'How a paired run ended, see the glossary.', bound: '9' },
  reason: { meaning: 'Why a sampled run was not compared.', bound: '14, with `other`' },
  gate: { meaning: 'A gate before the next step.', bound: '34' },
  status: { meaning: '`pass`, `hold`, `fail` or `invalid`.', bound: '4' },
  owner: {
    meaning: 'Who answers for an accepted difference.',
    bound: 'people who accepted one; the 100 that end first are shown',
  },
  state: { meaning: 'Where a write, a row or a canary stands.', bound: '4' },
} as const satisfies Readonly<Record<string, Label>>;

/** The name of a label. */
export type LabelName = keyof typeof LABELS;
