import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { median, quantile } from './stats.ts';

/** Something whose time is to be known. It returns what must not be optimised away. */
export interface Contender {
  readonly name: string;
  readonly run: () => unknown;
}

/** The time of one contender in every round, in microseconds a call. */
export type Times = ReadonlyMap<string, readonly number[]>;

const ROUNDS = 60;
const WARM_UP_ROUNDS = 20;
const ROUND_NS = 1_500_000;

/**
 * Times the contenders in turns, round after round, so that a neighbour on the machine spoils a
 * round of all of them rather than one of them.
 */
export function race(contenders: readonly Contender[]): Times {
  const calls = contenders.map(callsPerRound);
  const times = new Map<string, number[]>(contenders.map(({ name }) => [name, []]));
  for (let round = 0; round < WARM_UP_ROUNDS + ROUNDS; round += 1) {
    for (const [i, contender] of contenders.entries()) {
      const us = time(contender, calls[i] ?? 1);
      if (round >= WARM_UP_ROUNDS) times.get(contender.name)?.push(us);
    }
  }
  return times;
}

/** How often one is faster than another: the median of the rounds, and its inner half. */
export interface Ratio {
  readonly median: number;
  readonly low: number;
  readonly high: number;
}

export function ratio(times: Times, slow: string, fast: string): Ratio {
  const of = times.get(fast) ?? [];
  const ratios = (times.get(slow) ?? []).map((us, round) => us / (of[round] ?? Number.NaN));
  const sorted = ratios.sort((a, b) => a - b);
  return { median: median(sorted), low: quantile(sorted, 0.25), high: quantile(sorted, 0.75) };
}

export function microseconds(times: Times, name: string): string {
  return `${median(times.get(name) ?? []).toFixed(2)} µs`;
}

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as (options: { readonly type: 'minor' }) => void;

// Where results go, so that no optimiser can drop the work that made them.
const sink: { last: unknown } = { last: undefined };

function time({ run }: Contender, calls: number): number {
  // Else whoever comes after a contender that leaves much garbage is kept waiting for it.
  collect({ type: 'minor' });
  const start = process.hrtime.bigint();
  for (let i = 0; i < calls; i += 1) sink.last = run();
  return Number(process.hrtime.bigint() - start) / calls / 1_000;
}

function callsPerRound(contender: Contender): number {
  const us = Math.min(time(contender, 50), time(contender, 50));
  return Math.max(1, Math.round(ROUND_NS / 1_000 / us));
}
