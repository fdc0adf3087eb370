// Callers of the order service: they create, read, pay and cancel through one address, at a steady
// rate, and check every answer against what they know it must be. Runs as a process of its own;
// reports one JSON line a second on stdout.
import { isDeepStrictEqual, parseArgs } from 'node:util';
import { SeededRandom } from '@falsework/testkit';
import { Pool } from 'undici';
import type { NewOrder } from '../services/shared/order-line.ts';
import { Oracle } from './oracle.ts';

const { values } = parseArgs({
  options: {
    url: { type: 'string' },
    rate: { type: 'string' },
    customers: { type: 'string' },
    seed: { type: 'string' },
  },
});
const url = values.url ?? 'http://127.0.0.1:8000';
const ratePerSecond = Number(values.rate ?? 400);
const customers = Number(values.customers ?? 40);
const random = new SeededRandom(Number(values.seed ?? 20_261_120));
const oracle = new Oracle();
const pool = new Pool(url, { connections: customers, headersTimeout: 10_000, bodyTimeout: 10_000 });

const counts = { requests: 0, reads: 0, writes: 0, callerErrors: 0, answersChanged: 0, late: 0 };
let firstProblem: string | null = null;
const latencies: number[] = [];
let isStopping = false;

const WINTER = Date.UTC(2026, 10, 20);
const SKUS = ['ax-100', 'bolt-m8', 'chisel', 'drill-12v', 'epoxy', 'file-set'];
const run = process.pid.toString(36);

interface Reply {
  readonly status: number;
  readonly text: string;
}

async function call(
  method: 'GET' | 'POST',
  path: string,
  customer: string,
  body?: unknown,
): Promise<Reply> {
  const startedMs = performance.now();
  const response = await pool.request({
    method,
    path,
    headers: {
      'x-customer-id': customer,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.body.text();
  latencies.push(performance.now() - startedMs);
  return { status: response.statusCode, text };
}

function expectBody(what: string, reply: Reply, status: number, expected: unknown): void {
  const isText = typeof expected === 'string';
  const got: unknown = isText ? reply.text : withoutNoise(JSON.parse(reply.text));
  if (reply.status === status && isDeepStrictEqual(got, expected)) return;
  if (reply.status >= 500) counts.callerErrors += 1;
  else counts.answersChanged += 1;
  firstProblem ??= `${what}: ${reply.status} ${reply.text.slice(0, 300)} instead of ${status} ${JSON.stringify(expected).slice(0, 300)}`;
}

/** The time at which an answer was made is the only part that nobody can know beforehand. */
function withoutNoise(body: unknown): unknown {
  if (body === null || typeof body !== 'object') return body;
  const { quotedAt: _noise, ...rest } = body as Record<string, unknown>;
  return rest;
}

/**
 * One customer: everything they do happens in order, so that they know what each answer must be.
 */
class Customer {
  readonly #name: string;
  readonly #ids: string[] = [];
  #created = 0;

  constructor(name: string) {
    this.#name = name;
  }

  async act(): Promise<void> {
    const dice = random.next();
    const isNew = this.#ids.length < 3;
    if (isNew || dice < 0.06) return this.#create();
    if (dice < 0.1) return this.#settle();
    if (dice < 0.12) return this.#readMissing();
    if (dice < 0.6) return this.#readOrder();
    return dice < 0.8 ? this.#readReceipt() : this.#readList();
  }

  async #create(): Promise<void> {
    this.#created += 1;
    const order: NewOrder = {
      id: `${this.#name}-${this.#created}`,
      customer: this.#name,
      placedAt: WINTER + random.below(60 * 86_400) * 1_000,
      coupon: random.chance(0.4) ? 'WINTER10' : null,
      lines: Array.from({ length: 1 + random.below(4) }, () => ({
        sku: random.pick(SKUS),
        quantity: 1 + random.below(5),
        unitCents: 99 + random.below(50_000),
      })),
    };
    counts.writes += 1;
    const reply = await call('POST', '/orders', this.#name, order);
    oracle.created(order);
    this.#ids.push(order.id);
    expectBody('POST /orders', reply, 201, { id: order.id, status: 'open' });
  }

  async #settle(): Promise<void> {
    const id = random.pick(this.#ids);
    const action = random.chance(0.5) ? 'pay' : 'cancel';
    counts.writes += 1;
    const reply = await call('POST', `/orders/${id}/${action}`, this.#name);
    oracle.statusSet(id, action === 'pay' ? 'paid' : 'cancelled');
    expectBody(`POST ${action}`, reply, 200, { id, status: oracle.status(id) });
  }

  async #readOrder(): Promise<void> {
    const id = random.pick(this.#ids);
    counts.reads += 1;
    expectBody('GET order', await call('GET', `/orders/${id}`, this.#name), 200, oracle.order(id));
  }

  async #readMissing(): Promise<void> {
    counts.reads += 1;
    const reply = await call('GET', '/orders/nobody-has-this', this.#name);
    expectBody('GET missing', reply, 404, { error: 'no such order' });
  }

  async #readReceipt(): Promise<void> {
    const id = random.pick(this.#ids);
    counts.reads += 1;
    const reply = await call('GET', `/orders/${id}/receipt`, this.#name);
    expectBody('GET receipt', reply, 200, oracle.receipt(id));
  }

  async #readList(): Promise<void> {
    counts.reads += 1;
    const reply = await call('GET', `/customers/${this.#name}/orders`, this.#name);
    expectBody('GET list', reply, 200, oracle.ordersOf(this.#name));
  }
}

/**
 * Every customer acts when it is their turn; a turn that comes while they still wait for an answer
 * is late.
 */
function drive(customer: Customer, everyMs: number, firstMs: number): void {
  let isBusy = false;
  const turn = (): void => {
    if (isStopping) return;
    if (isBusy) {
      counts.late += 1;
      return;
    }
    isBusy = true;
    counts.requests += 1;
    customer
      .act()
      .catch((error: unknown) => {
        // No answer at all: the worst that can happen to a caller.
        counts.callerErrors += 1;
        firstProblem ??= String(error);
      })
      .finally(() => {
        isBusy = false;
      });
  };
  setTimeout(() => {
    setInterval(turn, everyMs);
  }, firstMs);
}

function report(): void {
  const sorted = latencies.splice(0).sort((a, b) => a - b);
  const quantile = (q: number): number => sorted[Math.floor(q * (sorted.length - 1))] ?? 0;
  const p50Ms = Number(quantile(0.5).toFixed(2));
  const p99Ms = Number(quantile(0.99).toFixed(2));
  console.log(JSON.stringify({ ...counts, p50Ms, p99Ms, firstProblem }));
}

const everyMs = (1_000 * customers) / ratePerSecond;
for (let i = 0; i < customers; i += 1) {
  drive(new Customer(`${run}-customer-${i + 1}`), everyMs, (everyMs * i) / customers);
}
const reporting = setInterval(report, 1_000);
process.once('SIGTERM', () => {
  isStopping = true;
  clearInterval(reporting);
  // Answers under way are waited for and counted; what was asked must be accounted for.
  setTimeout(() => {
    report();
    process.exit(0);
  }, 1_000);
});
