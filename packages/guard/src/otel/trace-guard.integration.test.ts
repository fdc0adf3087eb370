import { propagation, SpanStatusCode } from '@opentelemetry/api';
import { W3CTraceContextPropagator } from '@opentelemetry/core';
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  type ReadableSpan,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-base';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  deadService,
  guardBetween,
  httpService,
  routeWith,
  ScriptedLink,
  snapshotWith,
  until,
} from '../../test/fixtures.ts';
import { emptyFolder } from '../../test/journal-fixtures.ts';
import { tracing } from '../telemetry/guard-tracer.ts';
import { traceGuard } from './index.ts';

const ITEM = routeWith({ seam: 'GET /items/{id}' });
const ENTRIES = routeWith({
  seam: 'POST /accounts/{id}/entries',
  effects: 'follow',
  key: { from: 'path', name: 'id' },
  writes: { isIdempotent: true, outcomes: {} },
});

let exporter: InMemorySpanExporter;
let provider: BasicTracerProvider;
let end = (): void => {};

beforeEach(() => {
  exporter = new InMemorySpanExporter();
  provider = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] });
  propagation.setGlobalPropagator(new W3CTraceContextPropagator());
  end = traceGuard({ tracerProvider: provider });
});
afterEach(async () => {
  end();
  propagation.disable();
  await provider.shutdown();
});

const spanOf = (name: string): ReadableSpan | undefined =>
  exporter.getFinishedSpans().find((span) => span.name === name);
const parentOf = (span: ReadableSpan | undefined): string | undefined =>
  span?.parentSpanContext?.spanId;
const idOf = (span: ReadableSpan | undefined): string | undefined => span?.spanContext().spanId;

/** A side, and what it was told of the trace, health checks left out. */
async function side(status: number) {
  const told: (string | undefined)[] = [];
  const service = await httpService((request, response) => {
    request.resume();
    if (request.headers['user-agent'] === 'falsework-guard') return void response.end();
    told.push(request.headers['traceparent'] as string | undefined);
    response.writeHead(status, { 'content-type': 'application/json' }).end('{}');
  });
  return { ...service, told };
}

describe('a traced guard', () => {
  it('shows both sides below one request, where legacy helps the candidate out', async () => {
    const [legacy, candidate] = [await side(200), await side(500)];
    const alarm = { rateOk: 1e-4, threshold: Number.MAX_VALUE };
    const guard = await guardBetween(legacy, candidate, {
      routes: [ITEM],
      link: new ScriptedLink(),
      snapshot: snapshotWith({ stage: 'shift', topology: 'shared', percent: 100, alarm }),
    });
    const answer = await fetch(`${guard.url}/items/7`);
    expect([answer.status, await answer.text()]).toEqual([200, '{}']);
    await until(() => spanOf('GET /items/{id}') !== undefined, 'the span of the request');
    const request = spanOf('GET /items/{id}');
    const [tried, served] = ['candidate', 'legacy'].map((name) =>
      spanOf(`${name} GET /items/{id}`),
    );
    expect([parentOf(tried), parentOf(served)]).toEqual([idOf(request), idOf(request)]);
    expect(tried?.status.code).toBe(SpanStatusCode.ERROR);
    expect(request?.attributes).toMatchObject({
      'falsework.side': 'legacy',
      'http.response.status_code': 200,
    });
    expect(candidate.told[0]).toContain(idOf(tried));
    expect(legacy.told[0]).toContain(idOf(served));
  });

  it('links what the journal brings to the follower to the write that it came with', async () => {
    const [legacy, candidate] = [await side(201), await side(201)];
    const guard = await guardBetween(legacy, candidate, {
      routes: [ENTRIES],
      link: new ScriptedLink(),
      snapshot: snapshotWith({ stage: 'dual-write', topology: 'separate' }),
      writes: { folder: emptyFolder() },
    } as never);
    const url = `${guard.url}/accounts/4/entries`;
    const answer = await fetch(url, { method: 'POST', body: '{"a":1}' });
    expect(answer.status).toBe(201);
    await until(() => spanOf('feed POST') !== undefined, 'the span of the feed');
    await until(() => exporter.getFinishedSpans().length > 2, 'the span of the request');
    const request = spanOf('POST /accounts/{id}/entries');
    const feed = spanOf('feed POST');
    expect(parentOf(feed)).toBeUndefined();
    expect(feed?.links.map(({ context: { spanId } }) => spanId)).toEqual([idOf(request)]);
    expect(feed?.attributes).toMatchObject({ 'falsework.side': 'candidate' });
    expect(candidate.told.at(-1)).toContain(idOf(feed));
  });

  it('says by a code why a side does not answer, and what its caller got', async () => {
    const guard = await guardBetween(await deadService(), await side(200), { routes: [ITEM] });
    expect((await fetch(`${guard.url}/items/7`)).status).toBe(502);
    await until(() => spanOf('GET /items/{id}') !== undefined, 'the span of the request');
    expect(spanOf('legacy GET /items/{id}')?.attributes['error.type']).toBe('ECONNREFUSED');
    const request = spanOf('GET /items/{id}');
    expect(request?.attributes['http.response.status_code']).toBe(502);
    expect(request?.status.code).toBe(SpanStatusCode.ERROR);
  });

  it('serves as ever where the tracer throws', async () => {
    end();
    const startSpan = (): never => {
      throw new Error('broken');
    };
    end = traceGuard({ tracerProvider: { getTracer: () => ({ startSpan }) as never } });
    const guard = await guardBetween(await side(200), await side(200), { routes: [ITEM] });
    expect((await fetch(`${guard.url}/items/7`)).status).toBe(200);
  });

  it('costs one comparison where nobody listens', () => {
    end();
    expect(tracing.tracer).toBeNull();
  });
});
