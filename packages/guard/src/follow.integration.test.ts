import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { connect } from 'node:http2';
import { request as send } from 'undici';
import { describe, expect, it } from 'vitest';
import {
  bodyOf,
  deadService,
  guardBetween,
  httpService,
  routeWith,
  type Service,
  snapshotWith,
  until,
} from '../test/fixtures.ts';
import { emptyFolder } from '../test/journal-fixtures.ts';
import type { GuardOptions, RouteSettings, RunningGuard } from './main.ts';

/** What a side was asked, in the order in which it came. */
interface Asked {
  readonly method: string;
  readonly path: string;
  readonly key: string;
  readonly body: string;
  readonly headers: IncomingMessage['headers'];
}

interface Store extends Service {
  readonly asked: Asked[];
}

type Answering = (asked: Asked, response: ServerResponse, request: IncomingMessage) => unknown;

const created: Answering = (_asked, response) => void response.writeHead(201).end('{"id":1}');

async function storeWith(answering: Answering = created): Promise<Store> {
  const asked: Asked[] = [];
  const listener = async (request: IncomingMessage, response: ServerResponse) => {
    const body = String(await bodyOf(request));
    const key = String(request.headers['idempotency-key']);
    const { method = '', url: path = '', headers } = request;
    // Health checks are not what this is about.
    if (method === 'GET' && path === '/') return void response.end();
    const one = { method, path, key, body, headers };
    asked.push(one);
    await answering(one, response, request);
  };
  return { ...(await httpService((request, response) => void listener(request, response))), asked };
}

const ENTRIES = routeWith({
  seam: 'POST /accounts/{id}/entries',
  effects: 'follow',
  key: { from: 'path', name: 'id' },
  writes: { isIdempotent: true, outcomes: {} },
});

interface Bench {
  readonly guard: RunningGuard;
  readonly legacy: Store;
  readonly candidate: Store;
}

const QUICK = { baseMs: 2, capMs: 20 };

function followed(
  legacy: Pick<Service, 'origin'>,
  candidate: Pick<Service, 'origin'>,
  {
    routes = [ENTRIES],
    folder = emptyFolder(),
    ...over
  }: Partial<GuardOptions> & { routes?: readonly RouteSettings[]; folder?: string } = {},
): Promise<RunningGuard> {
  return guardBetween(legacy, candidate, {
    routes,
    writes: {
      folder,
      journal: { diskFreeBytesMin: 0 },
      feeding: { backoff: QUICK, attemptsMax: 2 },
      resolving: { backoff: QUICK, attemptsMax: 2, quietMs: 0 },
      attemptTimeoutMs: 500,
      bodyBytesMax: 1_000,
    },
    ...over,
  });
}

async function bench(
  answers: { readonly legacy?: Answering; readonly candidate?: Answering } = {},
  over: Parameters<typeof followed>[2] = {},
): Promise<Bench> {
  const [legacy, candidate] = [await storeWith(answers.legacy), await storeWith(answers.candidate)];
  return { guard: await followed(legacy, candidate, over), legacy, candidate };
}

async function write(
  { guard }: Pick<Bench, 'guard'>,
  body: string,
  { path = '/accounts/7/entries', headers = {}, method = 'POST' as 'POST' | 'PUT' } = {},
): Promise<{ readonly status: number; readonly text: string }> {
  const answer = await send(`${guard.url}${path}`, { method, headers, body });
  return { status: answer.statusCode, text: await answer.body.text() };
}

const openWrites = (guard: RunningGuard): number => guard.report().writes?.journal.entries ?? -1;
const settled = ({ guard }: Pick<Bench, 'guard'>): Promise<void> =>
  until(() => openWrites(guard) === 0, 'no write is open');
const bodies = ({ asked }: Store): string[] => asked.map(({ body }) => body);

describe('a write that is followed', () => {
  it('is answered by the authority, and reaches the follower as it reached the authority', async () => {
    const at = await bench();
    const headers = { 'Idempotency-Key': 'mine', 'X-Who': 'ana', 'Content-Type': 'text/x' };
    expect(await write(at, 'one', { headers })).toEqual({ status: 201, text: '{"id":1}' });
    await settled(at);
    for (const { asked } of [at.legacy, at.candidate]) {
      expect(asked).toHaveLength(1);
      expect(asked[0]).toMatchObject({ path: '/accounts/7/entries', key: 'mine', body: 'one' });
      expect(asked[0]?.headers).toMatchObject({ 'x-who': 'ana', 'content-type': 'text/x' });
    }
    expect(at.guard.report().writes).toMatchObject({ fed: 1, debts: { blocks: null } });
  });

  it('is given one key for both sides when its caller sent none', async () => {
    const at = await bench();
    await write(at, 'one');
    await write(at, 'two');
    await settled(at);
    const keys = at.legacy.asked.map(({ key }) => key);
    expect(keys[0]).toMatch(/^[\da-f]{8}-[\da-f]{4}-7/);
    expect(new Set(keys).size).toBe(2);
    expect(at.candidate.asked.map(({ key }) => key)).toEqual(keys);
  });

  it('reaches the follower in the order of its key, whatever the follower makes of the first', async () => {
    let refusals = 3;
    const at = await bench({
      candidate: (_asked, response) => {
        refusals -= 1;
        response.writeHead(refusals >= 0 ? 503 : 201).end();
      },
    });
    const sent = Array.from({ length: 20 }, (_, i) => `n${i}`);
    for (const body of sent) await write(at, body);
    await settled(at);
    const taken = bodies(at.candidate).slice(3);
    expect(taken).toEqual(sent);
    expect(bodies(at.candidate).slice(0, 4)).toEqual(['n0', 'n0', 'n0', 'n0']);
  });

  it('never reaches the follower when the authority declined it', async () => {
    const at = await bench({ legacy: (_asked, response) => response.writeHead(422).end('no') });
    expect((await write(at, 'one')).status).toBe(422);
    await settled(at);
    expect(at.candidate.asked).toEqual([]);
  });

  it('loses a word about dry runs that its caller has no right to say', async () => {
    const at = await bench();
    await write(at, 'one', { headers: { 'falsework-dry-run': '1' } });
    await settled(at);
    expect(at.legacy.asked[0]?.headers).not.toHaveProperty('falsework-dry-run');
    expect(at.candidate.asked[0]?.headers).not.toHaveProperty('falsework-dry-run');
  });

  it('reaches neither side with a key or a body that cannot be journaled', async () => {
    const at = await bench();
    const bad = await write(at, 'one', { headers: { 'Idempotency-Key': 'a,b' } });
    expect(bad).toMatchObject({ status: 400, text: expect.stringContaining('FW_GUARD_REQUEST') });
    const long = await write(at, 'x'.repeat(1_001));
    expect(long).toMatchObject({
      status: 413,
      text: expect.stringContaining('FW_WRITE_BODY_LONG'),
    });
    expect([at.legacy.asked, at.candidate.asked, openWrites(at.guard)]).toEqual([[], [], 0]);
  });

  it('is fed though its caller left before the authority had answered', async () => {
    let answer: () => void = () => {};
    const at = await bench({
      legacy: (_asked, response) =>
        new Promise<void>((resolve) => {
          answer = () => resolve(void response.writeHead(201).end('{}'));
        }),
    });
    const leaving = new AbortController();
    const gone = send(`${at.guard.url}/accounts/7/entries`, {
      method: 'POST',
      body: 'one',
      signal: leaving.signal,
    });
    await until(() => at.legacy.asked.length === 1, 'the authority has it');
    leaving.abort();
    await expect(gone).rejects.toThrow();
    answer();
    await until(() => at.candidate.asked.length === 1, 'the follower has it');
    await settled(at);
  });

  it('is the same over HTTP/2', async () => {
    const at = await bench();
    const session = connect(at.guard.url);
    const stream = session.request({ ':method': 'POST', ':path': '/accounts/7/entries' });
    stream.end('one');
    const [headers] = (await once(stream, 'response')) as [{ readonly ':status': number }];
    expect(headers[':status']).toBe(201);
    await once(stream.resume(), 'end');
    session.close();
    await settled(at);
    expect([bodies(at.legacy), bodies(at.candidate)]).toEqual([['one'], ['one']]);
    expect(at.candidate.asked[0]?.key).toBe(at.legacy.asked[0]?.key);
  });

  it('is over when the authority cannot have seen it', async () => {
    const candidate = await storeWith();
    const guard = await followed(await deadService(), candidate);
    expect((await write({ guard }, 'one')).status).toBe(502);
    await settled({ guard });
    expect(candidate.asked).toEqual([]);
  });
});

describe('a write after turnover', () => {
  it('goes to the candidate alone, under its key, and is not journaled', async () => {
    const snapshot = snapshotWith({ stage: 'turnover', percent: 100, topology: 'separate' });
    const at = await bench({}, { snapshot });
    expect((await write(at, 'one')).status).toBe(201);
    expect(at.candidate.asked).toMatchObject([{ body: 'one', key: expect.stringMatching(/-7/) }]);
    expect([at.legacy.asked, at.guard.report().writes?.attempts]).toEqual([[], 0]);
  });

  it('does not overtake one that the candidate does not have yet', async () => {
    const folder = emptyFolder();
    const legacy = await storeWith();
    const first = await followed(legacy, await deadService(), { folder });
    await write({ guard: first }, 'one');
    await first.stop({ withinMs: 300 });
    const busy = await storeWith((_asked, response) => response.writeHead(503).end());
    const snapshot = snapshotWith({ stage: 'turnover', percent: 100, topology: 'separate' });
    const second = await followed(legacy, busy, { folder, snapshot });
    const refused = await write({ guard: second }, 'two');
    expect(refused).toMatchObject({ status: 503, text: expect.stringContaining('KEY_BUSY') });
    expect((await write({ guard: second }, 'x', { path: '/accounts/8/entries' })).status).toBe(503);
    expect(bodies(busy)).not.toContain('two');
    expect(bodies(busy)).toContain('x');
  });
});

describe('a write of which the authority gave no answer', () => {
  const breakingOnce = (): Answering => {
    let isFirst = true;
    return (_asked, response, request) => {
      if (isFirst) request.socket.destroy();
      else response.writeHead(201).end('{}');
      isFirst = false;
    };
  };

  it('is asked for again under its key where the route is idempotent, and then fed', async () => {
    const at = await bench({ legacy: breakingOnce() });
    expect((await write(at, 'one')).status).toBe(502);
    await until(() => at.candidate.asked.length === 1, 'the follower has it');
    const [first, again] = at.legacy.asked;
    expect(again?.key).toBe(first?.key);
    await settled(at);
  });

  it('is listed for a person where it is not, and is not sent again', async () => {
    const routes = [{ ...ENTRIES, writes: { isIdempotent: false, outcomes: {} } }];
    const at = await bench({ legacy: breakingOnce() }, { routes });
    expect((await write(at, 'one')).status).toBe(502);
    await until(() => at.guard.report().writes?.debts.blocks !== null, 'it is listed');
    expect(at.guard.report().writes?.debts.byRoute).toMatchObject([{ state: 'listed', count: 1 }]);
    expect(at.legacy.asked).toHaveLength(1);
    expect(at.candidate.asked).toEqual([]);
  });

  it('had no effect where the route declares that such an answer means so', async () => {
    const outcomes = { '5xx': 'refused' } as const;
    const routes = [{ ...ENTRIES, writes: { isIdempotent: true, outcomes } }];
    const at = await bench({ legacy: (_a, response) => response.writeHead(500).end() }, { routes });
    expect((await write(at, 'one')).status).toBe(500);
    await settled(at);
    expect(at.legacy.asked).toHaveLength(1);
    expect(at.candidate.asked).toEqual([]);
  });
});

describe('a guard that stops', () => {
  it('feeds at its next start what the follower did not take before', async () => {
    const folder = emptyFolder();
    const legacy = await storeWith();
    const first = await followed(legacy, await deadService(), { folder });
    await write({ guard: first }, 'one');
    await write({ guard: first }, 'two');
    await first.stop({ withinMs: 500 });
    const candidate = await storeWith();
    const second = await followed(legacy, candidate, { folder });
    await settled({ guard: second });
    expect(bodies(candidate)).toEqual(['one', 'two']);
    expect(bodies(legacy)).toEqual(['one', 'two']);
  });

  it('does not wait for a follower that hangs', async () => {
    const folder = emptyFolder();
    const hanging = await httpService(() => {});
    const at = { guard: await followed(await storeWith(), hanging, { folder }) };
    await write(at, 'one');
    const beganMs = performance.now();
    await at.guard.stop({ withinMs: 50 });
    expect(performance.now() - beganMs).toBeLessThan(450);
  });

  it('starts nothing with a folder that it cannot use, or that another guard has', async () => {
    const [legacy, candidate] = [await storeWith(), await storeWith()];
    const folder = emptyFolder();
    await followed(legacy, candidate, { folder });
    await expect(followed(legacy, candidate, { folder })).rejects.toMatchObject({
      code: 'FW_JOURNAL_LOCKED',
    });
    const unusable = followed(legacy, candidate, { folder: import.meta.filename });
    await expect(unusable).rejects.toMatchObject({ code: 'FW_WRITE_FOLDER', exitCode: 2 });
    const nowhere = followed(legacy, candidate, { writes: null });
    await expect(nowhere).rejects.toMatchObject({ code: 'FW_GUARD_OPTION', exitCode: 2 });
  });
});

describe('identifiers that each side makes for itself', () => {
  it('are learned from the answers, and used in what the follower gets later', async () => {
    const numbering =
      (from: number): Answering =>
      (asked, response) => {
        if (asked.method === 'PUT') return void response.end('{}');
        response.writeHead(201).end(JSON.stringify({ id: from }));
      };
    const routes = [
      routeWith({
        seam: 'POST /orders',
        effects: 'follow',
        writes: { isIdempotent: true, outcomes: {} },
        identifiers: { learn: { '$.id': 'order' } },
      }),
      routeWith({
        seam: 'PUT /orders/{id}',
        effects: 'follow',
        key: { from: 'path', name: 'id' },
        identifiers: { path: { id: 'order' }, body: { '$.replaces': 'order' } },
      }),
    ];
    const at = await bench({ legacy: numbering(41), candidate: numbering(2005) }, { routes });
    expect((await write(at, '{}', { path: '/orders' })).text).toBe('{"id":41}');
    const body = '{ "replaces": 41, "n": 1.0 }';
    await write(at, body, { path: '/orders/41?a=b', method: 'PUT' });
    await settled(at);
    expect(at.legacy.asked.at(-1)).toMatchObject({ path: '/orders/41?a=b', body });
    expect(at.candidate.asked.at(-1)).toMatchObject({
      path: '/orders/2005?a=b',
      body: '{ "replaces": 2005, "n": 1.0 }',
    });
    expect(at.guard.report().writes?.identifiers).toBe(1);
  });
});

describe('a read of things that the two sides call by two names', () => {
  const stores = async (): Promise<Bench> => {
    const numbering =
      (own: number): Answering =>
      (asked, response) => {
        const id = Number(asked.path.split('/')[2] ?? own);
        const status = asked.method === 'POST' ? 201 : id === own ? 200 : 404;
        response.writeHead(status, { 'Content-Type': 'application/json' });
        response.end(JSON.stringify({ id, lines: [{ of: id, n: 1 }] }));
      };
    const identifiers = {
      path: { id: 'order' },
      answer: { '$.id': 'order', '$.lines[*].of': 'order' },
    };
    const routes = [
      routeWith({
        seam: 'POST /orders',
        effects: 'follow',
        writes: { isIdempotent: true, outcomes: {} },
        identifiers: { learn: { '$.id': 'order' } },
      }),
      routeWith({ seam: 'GET /orders/{id}', identifiers }),
    ];
    return bench({ legacy: numbering(41), candidate: numbering(2005) }, { routes });
  };
  const read = async ({ guard }: Bench, path: string): Promise<string> => {
    const answer = await send(`${guard.url}${path}`);
    const text = await answer.body.text();
    await guard.settled();
    return text;
  };

  it('is asked of the candidate by its own name, and compared by legacy’s', async () => {
    const at = await stores();
    await write(at, '{}', { path: '/orders' });
    await settled(at);
    expect(await read(at, '/orders/41')).toBe('{"id":41,"lines":[{"of":41,"n":1}]}');
    expect(at.candidate.asked.at(-1)).toMatchObject({ method: 'GET', path: '/orders/2005' });
    const { routes } = at.guard.report();
    expect(routes).toMatchObject([{ seam: 'GET /orders/{id}', compared: 1, differing: 0 }]);
  });

  it('is not asked of the candidate at all before its name is known', async () => {
    const at = await stores();
    await read(at, '/orders/41');
    expect(at.candidate.asked).toEqual([]);
    expect(at.guard.report().routes).toMatchObject([{ compared: 0, verdicts: { shed: 1 } }]);
  });

  it('is served by legacy while the share moves, and compared all the same', async () => {
    const at = await stores();
    await write(at, '{}', { path: '/orders' });
    await settled(at);
    await at.guard.stop({ withinMs: 200 });
    const snapshot = snapshotWith({ stage: 'shift', percent: 100, topology: 'separate' });
    const routes = [
      routeWith({ seam: 'GET /orders/{id}', identifiers: { path: { id: 'order' } } }),
      ENTRIES,
    ];
    const guard = await followed(at.legacy, at.candidate, { routes, snapshot });
    expect(await read({ ...at, guard }, '/orders/41')).toContain('"id":41');
    expect(guard.report().served).toMatchObject({ legacy: 1, candidate: 0 });
  });
});

describe('a route that is not followed', () => {
  it('needs no folder, and its writes go to legacy only', async () => {
    const [legacy, candidate] = [await storeWith(), await storeWith()];
    const guard = await guardBetween(legacy, candidate);
    expect((await write({ guard }, 'one')).status).toBe(201);
    expect(guard.report().writes).toBeNull();
    expect(candidate.asked).toEqual([]);
  });
});
