// What a seam costs a process over many calls: CPU and memory. Both halves of a comparison are
// measured in one and the same process, in turns.
import { setImmediate } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { serve } from './child.ts';
import { CART, type Cart, price, type Quote, seamOf } from './seam-calls.ts';

/** What is asked: so many calls in turns, or memory after a number of calls. */
export type Question =
  | { readonly ask: 'cpu'; readonly rounds: number; readonly calls: number }
  | { readonly ask: 'memory'; readonly calls: number };

/** CPU time of the process per call, in microseconds, of every round. */
export interface CpuAnswer {
  readonly bare: readonly number[];
  readonly seamed: readonly number[];
}

// What one call of a service costs that reads a row, makes objects of it and answers in JSON.
const WORK_LINES = 400;
const DOCUMENT = JSON.stringify(Array.from({ length: WORK_LINES }, (_, i) => ({ ...CART, i })));

/** A call that takes some CPU and some waiting, as a call of a service does. */
async function legacy(cart: Cart): Promise<Quote> {
  const rows = JSON.parse(DOCUMENT) as Cart[];
  await Promise.resolve();
  return { ...price(cart), account: rows[0]?.account ?? '' };
}

const ANSWER: Quote = { ...price(CART), account: CART.account };
/** The candidate's own work is not to be counted: there is none. */
const candidate = async (): Promise<Quote> => ANSWER;

const seamed = seamOf<(cart: Cart) => Promise<Quote>>(0.1, { legacy, candidate });

async function cpuOf(call: (cart: Cart) => Promise<Quote>, calls: number): Promise<number> {
  const before = process.cpuUsage();
  for (let i = 0; i < calls; i += 1) {
    await call(CART);
    // As between two requests: what waits for the end of the turn has its turn.
    if (i % 4 === 0) await setImmediate();
  }
  await seamed.settled();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / calls;
}

async function cpu(rounds: number, calls: number): Promise<CpuAnswer> {
  const times = { bare: [] as number[], seamed: [] as number[] };
  for (let round = -3; round < rounds; round += 1) {
    const order = round % 2 === 0 ? (['bare', 'seamed'] as const) : (['seamed', 'bare'] as const);
    for (const which of order) {
      const us = await cpuOf(which === 'bare' ? legacy : seamed, calls);
      if (round >= 0) times[which].push(us);
    }
  }
  return times;
}

/** Megabytes that remain after so many calls, when what nobody holds is gone. */
async function memory(calls: number): Promise<number> {
  const cheap = async (cart: Cart): Promise<Quote> => price(cart);
  const fn = seamOf<(cart: Cart) => Promise<Quote>>(0.1, { legacy: cheap, candidate: cheap });
  const bare = async (count: number, call: typeof cheap): Promise<void> => {
    for (let i = 0; i < count; i += 1) {
      await call({ ...CART, account: `acc-${i}` });
      if (i % 20 === 0) await setImmediate();
    }
  };
  // Everything compiled and every buffer of the runtime grown, before the first look.
  await bare(50_000, cheap);
  const before = await heldMb();
  await bare(calls, fn);
  await fn.settled();
  const after = await heldMb();
  if (fn.report().compared < calls * 0.09) throw new Error('Too little was compared.');
  return after - before;
}

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

async function heldMb(): Promise<number> {
  for (let i = 0; i < 4; i += 1) {
    collect();
    await setImmediate();
  }
  const { heapUsed, external } = process.memoryUsage();
  return (heapUsed + external) / 2 ** 20;
}

serve({}, (asked: Question) => {
  return asked.ask === 'cpu' ? cpu(asked.rounds, asked.calls) : memory(asked.calls);
});
