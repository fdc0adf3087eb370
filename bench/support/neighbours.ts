import { readFile } from 'node:fs/promises';
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
  const { idle, busy } = (await ofTheKernel()) ?? ofTheRuntime();
  return { idleUs: idle * 1_000, busyUs: busy * 1_000, ownUs: await cpuUsOfAll() };
}

interface Milliseconds {
  readonly idle: number;
  readonly busy: number;
}

/**
 * What Linux counts, in hundredths of a second (proc_stat(5)). Only it tells what the host gave to
 * other machines ("steal"), which is as much out of our hands as a neighbour's work. `null` on other
 * systems.
 */
async function ofTheKernel(): Promise<Milliseconds | null> {
  const text = await readFile('/proc/stat', 'latin1').catch(() => null);
  if (text === null) return null;
  const ticks = text.slice(0, text.indexOf('\n')).split(/ +/).slice(1, 9).map(Number);
  const [user = 0, nice = 0, system = 0, idle = 0, iowait = 0, irq = 0, softirq = 0, steal = 0] =
    ticks;
  const busy = user + nice + system + irq + softirq + steal;
  return { idle: (idle + iowait) * 10, busy: busy * 10 };
}

function ofTheRuntime(): Milliseconds {
  let [idle, busy] = [0, 0];
  for (const { times } of cpus()) {
    idle += times.idle;
    busy += times.user + times.nice + times.sys + times.irq;
  }
  return { idle, busy };
}
