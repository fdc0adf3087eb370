// The caller of a bench. Open loop: requests leave at their scheduled times whatever became of
// earlier ones, and how long one took is measured from when it was due, not from when it was sent.
// Otherwise a guard that stalls would delay the very requests that should have noticed (coordinated
// omission).
import { connect, type Socket } from 'node:net';
import { bodyOf } from './answer.ts';
import { serve } from './child.ts';
import { quantile } from './stats.ts';

/** Calls at a steady rate. */
export interface OpenLoop {
  readonly port: number;
  readonly ratePerSecond: number;
  readonly seconds: number;
}

/** Calls as fast as they are answered, on a number of connections. */
export interface ClosedLoop {
  readonly port: number;
  readonly connections: number;
  readonly seconds: number;
}

/** What the callers noticed. */
export interface Noticed {
  readonly requests: number;
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
  /** Answers that were not what legacy answers, and connections that broke. */
  readonly wrong: number;
}

const CONNECTIONS = 64;
// The connections of a round are made during it, and a request that waits for one is no request at
// a steady rate: of half a second's requests they would be the slowest hundredth.
const LEAD_IN_SECONDS = 0.15;
const PATHS = Array.from({ length: 200 }, (_, i) => {
  const path = `/orders/${10_000 + i}`;
  const head = `GET ${path} HTTP/1.1\r\nHost: bench\r\nAccept: application/json\r\nUser-Agent: load\r\n\r\n`;
  return { head, body: bodyOf(path).toString('latin1') };
});

/** One kept connection: one request at a time, the answer checked to the last byte. */
class Connection {
  readonly #socket: Socket;
  #received = '';
  #expected = '';
  #done: ((isRight: boolean) => void) | null = null;

  constructor(port: number) {
    this.#socket = connect({ port, host: '127.0.0.1', noDelay: true });
    this.#socket.setEncoding('latin1');
    this.#socket.on('data', (text: string) => this.#take(text));
    this.#socket.on('error', () => {});
    this.#socket.on('close', () => this.#end(false));
  }

  get isOpen(): boolean {
    return !this.#socket.destroyed;
  }

  send(index: number, done: (isRight: boolean) => void): void {
    const { head, body } = PATHS[index % PATHS.length] as (typeof PATHS)[number];
    this.#received = '';
    this.#expected = body;
    this.#done = done;
    this.#socket.write(head);
  }

  close(): void {
    this.#done = null;
    this.#socket.destroy();
  }

  #take(text: string): void {
    this.#received += text;
    const end = this.#received.indexOf('\r\n\r\n');
    if (end === -1 || this.#received.length < end + 4 + this.#expected.length) return;
    const isRight =
      this.#received.startsWith('HTTP/1.1 200 ') &&
      this.#received.slice(end + 4) === this.#expected;
    this.#end(isRight);
  }

  #end(isRight: boolean): void {
    const done = this.#done;
    this.#done = null;
    done?.(isRight);
  }
}

/** Connections that wait for a request, and requests that wait for a connection. */
class Callers {
  readonly latencies: number[] = [];
  answered = 0;
  wrong = 0;
  readonly #leadIn: number;
  readonly #port: number;
  readonly #idle: Connection[] = [];
  readonly #all: Connection[] = [];
  readonly #waiting: { index: number; dueMs: number }[] = [];

  /** `leadIn` requests are made before any is measured. */
  constructor(port: number, connections: number, leadIn = 0) {
    this.#port = port;
    this.#leadIn = leadIn;
    for (let i = 0; i < connections; i += 1) this.#open();
  }

  call(index: number, dueMs: number): void {
    const connection = this.#idle.pop();
    if (connection === undefined) this.#waiting.push({ index, dueMs });
    else this.#send(connection, index, dueMs);
  }

  close(): void {
    for (const connection of this.#all) connection.close();
  }

  #open(): void {
    const connection = new Connection(this.#port);
    this.#all.push(connection);
    this.#idle.push(connection);
  }

  #send(connection: Connection, index: number, dueMs: number): void {
    connection.send(index, (isRight) => {
      this.answered += 1;
      if (index >= this.#leadIn) this.latencies.push(performance.now() - dueMs);
      if (!isRight) this.wrong += 1;
      if (!connection.isOpen) this.#open();
      else this.#idle.push(connection);
      const next = this.#waiting.shift();
      const free = next === undefined ? undefined : this.#idle.pop();
      if (next !== undefined && free !== undefined) this.#send(free, next.index, next.dueMs);
    });
  }
}

function openLoop({ port, ratePerSecond, seconds }: OpenLoop): Promise<Noticed> {
  const leadIn = Math.round(ratePerSecond * LEAD_IN_SECONDS);
  const callers = new Callers(port, CONNECTIONS, leadIn);
  const total = leadIn + Math.round(ratePerSecond * seconds);
  const beginMs = performance.now() + 50;
  const dueMs = (index: number): number => beginMs + (index * 1_000) / ratePerSecond;
  let sent = 0;
  return new Promise((resolve) => {
    const tick = (): void => {
      for (const now = performance.now(); sent < total && dueMs(sent) <= now; sent += 1) {
        callers.call(sent, dueMs(sent));
      }
      if (callers.answered < total) setTimeout(tick, 1);
      else resolve(noticed(callers, seconds));
    };
    tick();
  });
}

function closedLoop({ port, connections, seconds }: ClosedLoop): Promise<Noticed> {
  const callers = new Callers(port, connections);
  const untilMs = performance.now() + seconds * 1_000;
  let sent = 0;
  let done = 0;
  return new Promise((resolve) => {
    const tick = (): void => {
      while (sent - callers.latencies.length < connections) {
        callers.call(sent, performance.now());
        sent += 1;
      }
      done = callers.latencies.length;
      if (performance.now() < untilMs) setImmediate(tick);
      else resolve(noticed(callers, seconds, done));
    };
    tick();
  });
}

function noticed(callers: Callers, seconds: number, requests = callers.latencies.length): Noticed {
  callers.close();
  const sorted = Float64Array.from(callers.latencies).sort();
  return {
    requests,
    perSecond: requests / seconds,
    p50Ms: quantile(sorted, 0.5),
    p99Ms: quantile(sorted, 0.99),
    maxMs: quantile(sorted, 1),
    wrong: callers.wrong,
  };
}

serve({}, (question: OpenLoop | ClosedLoop) =>
  'ratePerSecond' in question ? openLoop(question) : closedLoop(question),
);
