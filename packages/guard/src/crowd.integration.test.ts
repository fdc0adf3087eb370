// Many callers at once, some of whom leave, before a candidate that is broken in a new way every
// moment: each one who stays gets exactly legacy's answer, everything is accounted for, and nothing
// is left behind.
import { request } from 'node:http';
import { SeededRandom } from '@falsework/testkit';
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
import type { RunningGuard } from './main.ts';

const SEEDS = [1, 2, 3];
const CALLERS = 16;
const CALLS_EACH = 60;

/** What both sides answer to a path, when they are well. */
function rightAnswer(path: string): Buffer {
  const size = Number(new URL(path, 'http://a').searchParams.get('size') ?? 0);
  return Buffer.from(`${path} ${'x'.repeat(size)}`);
}

function legacyService(): Promise<Service> {
  return httpService((incoming, response) => {
    void bodyOf(incoming).then((sent) => {
      response.end(Buffer.concat([rightAnswer(incoming.url ?? ''), sent]));
    });
  });
}

/** Right, wrong, late, silent, cut short, garbled or gone, as chance has it; never for a write. */
function moodyService(random: SeededRandom): Promise<Service> {
  return httpService((incoming, response) => {
    void bodyOf(incoming).then((sent) => {
      const right = Buffer.concat([rightAnswer(incoming.url ?? ''), sent]);
      const { socket } = incoming;
      switch (incoming.method === 'POST' ? 0 : random.below(9)) {
        case 1:
          response.writeHead(503).end('no');
          return;
        case 2:
          socket.destroy();
          return;
        case 3:
          socket.resetAndDestroy();
          return;
        case 4:
          socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${right.length + 10}\r\n\r\n`);
          socket.write(right);
          setImmediate(() => socket.destroy());
          return;
        case 5:
          socket.write('SSH-2.0-OpenSSH_9.2\r\n');
          return;
        case 6:
          // Never.
          return;
        case 7:
          setTimeout(() => response.end(right), random.below(40));
          return;
        default:
          response.end(right);
      }
    });
  });
}

interface Tally {
  answered: number;
  left: number;
  wrong: string[];
}

/** One caller: calls one after the other, and leaves some of them in the middle. */
async function caller(guard: RunningGuard, random: SeededRandom, tally: Tally): Promise<void> {
  for (let i = 0; i < CALLS_EACH; i += 1) {
    const size = random.below(4) === 0 ? random.below(400_000) : random.below(2_000);
    const path = `/items/${random.below(1_000)}?size=${size}`;
    const method = ['GET', 'GET', 'GET', 'POST', 'SEARCH'][random.below(5)] ?? 'GET';
    const body = method === 'GET' ? '' : `body ${i}`;
    const leavesAfterMs = random.below(10) === 0 ? random.below(30) : null;
    await new Promise<void>((resolve) => {
      const outgoing = request(`${guard.url}${path}`, {
        agent: false,
        method: method === 'SEARCH' ? 'POST' : method,
        headers: { 'x-kind': method, 'x-caller': String(random.below(50)) },
        path: method === 'SEARCH' ? `/search?size=${size}` : path,
      });
      const timer =
        leavesAfterMs === null ? null : setTimeout(() => outgoing.destroy(), leavesAfterMs);
      outgoing.on('error', () => {
        if (leavesAfterMs === null) tally.wrong.push(`${method} ${path}: no answer`);
        else tally.left += 1;
        resolve();
      });
      outgoing.on('response', (answer) => {
        void bodyOf(answer).then(
          (got) => {
            if (timer !== null) clearTimeout(timer);
            const asked = method === 'SEARCH' ? `/search?size=${size}` : path;
            const right = Buffer.concat([rightAnswer(asked), Buffer.from(body)]);
            if (answer.statusCode === 200 && got.equals(right)) tally.answered += 1;
            else tally.wrong.push(`${method} ${path}: ${answer.statusCode}, ${got.length} bytes`);
            resolve();
          },
          () => {
            // Left in the middle of the answer.
            if (leavesAfterMs === null) tally.wrong.push(`${method} ${path}: broken off`);
            else tally.left += 1;
            resolve();
          },
        );
      });
      outgoing.end(body);
    });
  }
}

const stages = [
  ['shadow', snapshotWith({ stage: 'shadow', shadow: { timeoutMs: 30, recheckAfterMs: 5 } })],
  [
    'shift',
    snapshotWith({
      stage: 'shift',
      percent: 50,
      alarm: { rateOk: 1e-4, threshold: Number.MAX_VALUE },
      shadow: { timeoutMs: 30, recheckAfterMs: 5 },
    }),
  ],
] as const;

describe.each(stages)('a crowd of callers in %s', (stage, snapshot) => {
  it.each(SEEDS)('gets legacy’s answers, all of them, from seed %d', async (seed) => {
    const random = new SeededRandom(seed);
    const guard = await guardBetween(await legacyService(), await moodyService(random), {
      snapshot,
      key: { from: 'header', name: 'x-caller' },
      candidateTimeoutMs: 60,
      routes: [
        routeWith({
          seam: 'POST /search',
          effects: 'none',
          key: { from: 'header', name: 'x-caller' },
        }),
      ],
    });
    const tally: Tally = { answered: 0, left: 0, wrong: [] };
    await Promise.all(
      Array.from({ length: CALLERS }, (_, i) =>
        caller(guard, new SeededRandom(seed * 100 + i), tally),
      ),
    );
    await guard.settled();
    // A candidate that cuts a long answer short after it was let go is the one failure that reaches
    // a caller.
    const reached = tally.wrong.filter((words) => !words.endsWith('broken off'));
    expect(reached).toEqual([]);
    if (stage === 'shadow') expect(tally.wrong).toEqual([]);
    expect(tally.answered + tally.left + tally.wrong.length).toBe(CALLERS * CALLS_EACH);

    await until(() => guard.report().capturedBytes === 0, 'every answer kept is given back');
    const report = guard.report();
    expect(report.faults).toBe(0);
    expect(report.failed.legacy).toBe(0);
    const abandoned = report.routes.reduce((sum, route) => sum + route.abandoned, 0);
    expect(abandoned).toBeGreaterThan(0);
    // Each sampled run has exactly one verdict, and a faulty answer is never a match by mistake.
    for (const { verdicts, compared } of report.routes) {
      expect(verdicts.mismatch).toBe(0);
      expect(compared).toBe(verdicts.match + verdicts.candidate_error + verdicts.transient);
    }
    expect(report.compared).toBeGreaterThan(50);
  });
});
