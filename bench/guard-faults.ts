// What a faulty candidate costs callers of legacy: their p99 with shadowing on over their p99 with
// it off, at half of the guard's capacity, under the default policy (10 % sampled, 100 ms, four at
// once). Legacy, candidate, guard and callers are processes of their own. On and off alternate on
// one and the same guard, a few seconds each, and the median of the ratios counts: on a shared
// machine both halves of a pair see the same neighbours.
import { type AddressInfo, createServer } from 'node:net';
import type { GuardReport } from '@falsework/guard';
import type { Ratios } from './benches.ts';
import { type Child, start, stopAll } from './support/child.ts';
import type { Noticed } from './support/load.ts';
import { median, quantile } from './support/stats.ts';
import { table } from './support/table.ts';

const FAULTS = ['dead', 'hanging', 'slow', 'garbage', 'mid-body-drop'] as const;
/** Off against off, which shows what the machine itself makes of two equal halves. */
const NOTHING = 'nothing (off/off)';
const TARGET = 1.1;
// Many short pairs: what a neighbour does for a second spoils some of them, and not the median.
const PAIRS = 24;
const ROUND_SECONDS = 0.7;
const WARM_UP_SECONDS = 3;
const CAPACITY_SECONDS = 4;
const CAPACITY_CONNECTIONS = 32;

type Fault = (typeof FAULTS)[number];
type Row = Fault | typeof NOTHING;
type Process = Child<{ readonly port: number }>;

interface Measured {
  readonly row: Row;
  readonly pairs: readonly { readonly off: Noticed; readonly on: Noticed }[];
  readonly report: GuardReport;
}

/** Runs the bench. Rejects when a caller got a wrong answer: then no figure means anything. */
export async function run(): Promise<Ratios> {
  try {
    const legacy = await start<{ port: number }>('service.ts', 'healthy');
    const load = await start<object>('load.ts');
    const rate = await halfCapacity(legacy, load);
    const measured: Measured[] = [];
    for (const row of [NOTHING, ...FAULTS] as const) {
      measured.push(await measure(row, { legacy, load, rate }));
    }
    console.log(tableOf(measured));
    const faults = measured.filter(({ row }) => row !== NOTHING);
    return Object.fromEntries(faults.map(({ row, pairs }) => [row, ratioOf(pairs)]));
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

async function measure(
  row: Row,
  { legacy, load, rate }: { legacy: Process; load: Child<object>; rate: number },
): Promise<Measured> {
  const guard = await guardBefore(legacy, await candidatePort(row === NOTHING ? 'dead' : row));
  const round = async (isShadowing: boolean, seconds = ROUND_SECONDS): Promise<Noticed> => {
    await guard.ask({ isShadowing: isShadowing && row !== NOTHING });
    const question = { port: guard.ready.port, ratePerSecond: rate, seconds };
    const noticed = await load.ask<Noticed>(question);
    if (noticed.wrong > 0)
      throw new Error(`${noticed.wrong} wrong answers with a ${row} candidate`);
    return noticed;
  };
  await round(true, WARM_UP_SECONDS);
  await round(false);
  const pairs: { off: Noticed; on: Noticed }[] = [];
  for (let i = 0; i < PAIRS; i += 1) {
    // Whichever comes first would otherwise always have the younger heap.
    const [first, second] = [await round(i % 2 === 1), await round(i % 2 === 0)];
    pairs.push(i % 2 === 1 ? { on: first, off: second } : { off: first, on: second });
  }
  return { row, pairs, report: await guard.ask<GuardReport>({}) };
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

function ratioOf(pairs: Measured['pairs']): number {
  return Number(median(ratiosOf(pairs)).toFixed(3));
}

function ratiosOf(pairs: Measured['pairs']): number[] {
  return pairs.map(({ off, on }) => on.p99Ms / off.p99Ms);
}

function tableOf(measured: readonly Measured[]): string {
  const head = [
    'candidate',
    'p99 off',
    'p99 on',
    'ratio',
    'half of the pairs',
    `≤ ${TARGET}`,
    'p50 off',
    'p50 on',
    'what the guard says',
  ];
  const ms = (values: readonly number[]): string => `${median(values).toFixed(2)} ms`;
  const rows = measured.map(({ row, pairs, report }) => {
    const ratios = ratiosOf(pairs).sort((a, b) => a - b);
    return [
      row,
      ms(pairs.map(({ off }) => off.p99Ms)),
      ms(pairs.map(({ on }) => on.p99Ms)),
      ratioOf(pairs).toFixed(2),
      `${quantile(ratios, 0.25).toFixed(2)} – ${quantile(ratios, 0.75).toFixed(2)}`,
      ratioOf(pairs) <= TARGET ? 'yes' : 'no',
      ms(pairs.map(({ off }) => off.p50Ms)),
      ms(pairs.map(({ on }) => on.p50Ms)),
      report.sides.candidate.words[0] ?? `${report.compared} compared, ${report.shed} shed`,
    ];
  });
  return table([head, ...rows]);
}
