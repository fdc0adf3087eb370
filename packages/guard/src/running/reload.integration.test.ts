// New settings for a guard that runs, with connections that stay open meanwhile.
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { ignore } from '@falsework/core/compare';
import { describe, expect, it } from 'vitest';
import {
  guardBetween,
  httpService,
  jsonService,
  routeWith,
  type Service,
  snapshotWith,
  until,
} from '../../test/fixtures.ts';
import type { GuardOptions, RunningHttpGuard } from '../main.ts';

const snapshot = snapshotWith({ shadow: { sample: 1, timeoutMs: 1_000, recheckAfterMs: 0 } });

/** A guard, and the options that it was started with. */
async function started(
  legacy: Service,
  candidate: Service,
  over: Partial<GuardOptions> = {},
): Promise<[RunningHttpGuard, GuardOptions]> {
  const options = {
    legacy: legacy.origin,
    candidate: candidate.origin,
    port: 0,
    snapshot,
    ...over,
  };
  return [(await guardBetween(legacy, candidate, over)) as RunningHttpGuard, options];
}

/** One connection of a caller, which asks again and again. */
class Caller {
  readonly #socket: Socket;
  #received = '';
  isClosed = false;

  constructor(port: number) {
    this.#socket = connect({ port, host: '127.0.0.1' }).setEncoding('utf8');
    this.#socket.on('data', (text: string) => (this.#received += text));
    this.#socket.on('close', () => (this.isClosed = true));
  }

  ask(path: string): void {
    this.#received = '';
    this.#socket.write(`GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`);
  }

  async until(text: string): Promise<string> {
    await until(() => this.#received.includes(text), `the caller has ${text}`);
    return this.#received;
  }

  close(): Promise<unknown> {
    const closed = once(this.#socket, 'close');
    this.#socket.destroy();
    return closed;
  }
}

describe('a guard with new settings', () => {
  it('keeps the connections of callers, and goes by the new rules from the next request on', async () => {
    const [guard, options] = await started(
      await jsonService(() => ({ at: 1 })),
      await jsonService(() => ({ at: 2 })),
      { routes: [routeWith({ seam: 'GET /a' })] },
    );
    const caller = new Caller(guard.port);
    caller.ask('/a');
    await caller.until('{"at":1}');
    await guard.settled();
    guard.reload({
      ...options,
      routes: [routeWith({ seam: 'GET /a', compare: [ignore('$.at')] })],
    });
    caller.ask('/a');
    await caller.until('{"at":1}');
    await guard.settled();
    expect(caller.isClosed).toBe(false);
    // Of the route before and of the one after, in one row.
    expect(guard.report().routes).toMatchObject([
      { seam: 'GET /a', requests: 2, compared: 2, verdicts: { mismatch: 1, match: 1 } },
    ]);
    await caller.close();
  });

  it('lets an answer that streams go on from the side that it began at', async () => {
    let tell = (_text: string): void => {};
    const old = await httpService((got, response) => {
      if (got.url !== '/events') {
        response.end('old');
        return;
      }
      response.writeHead(200, { 'Content-Type': 'text/event-stream' });
      response.write('data: 1\n\n');
      tell = (text) => response.write(text);
    });
    const fresh = await httpService((_got, response) => response.end('fresh'));
    const candidate = await jsonService(() => ({}));
    const [guard, options] = await started(old, candidate);
    const [listener, caller] = [new Caller(guard.port), new Caller(guard.port)];
    listener.ask('/events');
    await listener.until('data: 1');
    caller.ask('/x');
    await caller.until('old');
    guard.reload({ ...options, legacy: fresh.origin });
    caller.ask('/x');
    await caller.until('fresh');
    tell('data: 2\n\n');
    await listener.until('data: 2');
    expect([listener.isClosed, caller.isClosed]).toEqual([false, false]);
    await Promise.all([listener.close(), caller.close()]);
  });

  it('loses no request while it goes over to them again and again', async () => {
    const [one, two] = [await jsonService(() => ({ n: 1 })), await jsonService(() => ({ n: 1 }))];
    const candidate = await jsonService(() => ({ n: 1 }));
    const [guard, options] = await started(one, candidate, {
      routes: [routeWith({ seam: 'GET /a' })],
    });
    const over = new AbortController();
    let answered = 0;
    const asking = Array.from({ length: 4 }, async () => {
      while (!over.signal.aborted) {
        const answer = await fetch(`${guard.url}/a`);
        expect([answer.status, await answer.text()]).toEqual([200, '{"n":1}']);
        answered += 1;
      }
    });
    for (let i = 0; i < 20; i += 1) {
      guard.reload({
        ...options,
        legacy: (i % 2 === 0 ? two : one).origin,
        maxBodyBytes: 1_000 + i,
      });
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    over.abort();
    await Promise.all(asking);
    await guard.settled();
    const { requests, failed, differing } = guard.report();
    expect(answered).toBeGreaterThan(20);
    expect([requests, failed.legacy, differing]).toEqual([answered, 0, 0]);
  });

  it('knows the routes that it has learned where their settings are the same', async () => {
    const [guard, options] = await started(
      await jsonService(() => ({})),
      await jsonService(() => ({})),
    );
    for (let id = 1; id <= 5; id += 1) await fetch(`${guard.url}/orders/${id}`);
    guard.reload({ ...options, routes: [routeWith({ seam: 'GET /other' })], maxBodyBytes: 5_000 });
    for (let id = 6; id <= 9; id += 1) await fetch(`${guard.url}/orders/${id}`);
    await guard.settled();
    const report = guard.report();
    const route = report.routes.find(({ seam }) => seam === 'GET /orders/{id}');
    expect(route).toMatchObject({ requests: 9, compared: 8, early: 1 });
  });

  it('asks the candidate at its new address whether it lives', async () => {
    const legacy = await jsonService(() => ({}));
    const [one, other] = [await jsonService(() => ({})), await jsonService(() => ({}))];
    const [guard, options] = await started(legacy, one);
    expect(other.connections()).toBe(0);
    guard.reload({ ...options, candidate: other.origin });
    await until(() => other.connections() > 0, 'it was asked');
    expect(guard.report().sides.candidate.origin).toBe(other.origin);
  });
});

describe('settings that cannot be taken up', () => {
  it.each([
    [
      'a rule that makes no sense',
      { compare: [{ rule: 'ignore', path: 'no path' }] },
      'FW_PATH_SYNTAX',
    ],
    ['an address that is none', { legacy: 'nowhere' }, 'FW_GUARD_URL'],
    ['a limit that none can be', { maxBodyBytes: 0 }, 'FW_GUARD_OPTION'],
    ['another port', { port: 1 }, 'FW_GUARD_RELOAD'],
    ['another host', { host: '127.0.0.2' }, 'FW_GUARD_RELOAD'],
    ['another limit of connections', { limits: { connectionsMax: 7 } }, 'FW_GUARD_RELOAD'],
  ])('because of %s are refused, and the guard goes on as it was', async (_what, over, code) => {
    const [guard, options] = await started(
      await jsonService(() => ({ n: 1 })),
      await jsonService(() => ({ n: 2 })),
      { routes: [routeWith({ seam: 'GET /a' })] },
    );
    const caller = new Caller(guard.port);
    caller.ask('/a');
    await caller.until('{"n":1}');
    expect(() => guard.reload({ ...options, ...(over as Partial<GuardOptions>) })).toThrow(
      expect.objectContaining({ code }),
    );
    caller.ask('/a');
    await caller.until('{"n":1}');
    await guard.settled();
    expect(guard.report()).toMatchObject({ requests: 2, compared: 2, differing: 2 });
    expect(caller.isClosed).toBe(false);
    await caller.close();
  });
});
