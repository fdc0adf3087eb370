// Programs of the system that a bench uses where they are installed. It installs nothing itself.
import { execFile, spawn } from 'node:child_process';
import { accessSync, constants, readdirSync, readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { delimiter, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { adopt } from './child.ts';

const execute = promisify(execFile);
// Where Debian puts servers, which is not on everybody's path.
const SERVER_FOLDERS = ['/usr/sbin', '/usr/local/sbin'];
const READY_WITHIN_MS = 5_000;
const NS_PER_US = 1_000;

/** Where a program is; `null` when it is not installed. */
export function find(name: string): string | null {
  const folders = [...(process.env.PATH ?? '').split(delimiter), ...SERVER_FOLDERS];
  const path = folders.map((folder) => join(folder, name)).find(isExecutable);
  return path ?? null;
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** Runs a program to its end and returns what it printed. Rejects when it failed. */
export async function run(path: string, args: readonly string[]): Promise<string> {
  const { stdout } = await execute(path, [...args]);
  return stdout;
}

/** Starts a program that serves on a port, and waits until it does. Returns its process. */
export async function startServer(
  path: string,
  args: readonly string[],
  port: number,
): Promise<number> {
  const child = spawn(path, [...args], { stdio: ['ignore', 'ignore', 'inherit'] });
  const pid = adopt(child);
  const untilMs = performance.now() + READY_WITHIN_MS;
  while (!(await isServing(port))) {
    const hasEnded = child.exitCode !== null;
    if (hasEnded || performance.now() > untilMs) throw new Error(`${path} does not serve`);
    await sleep(20);
  }
  return pid;
}

function isServing(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1' });
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });
}

/** Keeps a process, with all its threads, on one processor. Does nothing where that cannot be. */
export async function pin(pid: number, processor: number): Promise<void> {
  const taskset = find('taskset');
  if (taskset !== null) await run(taskset, ['-a', '-p', '-c', String(processor), String(pid)]);
}

/**
 * The time that all threads of a process have worked so far, in microseconds; not a number where
 * the system does not say.
 */
export function cpuUsOfPid(pid: number): number {
  try {
    const tasks = `/proc/${pid}/task`;
    const times = readdirSync(tasks).map((id) =>
      Number(readFileSync(join(tasks, id, 'schedstat'), 'utf8').split(' ')[0]),
    );
    return times.reduce((sum, ns) => sum + ns, 0) / NS_PER_US;
  } catch {
    return Number.NaN;
  }
}
