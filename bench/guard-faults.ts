// What a faulty candidate costs callers of legacy: their p99 with shadowing on over their p99 with
// it off, at half of the guard's capacity.
import type { Ratios } from './benches.ts';
import { stopAll } from './support/child.ts';
import { measurePairs, setStage } from './support/latency-pairs.ts';

const FAULTS = ['dead', 'hanging', 'slow', 'garbage', 'mid-body-drop'] as const;
const RATIO_MAX = 1.1;

/** Runs the bench. Rejects when a caller got a wrong answer: then no figure means anything. */
export async function run(): Promise<Ratios> {
  try {
    return await measurePairs(await setStage(), FAULTS, { ratioMax: RATIO_MAX });
  } finally {
    await stopAll();
  }
}
