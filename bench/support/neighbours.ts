import { cpus } from 'node:os';
import { cpuUsOfAll } from './child.ts';

/** What the machine did, in microseconds of all its processors. */
interface Work {
  readonly idleUs: number;
  readonly busyUs: number;
  readonly ownUs: number;
}

/**
 * Begins to watch what others do on this machine. The function returned tells their share of it
 * since then, 0 to 1: what was worked, but by none of the bench's processes.
 */
export async function watchNeighbours(): Promise<() => Promise<number>> {
  const before = await work();
  return async () => {
    const after = await work();
    const busyUs = after.busyUs - before.busyUs;
    const allUs = busyUs + after.idleUs - before.idleUs;
    // The system counts in hundredths of a second, so a share may come out a little below nothing.
    return Math.max(0, (busyUs - (after.ownUs - before.ownUs)) / allUs);
  };
}

async function work(): Promise<Work> {
  let [idleMs, busyMs] = [0, 0];
  for (const { times } of cpus()) {
    idleMs += times.idle;
    busyMs += times.user + times.nice + times.sys + times.irq;
  }
  return { idleUs: idleMs * 1_000, busyUs: busyMs * 1_000, ownUs: await cpuUsOfAll() };
}
