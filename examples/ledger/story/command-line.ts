import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Where the command line is, as npm linked it. */
export const CLI = join(
  dirname(fileURLToPath(import.meta.resolve('falsework'))),
  '../bin/falsework.js',
);

/** How a command ended: 0 done, 1 failed, 2 wrong usage, 3 refused by a gate. */
export interface Ended {
  readonly exit: number;
  readonly out: string;
  readonly err: string;
  /** The last line, where it is JSON; `null` where it is not. */
  readonly result: Readonly<Record<string, unknown>> | null;
}

/** Runs `falsework` as a person in this folder would, to its end. */
export async function runFalsework(folder: string, args: readonly string[]): Promise<Ended> {
  const child = spawn(process.execPath, [...process.execArgv, CLI, ...args], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, NODE_NO_WARNINGS: '1' },
  });
  let [out, err] = ['', ''];
  child.stdout.on('data', (chunk: Buffer) => {
    out += chunk.toString();
  });
  child.stderr.on('data', (chunk: Buffer) => {
    err += chunk.toString();
  });
  const [exit] = (await once(child, 'close')) as [number | null];
  return { exit: exit ?? 1, out, err, result: lastJson(out) };
}

function lastJson(out: string): Ended['result'] {
  try {
    const value: unknown = JSON.parse(out.trim().split('\n').at(-1) ?? '');
    return typeof value === 'object' && value !== null ? { ...value } : null;
  } catch {
    return null;
  }
}
