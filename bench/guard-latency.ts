// What shadowing costs callers of legacy in time: their p99 with 10 % sampled over their p99 with
// nothing sampled, whatever state the candidate is in; and how long the guard itself is busy with a
// request. At half of its capacity, open loop: a request is due when it is due, whatever became of
// earlier ones.
import type { Ratios } from './benches.ts';
import { stopAll } from './support/child.ts';
import type { GuardQuestion } from './support/guard-process.ts';
import { histogram } from './support/histogram.ts';
import {
  guardBefore,
  measurePairs,
  type Process,
  type Stage,
  setStage,
} from './support/latency-pairs.ts';
import type { Noticed } from './support/load.ts';
import { quantile } from './support/stats.ts';
import { table } from './support/table.ts';

const CANDIDATES = ['healthy', 'slow', 'hanging'] as const;
const RATIO_MAX = 1.05;
const OWN_TIME_SECONDS = 5;
const WARM_UP_SECONDS = 2;

/** Runs the bench. Rejects when a caller got a wrong answer: then no figure means anything. */
export async function run(): Promise<Ratios> {
  try {
    const stage = await setStage();
    const ratios = await measurePairs(stage, CANDIDATES, { ratioMax: RATIO_MAX });
    const ownP99Us = await measureOwnTime(stage);
    return { ...ratios, ownP99Us };
  } finally {
    await stopAll();
  }
}

/** The guard's own time, with 10 % sampled and a healthy candidate. Taking it costs some itself. */
async function measureOwnTime(stage: Stage): Promise<number> {
  const guard = await guardBefore(stage.legacy, 'healthy');
  const ask = <Answer>(question: GuardQuestion): Promise<Answer> => guard.ask<Answer>(question);
  // What the default policy says.
  await ask({ shadow: {} });
  await call(stage, guard, WARM_UP_SECONDS);
  await ask({ ownTime: 'begin' });
  const through = await call(stage, guard, OWN_TIME_SECONDS);
  const times = Float64Array.from(await ask<number[]>({ ownTime: 'end' })).sort();
  if (times.length === 0) throw new Error('Nothing of the guard was seen: its own time is unknown');
  const direct = await call(stage, stage.legacy, OWN_TIME_SECONDS);
  console.log(
    `\nThe guard's own time for a request, of ${times.length}:\n${histogram(times, 'µs')}\n`,
  );
  const ms = (value: number): string => `${value.toFixed(2)} ms`;
  const row = (name: string, { p50Ms, p99Ms }: Noticed): string[] => [name, ms(p50Ms), ms(p99Ms)];
  const rows = [row('directly', direct), row('through the guard', through)];
  console.log(table([[`at ${stage.rate}/s`, 'p50', 'p99'], ...rows]));
  return Number(quantile(times, 0.99).toFixed(1));
}

async function call({ load, rate }: Stage, to: Process, seconds: number): Promise<Noticed> {
  const noticed = await load.ask<Noticed>({ port: to.ready.port, ratePerSecond: rate, seconds });
  if (noticed.wrong > 0) throw new Error(`${noticed.wrong} wrong answers`);
  return noticed;
}
