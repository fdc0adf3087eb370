import type { Plant } from './plant.ts';

/** What is asked of a run. */
export interface ChaosTerms {
  readonly kills: number;
  readonly seed: number;
  /** Only what leads to this kill, to repeat it; `null` for all. */
  readonly only: number | null;
  /** What is done wrong on purpose, to see that it is found; `null`: nothing. */
  readonly plant: Plant | null;
  /** After this nothing is begun any more, and the run has failed. */
  readonly minutes: number;
  /** Takes a line of progress. */
  readonly say: (line: string) => void;
}

/** What came of a run. */
export interface ChaosResult {
  readonly figures: Readonly<Record<string, number>>;
  /** What must not be, in sentences; empty when all is well. */
  readonly found: readonly string[];
}

/** A run, loaded only when it is asked for. */
export interface Chaos {
  readonly run: (terms: ChaosTerms) => Promise<ChaosResult>;
}

export const RUNS: Readonly<Record<string, () => Promise<Chaos>>> = {
  data: () => import('./data-run.ts'),
  tpcb: () => import('./tpcb-run.ts'),
};
