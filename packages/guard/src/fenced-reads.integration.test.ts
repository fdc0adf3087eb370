import type { IncomingMessage, ServerResponse } from 'node:http';
import { request as send } from 'undici';
import { describe, expect, it } from 'vitest';
import {
  bodyOf,
  guardBetween,
  httpService,
  routeWith,
  type Service,
  snapshotWith,
  until,
} from '../test/fixtures.ts';
import { emptyFolder } from '../test/journal-fixtures.ts';
import type { RunningGuard } from './main.ts';

/** A service that keeps the last number that was put for each account. */
interface Accounts extends Service {
  readonly values: Map<string, number>;
  /** While it stands, writes are held before they take effect. */
  gate: Promise<void>;
}

async function accounts(): Promise<Accounts> {
  const values = new Map<string, number>();
  const listener = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const body = String(await bodyOf(request));
    const account = (request.url ?? '').split('/')[2] ?? '';
    if (request.method === 'PUT') {
      await self.gate;
      values.set(account, Number(body));
    }
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify({ value: values.get(account) ?? 0 }));
  };
  const service = await httpService((request, response) => void listener(request, response));
  const self: Accounts = { ...service, values, gate: Promise.resolve() };
  return self;
}

const BY_ACCOUNT = { key: { from: 'path', name: 'id' } } as const;
const PUT = routeWith({
  seam: 'PUT /accounts/{id}',
  effects: 'follow',
  ...BY_ACCOUNT,
  writes: { isIdempotent: true, outcomes: {} },
});
const GET = routeWith({ seam: 'GET /accounts/{id}', effects: 'none', ...BY_ACCOUNT });

interface Bench {
  readonly guard: RunningGuard;
  readonly legacy: Accounts;
  readonly candidate: Accounts;
}

async function bench(over: Parameters<typeof snapshotWith>[0]): Promise<Bench> {
  const [legacy, candidate] = [await accounts(), await accounts()];
  const backoff = { baseMs: 1, capMs: 5 };
  const guard = await guardBetween(legacy, candidate, {
    routes: [PUT, GET],
    snapshot: snapshotWith({ stage: 'shift', percent: 100, topology: 'separate', ...over }),
    writes: {
      folder: emptyFolder(),
      journal: { diskFreeBytesMin: 0 },
      feeding: { backoff },
      resolving: { backoff, quietMs: 0 },
    },
  });
  return { guard, legacy, candidate };
}

async function put({ guard }: Bench, account: number, value: number): Promise<void> {
  const url = `${guard.url}/accounts/${account}`;
  const { statusCode, body } = await send(url, { method: 'PUT', body: String(value) });
  await body.dump();
  expect(statusCode).toBe(200);
}

async function read({ guard }: Bench, account: number): Promise<number> {
  const { body } = await send(`${guard.url}/accounts/${account}`);
  return ((await body.json()) as { value: number }).value;
}

const routeOf = ({ guard }: Bench) =>
  guard.report().routes.find(({ seam }) => seam === GET.seam) ?? null;

describe('a read behind the guard’s own fence', () => {
  it('is answered by legacy until the candidate has taken the last write on its key', async () => {
    const at = await bench({ shadow: { sample: 0 } });
    const { promise, resolve } = Promise.withResolvers<void>();
    at.candidate.gate = promise;
    await put(at, 7, 1);
    expect([await read(at, 7), await read(at, 8)]).toEqual([1, 0]);
    expect(at.guard.report()).toMatchObject({ fenced: 1, served: { candidate: 1 } });
    resolve();
    await until(() => at.candidate.values.get('7') === 1, 'the candidate has it');
    await until(() => at.guard.report().writes?.journal.entries === 0, 'no write is open');
    at.candidate.values.set('7', 2);
    // Only the candidate has this number: so it was the candidate that answered.
    expect(await read(at, 7)).toBe(2);
    expect(String(at.guard.report().fenced)).toBe('1');
  });

  it('never shows less than what was acknowledged, while many write and read at once', async () => {
    const stale = await staleReads({ isFenced: true });
    expect(stale.stale).toBe(0);
    expect(stale.fenced).toBeGreaterThan(0);
    expect(stale.fromCandidate).toBeGreaterThan(0);
  });

  it('would show less without the fence: the count sees what it is there to see', async () => {
    expect((await staleReads({ isFenced: false })).stale).toBeGreaterThan(0);
  });

  it('compares no answer with one from before a write: such a difference is shed and named', async () => {
    const at = await bench({ stage: 'shadow', percent: 0 });
    const { promise, resolve } = Promise.withResolvers<void>();
    at.candidate.gate = promise;
    await put(at, 7, 1);
    await read(at, 7);
    await until(() => (routeOf(at)?.shed.fenced ?? 0) === 1, 'it was shed');
    expect(routeOf(at)).toMatchObject({ compared: 0, differing: 0 });
    resolve();
    await until(() => at.guard.report().writes?.journal.entries === 0, 'no write is open');
    // At rest, a difference is the candidate's own.
    at.candidate.values.set('7', 99);
    await read(at, 7);
    await until(() => routeOf(at)?.differing === 1, 'it differs');
  });
});

/** Eight accounts, each written by one caller and read by another, and a candidate that is slow. */
async function staleReads({ isFenced }: { readonly isFenced: boolean }): Promise<{
  readonly stale: number;
  readonly fenced: number;
  readonly fromCandidate: number;
}> {
  const at = await bench({ shadow: { sample: 0 } });
  // Asked directly, the candidate answers as it would through a guard without a fence.
  const unfenced = { ...at, guard: { ...at.guard, url: at.candidate.origin } };
  const acknowledged = new Map<number, number>();
  const over = new AbortController();
  let stale = 0;
  const slow = setInterval(() => {
    at.candidate.gate = new Promise((resolve) => setTimeout(resolve, 5));
  }, 10);
  const writers = [1, 2, 3, 4, 5, 6, 7, 8].map(async (account) => {
    for (let value = 1; value <= 30; value += 1) {
      await put(at, account, value);
      acknowledged.set(account, value);
    }
  });
  const readers = [1, 2, 3, 4, 5, 6, 7, 8].map(async (account) => {
    while (!over.signal.aborted) {
      // An account at rest, which the candidate may answer for whatever happens to the others.
      await read(at, account + 8);
      const least = acknowledged.get(account) ?? 0;
      if ((await read(isFenced ? at : unfenced, account)) < least) stale += 1;
    }
  });
  await Promise.all(writers);
  over.abort();
  await Promise.all(readers);
  clearInterval(slow);
  const { fenced, served } = at.guard.report();
  return { stale, fenced, fromCandidate: served.candidate };
}
