import type { RequestListener } from 'node:http';
import { gzipSync } from 'node:zlib';
import { createComparator, ignore } from '@falsework/core/compare';
import { describe, expect, it } from 'vitest';
import { httpService, tcpService } from '../../test/fixtures.ts';
import { startGuard } from '../main.ts';
import { type ReplayOptions, replay } from './replay.ts';

const REQUEST = { method: 'GET', target: '/orders/1?full=1', headers: [], isComplete: true };

const answering =
  (status: number, body: unknown, headers: Record<string, string> = {}): RequestListener =>
  (_request, response) => {
    response.writeHead(status, { 'content-type': 'application/json', ...headers });
    response.end(Buffer.isBuffer(body) ? body : JSON.stringify(body));
  };

async function asked(
  legacy: RequestListener,
  candidate: RequestListener,
  over: Partial<ReplayOptions> = {},
) {
  const [one, other] = [await httpService(legacy), await httpService(candidate)];
  return replay(REQUEST, {
    legacy: one.origin,
    candidate: other.origin,
    seam: 'GET /orders/{id}',
    comparator: createComparator(),
    headers: ['content-type'],
    maxBodyBytes: 10_000,
    timeoutMs: 2_000,
    ...over,
  });
}

describe('a stored request, asked again', () => {
  it('is asked of both sides as it was, and found equal', async () => {
    const seen: unknown[] = [];
    const note: RequestListener = (request, response) => {
      seen.push(request.method, request.url, request.headers['accept-language']);
      answering(200, { total: 1 })(request, response);
    };
    const [one, other] = [await httpService(note), await httpService(note)];
    const judgement = await replay(
      { ...REQUEST, headers: [['accept-language', 'de']] },
      {
        legacy: one.origin,
        candidate: other.origin,
        seam: 's',
        comparator: createComparator(),
        headers: [],
        maxBodyBytes: 1_000,
        timeoutMs: 2_000,
      },
    );
    expect(judgement).toEqual({ result: 'equal', findings: [] });
    expect(seen).toEqual([...Array(2)].flatMap(() => ['GET', '/orders/1?full=1', 'de']));
  });

  it.each([
    ['the body', answering(200, { total: 2 }), '$.total'],
    ['the status', answering(201, { total: 1 }), '(status)'],
    [
      'a header',
      answering(200, { total: 1 }, { 'content-type': 'text/plain' }),
      '(header content-type)',
    ],
    ['whether it answers', answering(500, { total: 1 }), '(answer)'],
  ])('differs in %s', async (_what, candidate, template) => {
    const { result, findings } = await asked(answering(200, { total: 1 }), candidate);
    expect(result).toBe('different');
    expect(findings.map((finding) => finding.template)).toEqual([template]);
  });

  it('names causes as the guard that saw them did', async () => {
    const [legacy, candidate] = [
      await httpService(answering(200, { total: 1, tax: 1 })),
      await httpService(answering(200, { total: 2, tax: 1 })),
    ];
    const guard = await startGuard({
      legacy: legacy.origin,
      candidate: candidate.origin,
      port: 0,
      sample: 1,
    });
    // A path is taken for a route once it has been answered.
    for (let i = 0; i < 5; i += 1) {
      await (await fetch(`${guard.url}${REQUEST.target}`)).arrayBuffer();
    }
    await guard.settled();
    const route = guard.report().routes.find(({ causes }) => causes.length > 0);
    await guard.stop({ withinMs: 100 });
    const { findings } = await replay(REQUEST, {
      legacy: legacy.origin,
      candidate: candidate.origin,
      seam: route?.seam ?? '',
      comparator: createComparator(),
      headers: [],
      maxBodyBytes: 1_000,
      timeoutMs: 2_000,
    });
    expect(findings).toHaveLength(1);
    expect(findings.map(({ id }) => id)).toEqual(route?.causes.map(({ id }) => id));
  });

  it('heeds the rules', async () => {
    const comparator = createComparator({ rules: [ignore('$.at')] });
    expect(
      await asked(answering(200, { at: 1 }), answering(200, { at: 2 }), { comparator }),
    ).toEqual({ result: 'equal', findings: [] });
  });

  it('shows nothing of what is to be redacted', async () => {
    const redact = ['$.customer.name'];
    const [one, other] = ['Ann', 'Bo'].map((name) => answering(200, { customer: { name } }));
    const { findings } = await asked(one as RequestListener, other as RequestListener, { redact });
    expect(findings.map(({ example }) => [example.legacy, example.candidate])).toEqual([
      ['‹secret:1›', '‹secret:2›'],
    ]);
  });

  it('undoes content encodings, and reads no more than it may', async () => {
    const zipped = gzipSync('{"total":1}');
    const encoded = answering(200, zipped, { 'content-encoding': 'gzip' });
    expect(await asked(answering(200, { total: 1 }), encoded)).toMatchObject({ result: 'equal' });
    const large = answering(200, 'x'.repeat(20_000));
    expect(await asked(large, large)).toMatchObject({ result: 'incomplete' });
  });

  it('of a side that hangs or speaks no HTTP differs, and never rejects', async () => {
    const hanging = await tcpService(() => {});
    const garbage = await tcpService((socket) => void socket.end('garbage\r\n\r\n'));
    for (const { origin } of [hanging, garbage]) {
      const judgement = await asked(answering(200, 1), answering(200, 1), {
        candidate: origin,
        timeoutMs: 200,
      });
      expect(judgement.findings.map(({ template }) => template)).toEqual(['(answer)']);
    }
  });

  it('of which neither side knows an answer proves nothing', async () => {
    expect(await asked(answering(500, 1), answering(500, 1))).toEqual({
      result: 'incomplete',
      findings: [],
    });
  });
});
