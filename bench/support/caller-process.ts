// The callers of a soak: they ask at a steady rate for different things, check every answer to its
// last byte, and keep account. Some leave in the middle of an answer. `caller-process.ts PORT RATE`
import { Agent, type ClientRequest, type IncomingMessage, request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { answerTo } from './answer.ts';
import { serve } from './child.ts';

/** What became of a call that was not answered as legacy answers. */
export interface Miss {
  /** Milliseconds since the epoch. */
  readonly beganMs: number;
  readonly endedMs: number;
  /**
   * `refused`: 502, in the name of legacy. `wrong`: another answer. `broken`: an answer that ended
   * before its end. `lost`: none at all.
   */
  readonly kind: 'refused' | 'wrong' | 'broken' | 'lost';
  readonly because: string;
}

/** What there is to account for. Each call that was made is in exactly one of these. */
export interface Account {
  readonly made: number;
  readonly right: number;
  /** Callers that left of themselves. */
  readonly left: number;
  readonly underWay: number;
  readonly misses: readonly Miss[];
}

/** What callers are asked: to begin, to end, or for their account so far. */
export type CallerQuestion = 'begin' | 'end' | 'account';

const CONNECTIONS_MAX = 64;
const PATHS = 500;
// Longer than anything here takes: whoever has heard nothing by then never will.
const ANSWER_WITHIN_MS = 15_000;
const POSTED = Buffer.alloc(20_000, 'falsework');

const [port, ratePerSecond] = process.argv.slice(2).map(Number) as [number, number];
const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS_MAX, scheduling: 'fifo' });

const tally = { made: 0, right: 0, left: 0 };
const misses: Miss[] = [];
let timer: NodeJS.Timeout | null = null;

interface Call {
  readonly method: string;
  readonly path: string;
  readonly body: Buffer;
  readonly leaves: boolean;
}

/** Every tenth is long, every tenth sends a body, and one in fifty leaves. */
function callOf(index: number): Call {
  const kind = index % 10;
  const id = 10_000 + ((index * 7) % PATHS);
  const isPost = kind === 5;
  return {
    method: isPost ? 'POST' : 'GET',
    path: kind === 0 ? `/long/${id}` : `/orders/${id}`,
    body: isPost ? POSTED.subarray(0, 1 + (index % POSTED.length)) : Buffer.alloc(0),
    leaves: index % 50 === 10,
  };
}

function make({ method, path, body, leaves }: Call): void {
  const beganMs = Date.now();
  let isOver = false;
  const end = (miss: Miss['kind'] | null, because = ''): void => {
    if (isOver) return;
    isOver = true;
    if (miss === null) tally.right += 1;
    else misses.push({ beganMs, endedMs: Date.now(), kind: miss, because });
  };
  const asked = request({
    port,
    host: '127.0.0.1',
    method,
    path,
    agent,
    timeout: ANSWER_WITHIN_MS,
    headers: body.length > 0 ? { 'content-length': body.length } : {},
  });
  tally.made += 1;
  asked.on('timeout', () => asked.destroy(new Error('nothing came')));
  asked.on('error', (error) => end('lost', error.message));
  asked.on('response', (answer) => {
    if (leaves) {
      leave(asked);
      isOver = true;
    } else take(answer, answerTo(method, path, body), end);
  });
  asked.end(body);
}

function leave(asked: ClientRequest): void {
  tally.left += 1;
  asked.destroy();
}

function take(
  answer: IncomingMessage,
  expected: Buffer,
  end: (miss: Miss['kind'] | null, because?: string) => void,
): void {
  const received: Buffer[] = [];
  answer.on('data', (chunk: Buffer) => received.push(chunk));
  answer.on('error', (error) => end('broken', error.message));
  answer.on('end', () => {
    const body = Buffer.concat(received);
    const { statusCode: status = 0 } = answer;
    if (status === 200 && body.equals(expected)) end(null);
    else if (status === 502) end('refused', body.toString());
    else end('wrong', `${status}, ${body.length} bytes where ${expected.length} were expected`);
  });
}

function begin(): void {
  const beganMs = performance.now();
  const first = tally.made;
  timer = setInterval(() => {
    const due = first + ((performance.now() - beganMs) * ratePerSecond) / 1_000;
    while (tally.made < due) make(callOf(tally.made));
  }, 5);
}

function account(): Account {
  const underWay = tally.made - tally.right - tally.left - misses.length;
  return { ...tally, underWay, misses };
}

/** Makes no further calls, waits for those under way, and closes every connection. */
async function end(): Promise<void> {
  if (timer !== null) clearInterval(timer);
  const untilMs = performance.now() + 2 * ANSWER_WITHIN_MS;
  while (account().underWay > 0 && performance.now() < untilMs) await sleep(100);
  agent.destroy();
}

serve({}, async (question: CallerQuestion) => {
  if (question === 'begin') begin();
  else if (question === 'end') await end();
  return account();
});
