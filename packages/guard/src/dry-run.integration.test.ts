import { request as send } from 'undici';
import { describe, expect, it } from 'vitest';
import {
  bodyOf,
  guardBetween,
  httpService,
  routeWith,
  ScriptedLink,
  type Service,
  snapshotWith,
  until,
} from '../test/fixtures.ts';
import { emptyFolder } from '../test/journal-fixtures.ts';
import type { GuardOptions, RunningGuard } from './main.ts';
import { openWritesAt, orderWrites } from './orders/order-client.ts';

interface Candidate extends Service {
  /** What it says about dry runs; `null` when it never heard of them. */
  says: string | null;
  readonly asked: { readonly dryRun: string | undefined; readonly body: string }[];
}

async function candidateSaying(says: string | null, total = 12): Promise<Candidate> {
  const asked: Candidate['asked'] = [];
  const candidate: Partial<Candidate> & Pick<Candidate, 'says' | 'asked'> = { says, asked };
  const service = await httpService((request, response) => {
    if (request.method === 'GET') return void response.end();
    void bodyOf(request).then((body) => {
      asked.push({ dryRun: request.headers['falsework-dry-run'] as never, body: String(body) });
      const said = candidate.says === null ? {} : { 'Falsework-Dry-Run': candidate.says };
      response.writeHead(201, { 'Content-Type': 'application/json', ...said });
      response.end(JSON.stringify({ total }));
    });
  });
  return Object.assign(candidate, service);
}

/** A legacy service that counts its writes. */
async function counting(): Promise<Service & { readonly writes: string[] }> {
  const writes: string[] = [];
  const service = await httpService((request, response) => {
    if (request.method === 'GET') return void response.end();
    void bodyOf(request).then((body) => {
      writes.push(String(body));
      response.writeHead(201, { 'Content-Type': 'application/json' }).end('{"total":12}');
    });
  });
  return { ...service, writes };
}

const ORDERS = routeWith({ seam: 'POST /orders', effects: 'dry-run' });

const dryRunning = (
  legacy: Service,
  candidate: Service,
  folder: string,
  over: Partial<GuardOptions> = {},
): Promise<RunningGuard> =>
  guardBetween(legacy, candidate, {
    routes: [ORDERS],
    writes: { folder, journal: { diskFreeBytesMin: 0 } },
    // Whatever may be asked twice is: a dry run must not be.
    snapshot: snapshotWith({ shadow: { noiseSample: 1, recheckAfterMs: 1, timeoutMs: 2_000 } }),
    ...over,
  });

async function order(guard: RunningGuard, body: string): Promise<number> {
  const answer = await send(`${guard.url}/orders`, { method: 'POST', body });
  await answer.body.dump();
  await guard.settled();
  return answer.statusCode;
}

describe('a write that is shadowed as a dry run', () => {
  it('is asked of the candidate once, marked, and compared; legacy has it once', async () => {
    const [legacy, candidate] = [await counting(), await candidateSaying('honoured', 13)];
    const guard = await dryRunning(legacy, candidate, emptyFolder());
    expect(await order(guard, 'one')).toBe(201);
    expect(legacy.writes).toEqual(['one']);
    expect(candidate.asked).toEqual([{ dryRun: '1', body: 'one' }]);
    const { routes, unproven, stopped } = guard.report();
    expect(routes).toMatchObject([{ seam: 'POST /orders', compared: 1, differing: 1 }]);
    expect([unproven, stopped]).toEqual([[], []]);
  });

  it('is not asked of legacy where the candidate serves', async () => {
    const [legacy, candidate] = [await counting(), await candidateSaying('honoured')];
    const snapshot = snapshotWith({ stage: 'shift', percent: 100, shadow: { noiseSample: 1 } });
    const guard = await dryRunning(legacy, candidate, emptyFolder(), { snapshot });
    await order(guard, 'one');
    expect(legacy.writes).toEqual([]);
    expect(candidate.asked).toEqual([{ dryRun: undefined, body: 'one' }]);
  });

  it('stops its route at the first answer that does not say that it was honoured', async () => {
    const [legacy, candidate] = [await counting(), await candidateSaying(null)];
    const guard = await dryRunning(legacy, candidate, emptyFolder());
    await order(guard, 'one');
    await order(guard, 'two');
    expect(legacy.writes).toEqual(['one', 'two']);
    expect(candidate.asked.map(({ body }) => body)).toEqual(['one']);
    const { routes, stopped } = guard.report();
    expect(routes).toMatchObject([{ compared: 0, verdicts: { shed: 2 } }]);
    expect(stopped).toMatchObject([{ route: 'POST /orders' }]);
  });

  it('stays stopped over a restart, until a person resumes it', async () => {
    const [legacy, candidate] = [await counting(), await candidateSaying(null)];
    const folder = emptyFolder();
    const first = await dryRunning(legacy, candidate, folder);
    await order(first, 'one');
    await first.stop({ withinMs: 500 });

    const second = await dryRunning(legacy, candidate, folder);
    await order(second, 'two');
    expect(candidate.asked).toHaveLength(1);
    const said = { order: 'resume', route: 'POST /orders', by: 'ana', reason: 'deployed' } as const;
    expect(await orderWrites(folder, { ...said, route: 'POST /else' })).toHaveProperty('refused');
    expect((await openWritesAt(folder)).stopped).toHaveLength(1);
    candidate.says = 'honoured';
    expect(await orderWrites(folder, said)).toEqual({ done: true });
    await order(second, 'three');
    expect(candidate.asked.map(({ body }) => body)).toEqual(['one', 'three']);
    await second.stop({ withinMs: 500 });

    const third = await dryRunning(legacy, candidate, folder);
    await order(third, 'four');
    expect(candidate.asked.at(-1)?.body).toBe('four');
  });

  it('is told to control when it is stopped, with every batch', async () => {
    const [legacy, candidate] = [await counting(), await candidateSaying(null)];
    const link = new ScriptedLink();
    const guard = await dryRunning(legacy, candidate, emptyFolder(), { link });
    link.push(snapshotWith({ version: 2 }));
    await order(guard, 'one');
    await guard.plane.flush();
    await until(
      () => link.batches.some(({ writes }) => writes?.stopped.length === 1),
      'it is told',
    );
    const { writes } = link.batches.at(-1) ?? {};
    expect(writes).toMatchObject({
      dead: 0,
      listed: 0,
      journal: expect.stringMatching(/^\w{16}$/),
    });
    expect(writes?.stopped).toMatchObject([{ route: 'POST /orders' }]);
  });
});

describe('orders', () => {
  it('are taken by the guard that has the journal, and by nobody once it has stopped', async () => {
    const folder = emptyFolder();
    const guard = await dryRunning(await counting(), await candidateSaying(null), folder);
    const unknown = { order: 'retry', sequence: 9, by: 'ana' } as const;
    expect(await orderWrites(folder, unknown)).toEqual({ refused: 'There is no open write 9.' });
    expect(await orderWrites(folder, { order: 'away' } as never)).toHaveProperty('refused');
    await guard.stop({ withinMs: 100 });
    await expect(openWritesAt(folder)).rejects.toMatchObject({ code: 'FW_WRITES_UNREACHABLE' });
  });
});
