import { SeededRandom, SimClock } from '@falsework/testkit';
import { vi } from 'vitest';
import type { ClientOptions } from '../src/calls/client-options.ts';
import { createFetch, type Fetch } from '../src/fetch/index.ts';

/** One request as it arrived. */
export interface Arrived {
  readonly url: string;
  readonly atMs: number;
  readonly method: string;
  readonly headers: Headers;
  readonly body: string | null;
  readonly signal: AbortSignal;
}

/** What the simulated server does with one request: answers, fails, or never says anything. */
export type Served = Response | Error | 'hang';

/** A client whose time, randomness and server are simulated. */
export interface Simulated {
  readonly clock: SimClock;
  readonly call: Fetch;
  readonly arrived: Arrived[];
  /** Lets time pass until the promise has settled, and gives what it settled with. */
  readonly settle: <T>(promise: Promise<T>) => Promise<T>;
}

/**
 * Starts one. The policy's library lets a turn of `setTimeout` pass between tries: that timer is
 * simulated too, or nothing would repeat exactly.
 */
export function simulated(
  serve: (arrived: Arrived, nth: number) => Served,
  options: ClientOptions = {},
  seed = 1,
): Simulated {
  const clock = new SimClock();
  const random = new SeededRandom(seed);
  vi.stubGlobal('setTimeout', (run: () => void, ms = 0) => clock.after(ms, run));
  const arrived: Arrived[] = [];
  const transport = async (
    input: string | URL | Request,
    init?: RequestInit,
  ): Promise<Response> => {
    const request = new Request(input, init);
    const one = {
      url: request.url,
      atMs: clock.monotonicMs(),
      method: request.method,
      headers: request.headers,
      body: request.body === null ? null : await request.text(),
      signal: init?.signal as AbortSignal,
    };
    arrived.push(one);
    const served = serve(one, arrived.length);
    if (served === 'hang') return hang(one.signal);
    if (served instanceof Error) throw served;
    return served;
  };
  const call = createFetch({
    clock,
    random,
    randomBytes: (length) => Uint8Array.from({ length }, () => random.below(256)),
    fetch: transport,
    ...options,
  });
  return { clock, call, arrived, settle: (promise) => settle(clock, promise) };
}

/** What fetch throws when nobody listens at the other end. */
export function refused(code = 'ECONNREFUSED'): TypeError {
  return new TypeError('fetch failed', { cause: Object.assign(new Error(code), { code }) });
}

function hang(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason));
  });
}

async function settle<T>(clock: SimClock, promise: Promise<T>): Promise<T> {
  const settled = new AbortController();
  const note = (): void => settled.abort();
  promise.then(note, note);
  for (let turn = 0; turn < 20_000; turn += 1) {
    if (settled.signal.aborted) return promise;
    await clock.advance(turn < 5 ? 0 : 50);
  }
  throw new Error('The call did not end within a thousand seconds.');
}
