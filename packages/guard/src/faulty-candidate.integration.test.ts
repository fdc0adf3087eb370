import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import {
  bodyOf,
  exchangeRaw,
  FAULTS,
  guardBetween,
  httpService,
  type Service,
  snapshotWith,
} from '../test/fixtures.ts';
import { reportText } from './main.ts';

/** A legacy with one answer of each kind, the same each time. */
function legacyService(): Promise<Service> {
  return httpService((request, response) => {
    if (request.method === 'POST') {
      void bodyOf(request).then((body) => response.end(`stored ${body}`));
      return;
    }
    switch (request.url ?? '') {
      case '/text':
        response.end('plain\ntext\n');
        return;
      case '/missing':
        response.writeHead(404, { 'Content-Type': 'application/json' });
        response.end('{"error":"missing"}');
        return;
      case '/large':
        // With a length, since each hop cuts chunks of its own.
        response.writeHead(200, { 'Content-Type': 'image/png', 'Content-Length': 2_000_000 });
        for (let i = 0; i < 40; i += 1) response.write(Buffer.alloc(50_000, i));
        response.end();
        return;
      default:
        response.writeHead(200, { 'Content-Type': 'application/json', 'X-Order': request.url });
        response.end(JSON.stringify({ id: request.url, total: 12.5 }));
    }
  });
}

const REQUESTS = [
  ...Array.from({ length: 20 }, (_, i) => `GET /orders/${i} HTTP/1.1\r\nHost: a\r\n`),
  'GET /text HTTP/1.1\r\nHost: a\r\n',
  'GET /missing HTTP/1.1\r\nHost: a\r\n',
  'GET /large HTTP/1.1\r\nHost: a\r\n',
  'HEAD /orders/1 HTTP/1.1\r\nHost: a\r\n',
  'POST /orders HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n',
];

const closing = (head: string): string =>
  `${head}Connection: close\r\n\r\n${head.startsWith('POST') ? 'hello' : ''}`;

/** What callers get: status, headers and body; the framing of a body is each hop's own. */
async function answers(port: number): Promise<string[]> {
  const all: string[] = [];
  for (const head of REQUESTS) all.push(await exchangeRaw(port, closing(head)));
  return all.map((answer) => {
    const end = answer.replace(/\r\n(?:Connection|Keep-Alive): [^\r]*/g, '');
    return end.length < 1_000 ? end : createHash('sha256').update(end).digest('hex');
  });
}

const WORDS: Readonly<Record<string, RegExp>> = {
  dead: /^candidate refused (\d+) of \1 connections \(ECONNREFUSED\)$/,
  hanging: /^candidate did not answer in time to (\d+) of \1 requests$/,
  slow: /^candidate did not answer in time to (\d+) of \1 requests$/,
  'garbage-speaking':
    /^candidate sent what is not HTTP to (\d+) of \1 requests \(HTTPParserError\)$/,
  'mid-body-dropping': /^candidate broke off (\d+) of \d+ answers \(UND_ERR_SOCKET\)$/,
  resetting:
    /^candidate closed the connection without an answer to (\d+) of \1 requests \(ECONNRESET\)$/,
  'TLS-speaking': /^candidate sent what is not HTTP to (\d+) of \1 requests \(HTTPParserError\)$/,
  'chunk-garbling':
    /^candidate sent what is not HTTP to (\d+) of \d+ requests \(HTTPParserError\)$/,
  'endlessly-heading':
    /^candidate sent what is not HTTP to (\d+) of \1 requests \(UND_ERR_HEADERS_OVERFLOW\)$/,
  'error-answering': /^candidate answered 503 to (\d+) of \1 requests$/,
};

/** No fault that answers may be taken for one that does not, however busy the machine is. */
const isSilent = (fault: string): boolean => fault === 'hanging' || fault === 'slow';

describe.each(Object.keys(FAULTS))('a %s candidate', (fault) => {
  it('changes no byte of any answer, adds no error, and is named in the report', async () => {
    const legacy = await legacyService();
    const direct = await answers(legacy.port);
    const guard = await guardBetween(legacy, await (FAULTS[fault] as () => Promise<Service>)(), {
      snapshot: snapshotWith({ shadow: { timeoutMs: isSilent(fault) ? 100 : 5_000 } }),
    });
    expect(await answers(guard.port)).toEqual(direct);
    expect(await answers(guard.port)).toEqual(direct);
    await guard.settled();
    const report = guard.report();
    expect(report.failed).toEqual({ legacy: 0, candidate: 0 });
    expect(report.requests).toBe(2 * REQUESTS.length);
    expect(report.faults).toBe(0);
    expect(report.sides.candidate.words[0]).toMatch(WORDS[fault] as RegExp);
    expect(reportText(report)).toContain('callers: unchanged.');
    // Every one that was chosen is accounted for, and none of them is a match.
    const [orders] = report.routes.filter(({ seam }) => seam === 'GET /orders/{id}');
    const { candidate_error, timeout, shed, match } = orders?.verdicts ?? {
      candidate_error: 0,
      timeout: 0,
      shed: 0,
      match: 0,
    };
    expect(match).toBe(0);
    expect(candidate_error + timeout + shed).toBe(39);
  });

  it('costs callers no time, however many of them come at once', async () => {
    const legacy = await legacyService();
    const guard = await guardBetween(legacy, await (FAULTS[fault] as () => Promise<Service>)(), {
      snapshot: snapshotWith({ shadow: { timeoutMs: 500 } }),
    });
    // The first request makes the route known.
    await fetch(`${guard.url}/orders/0`).then((answer) => answer.text());
    const begin = performance.now();
    await Promise.all(
      Array.from({ length: 200 }, async (_, i) => {
        const answer = await fetch(`${guard.url}/orders/${i}`);
        expect(await answer.json()).toEqual({ id: `/orders/${i}`, total: 12.5 });
      }),
    );
    // One timeout of one shadow would be longer than all of them together.
    expect(performance.now() - begin).toBeLessThan(2_500);
  });
});

describe('a candidate that never answers', () => {
  it('takes no connection and no memory from callers when it is given up', async () => {
    const legacy = await legacyService();
    const guard = await guardBetween(legacy, await (FAULTS.hanging as () => Promise<Service>)(), {
      snapshot: snapshotWith({ shadow: { timeoutMs: 20, queueMax: 50 } }),
    });
    for (let i = 0; i < 300; i += 1) await fetch(`${guard.url}/orders/${i}`).then((a) => a.text());
    await guard.settled();
    const { routes, capturedBytes } = guard.report();
    expect(capturedBytes).toBe(0);
    const { timeout = 0, shed = 0 } = routes[0]?.verdicts ?? {};
    expect(timeout + shed).toBe(299);
    expect(timeout).toBeGreaterThan(0);
  });

  it('is tried again by itself when it is back', async () => {
    const legacy = await legacyService();
    let isBack = false;
    const candidate = await httpService((request, response) => {
      if (!isBack) {
        request.socket.resetAndDestroy();
        return;
      }
      response.writeHead(200, { 'Content-Type': 'application/json' });
      response.end(JSON.stringify({ total: 12.5, id: request.url }));
    });
    const guard = await guardBetween(legacy, candidate);
    const call = (i: number): Promise<string> =>
      fetch(`${guard.url}/orders/${i}`).then((a) => a.text());
    for (let i = 0; i < 100; i += 1) await call(i);
    await guard.settled();
    expect(guard.report().routes[0]?.shed['not-answering']).toBeGreaterThan(0);
    isBack = true;
    for (let i = 0; i < 200 && (guard.report().routes[0]?.verdicts.match ?? 0) < 20; i += 1) {
      await call(i);
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    expect(guard.report().routes[0]?.verdicts.match).toBeGreaterThanOrEqual(20);
  });
});
