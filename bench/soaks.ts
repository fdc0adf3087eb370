/** How long a soak runs, and what is done wrong in it on purpose, to see that it is found. */
export interface SoakTerms {
  /** At least two. */
  readonly minutes: number;
  /** `null`: nothing. */
  readonly plant: string | null;
}

/** What came of a soak. */
export interface SoakResult {
  readonly figures: Readonly<Record<string, number>>;
  /** What must not be, in sentences; empty when all is well. */
  readonly found: readonly string[];
}

/** A soak, loaded only when it is asked for. */
export interface Soak {
  readonly run: (terms: SoakTerms) => Promise<SoakResult>;
}

export const SOAKS: Readonly<Record<string, () => Promise<Soak>>> = {
  guard: () => import('./guard-soak.ts'),
  writes: () => import('../packages/guard/test/write-proof/soak.ts'),
};
