// What a seam costs: callers that are not sampled, callers that are, the process around them. All
// against the bare function and against tzientist, the parallel-change library that JavaScript has,
// in interleaved rounds; every figure is a median over the rounds.
import assert from 'node:assert/strict';
import equal from 'fast-deep-equal';
import type { Ratios } from './benches.ts';
import { start, stopAll } from './support/child.ts';
import { race } from './support/compare-rounds.ts';
import {
  CART,
  type Cart,
  price,
  priceAsync,
  priceById,
  type Quote,
  seamOf,
  tzientist,
} from './support/seam-calls.ts';
import { openLoop, p99 } from './support/seam-open-loop.ts';
import type { CpuAnswer } from './support/seam-process.ts';
import { type AsyncContender, raceAsync } from './support/seam-rounds.ts';
import { median } from './support/stats.ts';
import { table } from './support/table.ts';

type Pricing = (cart: Cart) => Promise<Quote>;

const BARE = 'the function itself';
const DISABLED = 'tzientist, disabled';
const ENABLED = 'tzientist, enabled';
const SEAM = 'a seam';

function calling(name: string, fn: Pricing, argument: unknown = CART): AsyncContender {
  const calls = async (count: number): Promise<void> => {
    for (let i = 0; i < count; i += 1) await fn(argument as Cart);
  };
  return { name, calls };
}

/** The median over the rounds of one time divided by another of the same round. */
function ratioOf(
  times: ReadonlyMap<string, readonly number[]>,
  one: string,
  other: string,
): number {
  const of = times.get(other) ?? [];
  return median((times.get(one) ?? []).map((ns, round) => ns / (of[round] ?? Number.NaN)));
}

function show(title: string, times: ReadonlyMap<string, readonly number[]>): void {
  const rows = Array.from(times, ([name, each]) => [
    name,
    `${median(each).toFixed(0)} ns`,
    `${ratioOf(times, name, BARE).toFixed(2)} ×`,
  ]);
  console.log(`${table([[title, 'a call', 'of the bare one'], ...rows])}\n`);
}

async function unsampled(): Promise<Ratios> {
  const asynchronous = await raceAsync(
    [
      calling(BARE, priceAsync),
      calling(SEAM, seamOf<Pricing>(0, { legacy: priceAsync, candidate: priceAsync })),
      calling(DISABLED, tzientist(false) as Pricing),
    ],
    { rounds: 200, callsPerRound: 4_000 },
  );
  show('an async call that is not sampled', asynchronous);
  const seamed = seamOf<(cart: Cart) => Quote>(0, { legacy: price, candidate: price });
  const synchronous = race([
    { name: BARE, run: () => price(CART) },
    { name: SEAM, run: () => seamed(CART) },
  ]);
  const [bare = [], through = []] = [synchronous.get(BARE), synchronous.get(SEAM)];
  const addedNs = median(through.map((us, round) => (us - (bare[round] ?? Number.NaN)) * 1_000));
  console.log(`a synchronous call that is not sampled: ${addedNs.toFixed(1)} ns more\n`);
  return {
    unsampledToBare: ratioOf(asynchronous, SEAM, BARE),
    unsampledFasterThanTzientist: ratioOf(asynchronous, DISABLED, SEAM),
    unsampledSyncAddedNs: addedNs,
  };
}

/** What tzientist does when it is to find differences. */
const COMPARING = 'tzientist, comparing';

function comparing({ controlResult, candidateResult }: Record<string, unknown>): void {
  if (!equal(controlResult, candidateResult)) throw new Error('They are the same function.');
}

/** No more calls in a round than the queue holds: the rest would be shed and cost less. */
const SAMPLED_ROUNDS = { rounds: 300, callsPerRound: 500 };

async function sampled(): Promise<Ratios> {
  const ratios: Record<string, number> = {};
  for (const [name, fn, argument] of [
    ['Id', priceById, CART.account],
    ['Document', priceAsync, CART],
  ] as const) {
    const seamed = seamOf<Pricing>(1, { legacy: fn as Pricing, candidate: fn as Pricing });
    const times = await raceAsync(
      [
        calling(BARE, fn as Pricing, argument),
        { ...calling(SEAM, seamed, argument), settled: () => seamed.settled() },
        calling(ENABLED, tzientist(true, fn as Pricing) as Pricing, argument),
        calling(COMPARING, tzientist(true, fn as Pricing, comparing) as Pricing, argument),
      ],
      SAMPLED_ROUNDS,
    );
    show(`an async call that is sampled, given ${name === 'Id' ? 'an id' : 'a document'}`, times);
    const { verdicts, compared, shed } = seamed.report();
    assert.deepEqual([verdicts.shed, compared], [0, verdicts.match], JSON.stringify(shed));
    ratios[`sampled${name}ToTzientist`] = ratioOf(times, SEAM, ENABLED);
    ratios[`sampled${name}ToComparing`] = ratioOf(times, SEAM, COMPARING);
  }
  return ratios;
}

const HANGING_ROUNDS = 9;

async function hanging(): Promise<Ratios> {
  const legacy: Pricing = (cart) =>
    new Promise((resolve) => setTimeout(() => resolve(price(cart)), 5));
  const candidate: Pricing = () => new Promise(() => {});
  const terms = { ratePerSecond: 1_000, seconds: 2 };
  const ratios: number[] = [];
  const shown: string[][] = [];
  for (let round = 0; round < HANGING_ROUNDS; round += 1) {
    const fn = seamOf<Pricing>(1, { legacy, candidate });
    const order = round % 2 === 0 ? [legacy, fn] : [fn, legacy];
    const times = new Map<Pricing, number>();
    for (const each of order) {
      times.set(each, p99(await openLoop(() => each(CART), terms)));
    }
    const [bareMs = 0, seamMs = 0] = [times.get(legacy), times.get(fn)];
    ratios.push(seamMs / bareMs);
    shown.push([`round ${round + 1}`, `${bareMs.toFixed(2)} ms`, `${seamMs.toFixed(2)} ms`]);
  }
  const title = 'p99 at 1,000 calls a second, a candidate that hangs';
  console.log(`${table([[title, BARE, SEAM], ...shown])}\n`);
  return { hangingP99ToBare: median(ratios) };
}

async function around(): Promise<Ratios> {
  const child = await start<object>('seam-process.ts');
  const { bare, seamed } = await child.ask<CpuAnswer>({ ask: 'cpu', rounds: 41, calls: 500 });
  const share = median(seamed.map((us, round) => us / (bare[round] ?? Number.NaN) - 1));
  const memoryMb = await child.ask<number>({ ask: 'memory', calls: 1_000_000 });
  await stopAll();
  console.log(
    table([
      ['a process with a seam that samples a tenth', ''],
      ['CPU of a call without it', `${median(bare).toFixed(0)} µs`],
      ['CPU that it adds', `${(share * 100).toFixed(2)} %`],
      ['memory after a million calls', `${memoryMb.toFixed(1)} MB`],
    ]),
  );
  return { cpuAddedShare: share, memoryAddedMb: memoryMb };
}

/** Runs the bench. Rejects when what it times is not what happens. */
export async function run(): Promise<Ratios> {
  const ratios = {
    ...(await unsampled()),
    ...(await sampled()),
    ...(await hanging()),
    ...(await around()),
  };
  return Object.fromEntries(
    Object.entries(ratios).map(([name, value]) => [name, Number(value.toFixed(3))]),
  );
}
