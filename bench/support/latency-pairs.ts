// What a candidate in some condition costs callers of legacy: their p99 with shadowing on over
// their p99 with it off, at half of the guard's capacity, under the default policy (10 % sampled,
// 100 ms, four at once). Legacy, candidates, guards and callers are processes of their own. On and
// off alternate on one and the same guard, half a second each, and the conditions take turns, so
// that a neighbour on the machine meets all of them and both halves of a pair. What counts is where
// the ratios of the pairs lie (Hodges and Lehmann's estimate on their logarithms). Pairs during
// which others worked on the machine are left out, by what the system says of them and never by
// what was measured.
import { DEFAULT_POLICY } from '@falsework/core/policy';
import type { GuardReport } from '@falsework/guard';
import type { Ratios } from '../benches.ts';
import { type Child, cpuUsOf, start } from './child.ts';
import { locationOf } from './confidence.ts';
import { freePort } from './free-port.ts';
import type { GuardQuestion } from './guard-process.ts';
import type { Noticed } from './load.ts';
import { watchNeighbours } from './neighbours.ts';
import type { Mode } from './service.ts';
import { median } from './stats.ts';
import { table } from './table.ts';

// Many short pairs: what a neighbour does for a second spoils some of them, and not what comes of
// all.
const TURNS = 8;
const PAIRS_PER_TURN = 5;
const ROUND_SECONDS = 0.5;
// The part of the machine that others may work without spoiling a pair.
const OTHERS_MAX = 0.05;
const WARM_UP_SECONDS = 2.5;
// A guard that begins to shadow spends fifty failures on finding out what the candidate is; what is
// measured is what comes after.
const SETTLE_SECONDS = 0.5;
const CAPACITY_SECONDS = 4;
const CAPACITY_CONNECTIONS = 32;

/** Off against off, which shows what the machine itself makes of two equal halves. */
const NOTHING = 'nothing (off/off)';

export type Process = Child<{ readonly port: number }>;

/** Who takes part, and how many requests there are each second. */
export interface Stage {
  readonly legacy: Process;
  readonly load: Child<object>;
  readonly rate: number;
}

/** One round, as callers noticed it. */
interface Round extends Noticed {
  /** What the guard's process worked for each of them. Neighbours cost it time, but no work. */
  readonly cpuUs: number;
  /** The neighbours' share of the machine meanwhile. */
  readonly others: number;
}

interface Pair {
  readonly off: Round;
  readonly on: Round;
}

interface Measured {
  readonly row: Mode | typeof NOTHING;
  readonly guard: Process;
  readonly pairs: Pair[];
}

/** Legacy and callers, and half of what a guard between them can do. */
export async function setStage(): Promise<Stage> {
  const legacy = await start<{ port: number }>('service.ts', 'healthy');
  const load = await start<object>('load.ts');
  const guard = await guardBefore(legacy, 'dead');
  const question = { port: guard.ready.port, connections: CAPACITY_CONNECTIONS };
  await load.ask({ ...question, seconds: WARM_UP_SECONDS });
  const { perSecond } = await load.ask<Noticed>({ ...question, seconds: CAPACITY_SECONDS });
  const rate = Math.round(perSecond / 2);
  console.log(
    `capacity ${Math.round(perSecond)}/s on ${CAPACITY_CONNECTIONS} connections, measured at ${rate}/s`,
  );
  return { legacy, load, rate };
}

/** A guard in front of legacy and of a candidate in some condition. It shadows nothing at first. */
export async function guardBefore(legacy: Process, candidate: Mode): Promise<Process> {
  const port =
    candidate === 'dead'
      ? await freePort()
      : (await start<{ port: number }>('service.ts', candidate)).ready.port;
  return start('guard-process.ts', String(legacy.ready.port), String(port));
}

/**
 * Measures each of the candidates, prints what came of it, and returns the ratios. Rejects when a
 * caller got a wrong answer: then no figure means anything.
 */
export async function measurePairs(
  stage: Stage,
  candidates: readonly Mode[],
  { ratioMax }: { readonly ratioMax: number },
): Promise<Ratios> {
  const measured: Measured[] = [];
  for (const row of [NOTHING, ...candidates] as const) {
    const guard = await guardBefore(stage.legacy, row === NOTHING ? 'dead' : row);
    measured.push({ row, guard, pairs: [] });
    await round({ row, guard }, { ...stage, isShadowing: true, seconds: WARM_UP_SECONDS });
  }
  for (let turn = 0; turn < TURNS; turn += 1) {
    for (const each of measured) await takeTurn(each, stage);
  }
  console.log(await tableOf(measured, ratioMax));
  const rows = measured.filter(({ row }) => row !== NOTHING);
  return Object.fromEntries(rows.map(({ row, pairs }) => [row, ratioOf(quietest(pairs)).at]));
}

async function takeTurn(measured: Measured, stage: Stage): Promise<void> {
  const { pairs } = measured;
  const take = (isShadowing: boolean, seconds = ROUND_SECONDS): Promise<Round> =>
    round(measured, { ...stage, isShadowing, seconds });
  await take(true, SETTLE_SECONDS);
  for (let i = 0; i < PAIRS_PER_TURN; i += 1) {
    // Whichever comes first would otherwise always have the younger heap.
    const isOnFirst = pairs.length % 2 === 1;
    const [first, second] = [await take(isOnFirst), await take(!isOnFirst)];
    pairs.push(isOnFirst ? { on: first, off: second } : { off: first, on: second });
  }
}

async function round(
  { row, guard }: Pick<Measured, 'row' | 'guard'>,
  how: Stage & { readonly isShadowing: boolean; readonly seconds: number },
): Promise<Round> {
  const { load, rate: ratePerSecond, isShadowing, seconds } = how;
  const sample = isShadowing && row !== NOTHING ? DEFAULT_POLICY.shadow.sample : 0;
  const question: GuardQuestion = { shadow: { sample } };
  await guard.ask(question);
  const others = await watchNeighbours();
  const beforeUs = await cpuUsOf(guard);
  const noticed = await load.ask<Noticed>({ port: guard.ready.port, ratePerSecond, seconds });
  const cpuUs = ((await cpuUsOf(guard)) - beforeUs) / noticed.requests;
  if (noticed.wrong > 0) throw new Error(`${noticed.wrong} wrong answers with a ${row} candidate`);
  return { ...noticed, cpuUs, others: await others() };
}

/**
 * The pairs during which others left the machine alone, whatever came of them; when these are fewer
 * than half, the half during which others did least.
 */
function quietest(pairs: readonly Pair[]): readonly Pair[] {
  const others = ({ off, on }: Pair): number => Math.max(off.others, on.others);
  const sorted = [...pairs].sort((a, b) => others(a) - others(b));
  const isLoud = (pair: Pair): boolean => others(pair) > OTHERS_MAX;
  const loud = sorted.findIndex(isLoud);
  return sorted.slice(0, loud === -1 ? sorted.length : Math.max(loud, sorted.length / 2));
}

/** The p99 with shadowing on over the p99 with it off, with its 95 % confidence. */
function ratioOf(pairs: readonly Pair[]): { readonly at: number; readonly words: string } {
  // A ratio of a half is as far from one as a ratio of two.
  const ratios = pairs.map(({ off, on }) => Math.log(on.p99Ms / off.p99Ms));
  const { at, low, high } = locationOf(ratios);
  const text = (value: number): string => Math.exp(value).toFixed(2);
  return { at: Number(Math.exp(at).toFixed(3)), words: `${text(low)} – ${text(high)}` };
}

async function tableOf(measured: readonly Measured[], ratioMax: number): Promise<string> {
  const rows = [
    [
      'candidate',
      'p99 off',
      'p99 on',
      'ratio',
      '95 % confidence',
      `≤ ${ratioMax}`,
      'p50 off',
      'p50 on',
      'CPU off',
      'CPU on',
      'others',
      'what the guard says',
    ],
  ];
  const ms = (values: readonly number[]): string => `${median(values).toFixed(2)} ms`;
  const us = (values: readonly number[]): string => `${median(values).toFixed(0)} µs`;
  for (const { row, guard, pairs: all } of measured) {
    const pairs = quietest(all);
    const report = await guard.ask<GuardReport>({});
    const ratio = ratioOf(pairs);
    rows.push([
      row,
      ms(pairs.map(({ off }) => off.p99Ms)),
      ms(pairs.map(({ on }) => on.p99Ms)),
      ratio.at.toFixed(2),
      ratio.words,
      ratio.at <= ratioMax ? 'yes' : 'no',
      ms(pairs.map(({ off }) => off.p50Ms)),
      ms(pairs.map(({ on }) => on.p50Ms)),
      us(pairs.map(({ off }) => off.cpuUs)),
      us(pairs.map(({ on }) => on.cpuUs)),
      `${(100 * median(pairs.map(({ off, on }) => (off.others + on.others) / 2))).toFixed(0)} %`,
      report.sides.candidate.words[0] ?? `${report.compared} compared, ${report.shed} shed`,
    ]);
  }
  return table(rows);
}
