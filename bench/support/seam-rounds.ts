import { setImmediate } from 'node:timers/promises';

/** Calls whose time is to be known. `calls` makes so many, one after the other. */
export interface AsyncContender {
  readonly name: string;
  readonly calls: (count: number) => Promise<void>;
  /** Waits, off the clock, for what the calls have left behind. */
  readonly settled?: () => Promise<void>;
}

const WARM_UP_ROUNDS = 30;

/** The time of every contender in each round, in nanoseconds a call. */
export async function raceAsync(
  contenders: readonly AsyncContender[],
  { rounds, callsPerRound }: { readonly rounds: number; readonly callsPerRound: number },
): Promise<Map<string, number[]>> {
  const times = new Map<string, number[]>(contenders.map(({ name }) => [name, []]));
  for (let round = 0; round < WARM_UP_ROUNDS + rounds; round += 1) {
    for (const { name, calls, settled } of turned(contenders, round)) {
      const begin = process.hrtime.bigint();
      await calls(callsPerRound);
      const tookNs = Number(process.hrtime.bigint() - begin);
      if (round >= WARM_UP_ROUNDS) times.get(name)?.push(tookNs / callsPerRound);
      await settled?.();
      await setImmediate();
    }
  }
  return times;
}

/** Another one goes first in each round: whoever follows a neighbour on the machine pays for it. */
function turned<Item>(items: readonly Item[], by: number): Item[] {
  const at = by % items.length;
  return [...items.slice(at), ...items.slice(0, at)];
}
