import { context, propagation, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import { W3CTraceContextPropagator } from '@opentelemetry/core';
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-base';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { busyUntil, deadOrigin, startServer } from '../../test/real-server.ts';
import { createFetch } from '../fetch/index.ts';
import { tracing } from '../telemetry/call-tracer.ts';
import { traceClient } from './index.ts';

const backoff = { firstMs: 1, capMs: 5 };
let exporter: InMemorySpanExporter;
let provider: BasicTracerProvider;
let end = (): void => {};

beforeEach(() => {
  exporter = new InMemorySpanExporter();
  provider = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] });
  propagation.setGlobalPropagator(new W3CTraceContextPropagator());
  end = traceClient({ tracerProvider: provider });
});
afterEach(async () => {
  end();
  await provider.shutdown();
  for (const api of [trace, context, propagation]) api.disable();
});

const spans = () => exporter.getFinishedSpans();

describe('a traced call', () => {
  it('is a span, and below it one for each try, which is what its server is told of', async () => {
    await using server = await startServer(busyUntil(3));
    const answer = await createFetch({ backoff })(`${server.origin}/orders/4711?token=hunter2`);
    await answer.text();
    const call = spans().find(({ name }) => name === 'call GET');
    const tries = spans().filter(({ kind }) => kind === SpanKind.CLIENT);
    expect(call?.attributes).toMatchObject({ 'falsework.tries': 3, 'falsework.stop': 'answered' });
    expect(tries.map(({ attributes }) => attributes['http.request.resend_count'])).toEqual([
      undefined,
      1,
      2,
    ]);
    for (const one of tries) {
      expect(one.parentSpanContext?.spanId).toBe(call?.spanContext().spanId);
    }
    const told = server.seen.map(({ headers }) => headers['traceparent']);
    expect(told).toEqual(
      tries.map((one) => `00-${one.spanContext().traceId}-${one.spanContext().spanId}-01`),
    );
    const statuses = tries.map(({ status }) => status.code);
    const { ERROR, UNSET } = SpanStatusCode;
    expect(statuses).toEqual([ERROR, ERROR, UNSET]);
    expect(JSON.stringify(spans().map(({ attributes }) => attributes))).not.toMatch(/4711|hunter2/);
  });

  it('that gets no answer ends its spans, and says why by a code', async () => {
    const call = createFetch({ backoff, triesMax: 2 });
    await expect(call(await deadOrigin())).rejects.toThrow();
    const [first, second, whole] = spans();
    expect(first?.attributes['error.type']).toBeDefined();
    expect([first, second, whole].map((span) => span?.status.code)).toEqual([2, 2, 2]);
    expect(spans()).toHaveLength(3);
  });

  it('goes its way, untold, where the tracer throws', async () => {
    await using server = await startServer(busyUntil(1));
    const broken = () => {
      throw new Error('broken');
    };
    end();
    end = traceClient({ tracerProvider: { getTracer: () => ({ startSpan: broken }) as never } });
    expect((await createFetch({ backoff })(server.origin)).status).toBe(200);
  });

  it('is not told once tracing has ended', async () => {
    end();
    expect(tracing.tracer).toBeNull();
  });
});
