import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { context, propagation, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import {
  BasicTracerProvider,
  BatchSpanProcessor,
  InMemorySpanExporter,
  type ReadableSpan,
  SimpleSpanProcessor,
  type SpanExporter,
} from '@opentelemetry/sdk-trace-base';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { attachTelemetry, Plane, seam } from '../index.ts';
import { openTelemetry } from './open-telemetry.ts';

let exporter: InMemorySpanExporter;
let provider: BasicTracerProvider;

function register(...exporters: readonly SpanExporter[]): void {
  provider = new BasicTracerProvider({
    spanProcessors: [
      new SimpleSpanProcessor(exporter),
      ...exporters.flatMap((each) => [
        new SimpleSpanProcessor(each),
        new BatchSpanProcessor(each, { scheduledDelayMillis: 1 }),
      ]),
    ],
  });
  trace.setGlobalTracerProvider(provider);
}

beforeEach(() => {
  exporter = new InMemorySpanExporter();
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
});

afterEach(async () => {
  attachTelemetry(null);
  await provider?.shutdown();
  for (const api of [trace, context, propagation]) api.disable();
});

const tracer = () => trace.getTracer('app');
const spanOf = (name: string): ReadableSpan => {
  const span = exporter.getFinishedSpans().find((each) => each.name === name);
  if (span === undefined) throw new Error(`There is no span named ${name}.`);
  return span;
};

/** A seam whose sides each trace a step of their own. */
function tracedSeam(answers: readonly [legacy: number, candidate: number] = [1, 2]) {
  const side = (name: string, answer: number) => () =>
    tracer().startActiveSpan(name, async (span) => {
      await new Promise((resolve) => setTimeout(resolve, 2));
      span.end();
      return answer;
    });
  return seam({
    name: 'quote',
    legacy: side('rules', answers[0]),
    candidate: side('engine', answers[1]),
    effects: 'none',
    busyMax: 1,
    plane: new Plane(),
  });
}

/** Calls within the span of a request. */
function request<Answer>(call: () => Promise<Answer>): Promise<Answer> {
  return tracer().startActiveSpan('request', async (span) => {
    const answer = await call();
    span.end();
    return answer;
  });
}

describe('with the OpenTelemetry SDK', () => {
  it('a shadow run is a root span, linked to the span of its request and never its child', async () => {
    register();
    attachTelemetry(openTelemetry());
    const quote = tracedSeam([1, 1]);
    expect(await request(quote)).toBe(1);
    await quote.settled();
    const [asked, shadow] = [spanOf('request'), spanOf('shadow quote')];
    expect(shadow.parentSpanContext).toBeUndefined();
    expect(shadow.spanContext().traceId).not.toBe(asked.spanContext().traceId);
    expect(shadow.links.map((link) => link.context)).toEqual([asked.spanContext()]);
    expect(shadow.attributes).toEqual({
      'falsework.seam': 'quote',
      'falsework.side': 'candidate',
      'falsework.verdict': 'match',
    });
  });

  it('what a side does belongs to its own trace: the request’s, or that of the shadow', async () => {
    register();
    attachTelemetry(openTelemetry());
    const quote = tracedSeam([1, 1]);
    await request(quote);
    await quote.settled();
    const traceOf = (name: string): string => spanOf(name).spanContext().traceId;
    expect(traceOf('rules')).toBe(traceOf('request'));
    expect(traceOf('engine')).toBe(traceOf('shadow quote'));
    expect(spanOf('engine').parentSpanContext?.spanId).toBe(
      spanOf('shadow quote').spanContext().spanId,
    );
  });

  it('the span of the request says which side answered it', async () => {
    register();
    attachTelemetry(openTelemetry());
    const quote = tracedSeam();
    await request(quote);
    expect(spanOf('request').events).toMatchObject([
      {
        name: 'falsework.served',
        attributes: { 'falsework.seam': 'quote', 'falsework.side': 'legacy' },
      },
    ]);
    await quote.settled();
    expect(spanOf('shadow quote').attributes['falsework.verdict']).toBe('mismatch');
  });

  it('a span ends when its run does, and not when the second look has been had', async () => {
    register();
    attachTelemetry(openTelemetry());
    const quote = tracedSeam();
    await request(quote);
    await quote.settled();
    const shadows = exporter.getFinishedSpans().filter(({ name }) => name === 'shadow quote');
    expect(shadows).toHaveLength(3);
    for (const { duration } of shadows)
      expect(duration[0] * 1e3 + duration[1] / 1e6).toBeLessThan(200);
  });

  it('a call without a request has a shadow without a link', async () => {
    register();
    attachTelemetry(openTelemetry());
    const quote = tracedSeam([1, 1]);
    await quote();
    await quote.settled();
    expect(spanOf('shadow quote').links).toEqual([]);
  });

  it('an exporter that a shadow run sets off is no call of that run', async () => {
    let exported = 0;
    const collector = createServer((_, response) => response.end());
    await once(collector.listen(0, '127.0.0.1'), 'listening');
    const { port } = collector.address() as AddressInfo;
    const posts: Promise<unknown>[] = [];
    register({
      export(spans, done) {
        exported += spans.length;
        posts.push(fetch(`http://127.0.0.1:${port}`, { method: 'POST' }));
        done({ code: 0 });
      },
      shutdown: () => Promise.resolve(),
    });
    attachTelemetry(openTelemetry());
    const quote = tracedSeam([1, 1]);
    for (let i = 0; i < 10; i += 1) {
      await request(quote);
      await quote.settled();
    }
    await provider.forceFlush();
    await Promise.all(posts);
    expect(exported).toBeGreaterThanOrEqual(40);
    expect(quote.report()).toMatchObject({ idleBecause: null, verdicts: { match: 10 } });
    collector.closeAllConnections();
    await new Promise((resolve) => void collector.close(resolve));
  });
});

describe('without an SDK', () => {
  it('all of it comes to nothing, and the seam compares as ever', async () => {
    attachTelemetry(openTelemetry());
    const quote = tracedSeam([1, 1]);
    expect(await request(quote)).toBe(1);
    await quote.settled();
    expect(quote.report()).toMatchObject({ faults: 0, verdicts: { match: 1 } });
  });
});
