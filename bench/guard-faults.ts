// What a faulty candidate costs callers of legacy: their p99 with shadowing on over their p99 with
// it off, at half of the guard's capacity, under the default policy (10 % sampled, 100 ms, four at
// once). Legacy, candidates, guards and callers are processes of their own. On and off alternate on
// one and the same guard, half a second each, and the faults take turns, so that a neighbour on the
// machine meets all of them and both halves of a pair. What counts is the median ratio of the half
// of the pairs during which others did least on the machine: that is chosen by what the system says
// of them, never by what was measured.
import { type AddressInfo, createServer } from 'node:net';
import type { GuardReport } from '@falsework/guard';
import type { Ratios } from './benches.ts';
import { type Child, cpuUsOf, start, stopAll } from './support/child.ts';
import { medianInterval } from './support/confidence.ts';
import type { Noticed } from './support/load.ts';
import { watchNeighbours } from './support/neighbours.ts';
import { median } from './support/stats.ts';
import { table } from './support/table.ts';

const FAULTS = ['dead', 'hanging', 'slow', 'garbage', 'mid-body-drop'] as const;
/** Off against off, which shows what the machine itself makes of two equal halves. */
const NOTHING = 'nothing (off/off)';
const TARGET = 1.1;
// Many short pairs: what a neighbour does for a second spoils some of them, and not the median.
const TURNS = 4;
const PAIRS_PER_TURN = 6;
const ROUND_SECONDS = 0.5;
const WARM_UP_SECONDS = 2.5;
// A guard that begins to shadow spends fifty failures on finding out what the candidate is; what is
// measured is what comes after.
const SETTLE_SECONDS = 0.5;
const CAPACITY_SECONDS = 4;
const CAPACITY_CONNECTIONS = 32;

type Fault = (typeof FAULTS)[number];
type Row = Fault | typeof NOTHING;
type Process = Child<{ readonly port: number }>;

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
  readonly row: Row;
  readonly guard: Process;
  readonly pairs: Pair[];
}

/** Runs the bench. Rejects when a caller got a wrong answer: then no figure means anything. */
export async function run(): Promise<Ratios> {
  try {
    const legacy = await start<{ port: number }>('service.ts', 'healthy');
    const load = await start<object>('load.ts');
    const rate = await halfCapacity(legacy, load);
    const measured: Measured[] = [];
    for (const row of [NOTHING, ...FAULTS] as const) {
      const guard = await guardBefore(legacy, await candidatePort(row === NOTHING ? 'dead' : row));
      measured.push({ row, guard, pairs: [] });
      await round({ row, guard }, { load, rate, isShadowing: true, seconds: WARM_UP_SECONDS });
    }
    for (let turn = 0; turn < TURNS; turn += 1) {
      for (const each of measured) await takeTurn(each, { load, rate });
    }
    console.log(await tableOf(measured));
    const faults = measured.filter(({ row }) => row !== NOTHING);
    return Object.fromEntries(faults.map(({ row, pairs }) => [row, ratioOf(quietest(pairs))]));
  } finally {
    await stopAll();
  }
}

async function halfCapacity(legacy: Process, load: Child<object>): Promise<number> {
  const guard = await guardBefore(legacy, await candidatePort('dead'));
  const question = { port: guard.ready.port, connections: CAPACITY_CONNECTIONS };
  await load.ask({ ...question, seconds: WARM_UP_SECONDS });
  const { perSecond } = await load.ask<Noticed>({ ...question, seconds: CAPACITY_SECONDS });
  const rate = Math.round(perSecond / 2);
  console.log(
    `capacity ${Math.round(perSecond)}/s on ${CAPACITY_CONNECTIONS} connections, measured at ${rate}/s`,
  );
  return rate;
}

async function takeTurn(
  measured: Measured,
  at: { readonly load: Child<object>; readonly rate: number },
): Promise<void> {
  const { pairs } = measured;
  const take = (isShadowing: boolean, seconds = ROUND_SECONDS): Promise<Round> =>
    round(measured, { ...at, isShadowing, seconds });
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
  how: {
    readonly load: Child<object>;
    readonly rate: number;
    readonly isShadowing: boolean;
    readonly seconds: number;
  },
): Promise<Round> {
  const { load, rate: ratePerSecond, isShadowing, seconds } = how;
  await guard.ask({ isShadowing: isShadowing && row !== NOTHING });
  const others = await watchNeighbours();
  const beforeUs = await cpuUsOf(guard);
  const noticed = await load.ask<Noticed>({ port: guard.ready.port, ratePerSecond, seconds });
  const cpuUs = ((await cpuUsOf(guard)) - beforeUs) / noticed.requests;
  if (noticed.wrong > 0) throw new Error(`${noticed.wrong} wrong answers with a ${row} candidate`);
  return { ...noticed, cpuUs, others: await others() };
}

/** The half of the pairs during which others did least on this machine, whatever came of them. */
function quietest(pairs: readonly Pair[]): readonly Pair[] {
  const others = ({ off, on }: Pair): number => off.others + on.others;
  return [...pairs].sort((a, b) => others(a) - others(b)).slice(0, Math.ceil(pairs.length / 2));
}

function guardBefore(legacy: Process, candidate: number): Promise<Process> {
  return start('guard-process.ts', String(legacy.ready.port), String(candidate));
}

async function candidatePort(fault: Fault): Promise<number> {
  if (fault !== 'dead') return (await start<{ port: number }>('service.ts', fault)).ready.port;
  // A port that was free a moment ago, and that nobody listens on.
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

function ratioOf(pairs: readonly Pair[]): number {
  return Number(median(ratiosOf(pairs)).toFixed(3));
}

function ratiosOf(pairs: readonly Pair[]): number[] {
  return pairs.map(({ off, on }) => on.p99Ms / off.p99Ms);
}

async function tableOf(measured: readonly Measured[]): Promise<string> {
  const rows = [
    [
      'candidate',
      'p99 off',
      'p99 on',
      'ratio',
      '95 % confidence',
      `≤ ${TARGET}`,
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
    const { low, high } = medianInterval(ratiosOf(pairs));
    rows.push([
      row,
      ms(pairs.map(({ off }) => off.p99Ms)),
      ms(pairs.map(({ on }) => on.p99Ms)),
      ratioOf(pairs).toFixed(2),
      `${low.toFixed(2)} – ${high.toFixed(2)}`,
      ratioOf(pairs) <= TARGET ? 'yes' : 'no',
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
