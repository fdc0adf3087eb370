// Callers that ask again as soon as they are answered: how much a server can do. wrk where it is
// installed, since a caller written for Node is slower than what it would measure.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Child, start } from './child.ts';
import type { Noticed } from './load.ts';
import { find, pin, run } from './programs.ts';

/** What came of one round. */
export interface Answered {
  readonly requests: number;
  readonly perSecond: number;
}

/** Calls a port for some seconds. Rejects when an answer was not a 200. */
export type CallInTurn = (port: number, seconds: number) => Promise<Answered>;

const CONNECTIONS = 64;

// Many paths, so that whoever learns routes from them has a route to learn.
const SCRIPT = `
local requests, at = {}, 0
function init()
  for i = 1, 200 do requests[i] = wrk.format("GET", "/orders/" .. (9999 + i)) end
end
function request()
  at = at % 200 + 1
  return requests[at]
end
`;

/** Callers on one processor. */
export async function callers(processor: number): Promise<CallInTurn> {
  const [wrk, taskset] = [find('wrk'), find('taskset')];
  if (wrk === null) return ownCallers(processor);
  const folder = mkdtempSync(join(tmpdir(), 'falsework-wrk-'));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  const script = join(folder, 'orders.lua');
  writeFileSync(script, SCRIPT);
  return async (port, seconds) => {
    const flags = ['-t1', `-c${CONNECTIONS}`, `-d${seconds}s`, '-s', script];
    const call = [wrk, ...flags, `http://127.0.0.1:${port}/`];
    const pinned = taskset === null ? call : [taskset, '-c', String(processor), ...call];
    return read(await run(pinned[0] as string, pinned.slice(1)));
  };
}

async function ownCallers(processor: number): Promise<CallInTurn> {
  const load: Child<object> = await start('load.ts');
  await pin(load.pid, processor);
  return async (port, seconds) => {
    const noticed = await load.ask<Noticed>({ port, connections: CONNECTIONS, seconds });
    if (noticed.wrong > 0) throw new Error(`${noticed.wrong} wrong answers`);
    return noticed;
  };
}

/** What wrk says. It mentions failures only where there are some. */
function read(said: string): Answered {
  if (/Socket errors|Non-2xx/.test(said)) throw new Error(`Not every call was answered:\n${said}`);
  const requests = Number(/(\d+) requests in/.exec(said)?.[1]);
  return { requests, perSecond: Number(/Requests\/sec:\s*([\d.]+)/.exec(said)?.[1]) };
}
