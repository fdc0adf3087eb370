import { once } from 'node:events';
import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createFetch } from '@falsework/client/fetch';
import { traceClient } from '@falsework/client/otel';
import { systemClock } from '@falsework/system';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { FakeTerminal, fakeContext } from '../../test/fake-context.ts';
import { run } from '../main.ts';

/** A span as it came over the wire: OTLP in JSON, whose identities are hexadecimal. */
interface Received {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly name: string;
  readonly kind: number;
  readonly links?: readonly { readonly traceId: string; readonly spanId: string }[];
  readonly attributes: readonly { readonly key: string; readonly value: object }[];
  readonly service: string;
}

// opentelemetry-proto, trace/v1/trace.proto: SpanKind.
const [INTERNAL, SERVER, CLIENT] = [1, 2, 3];

const servers: Server[] = [];
const received: Received[] = [];
let stop = (): void => {};

async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  servers.push(server);
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function takeSpans(request: IncomingMessage): Promise<void> {
  const body = JSON.parse((await request.toArray()).join('')) as {
    resourceSpans: {
      resource: { attributes: { key: string; value: { stringValue?: string } }[] };
      scopeSpans: { spans: Omit<Received, 'service'>[] }[];
    }[];
  };
  for (const { resource, scopeSpans } of body.resourceSpans) {
    const named = resource.attributes.find(({ key }) => key === 'service.name');
    const service = named?.value.stringValue ?? '';
    for (const span of scopeSpans.flatMap(({ spans }) => spans))
      received.push({ ...span, service });
  }
}

beforeEach(async () => {
  received.length = 0;
  const receiver = await serve((request, response) => {
    const isTraces = request.method === 'POST' && request.url === '/v1/traces';
    void takeSpans(request).then(() => response.writeHead(isTraces ? 200 : 404).end('{}'));
  });
  vi.stubEnv('OTEL_EXPORTER_OTLP_ENDPOINT', receiver);
});

afterEach(() => {
  stop();
  vi.unstubAllEnvs();
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

/** A side that notes what it was told of the trace. */
async function side(answer: (request: IncomingMessage) => readonly [number, string]) {
  const told: (string | undefined)[] = [];
  const origin = await serve((request, response) => {
    // Not of health checks.
    if (request.url !== '/') told.push(request.headers['traceparent'] as string | undefined);
    const [status, body] = answer(request);
    response.writeHead(status, { 'content-type': 'application/json' }).end(body);
  });
  return { origin, told };
}

/** Runs `falsework guard` until `act` is over; resolves with its exit code. */
async function guarding(
  sides: { readonly legacy: string; readonly candidate: string },
  act: (url: string) => Promise<void>,
): Promise<number> {
  const stopped = new Promise<'SIGINT'>((resolve) => {
    stop = () => resolve('SIGINT');
  });
  const terminal = new FakeTerminal();
  const env = process.env;
  const context = { ...fakeContext({ clock: systemClock, env }), terminal };
  const line = ['guard', '--port', '0', '--sample', '100%'];
  const ended = run([...line, '--legacy', sides.legacy, '--candidate', sides.candidate], {
    ...context,
    stopped: () => stopped,
  });
  await expect.poll(() => terminal.err, { timeout: 10_000 }).toMatch(/guard on (http\S+)/);
  await act(/guard on (http\S+)/.exec(terminal.err)?.[1] ?? '');
  stop();
  return ended;
}

/** The span of this name, of this trace or linked to it. */
const spanOf = (name: string, of?: Pick<Received, 'traceId'>): Received => {
  const isOf = ({ traceId, links = [] }: Received): boolean =>
    [traceId, ...links.map((link) => link.traceId)].includes(of?.traceId ?? traceId);
  const found = received.find((span) => span.name === name && isOf(span));
  if (found === undefined) throw new Error(`${name} is not among ${received.length} spans.`);
  return found;
};

/** Lets the guard learn the route: a path that it has not seen alike belongs to none. */
async function learn(url: string): Promise<void> {
  for (let i = 100; i < 140; i += 1) await (await fetch(`${url}/orders/${i}`)).text();
}

const named = ({ traceId, spanId }: Received): string => `00-${traceId}-${spanId}-01`;
const attribute = ({ attributes }: Received, key: string): unknown =>
  Object.values(attributes.find((each) => each.key === key)?.value ?? {})[0];

describe('`falsework guard` with a receiver of OTLP', () => {
  it('links a call, the guard, both sides and the shadow, each told of its own span', async () => {
    const legacy = await side(() => [200, '{"a":1}']);
    const candidate = await side(() => [200, '{"a":1}']);
    const exit = await guarding(
      { legacy: legacy.origin, candidate: candidate.origin },
      async (url) => {
        await learn(url);
        await expect.poll(() => candidate.told.length, { timeout: 5_000 }).toBeGreaterThan(0);
        const end = traceClient();
        const call = createFetch();
        // Several, because one shadow may be shed where the machine is busy.
        for (let i = 0; i < 10; i += 1) await (await call(`${url}/orders/4711`)).text();
        end();
      },
    );
    expect(exit).toBe(0);
    const shadowed = received.flatMap(({ links = [] }) => links.map(({ traceId }) => traceId));
    const traceId = received.find(
      (span) => span.name === 'call GET' && shadowed.includes(span.traceId),
    )?.traceId;
    const call = spanOf('call GET', { traceId: traceId ?? '' });
    const attempt = spanOf('GET', call);
    const request = spanOf('GET /orders/{id}', call);
    const served = spanOf('legacy GET /orders/{id}', call);
    const shadow = spanOf('shadow GET /orders/{id}', call);
    expect([call, attempt, request, served, shadow].map(({ kind }) => kind)).toEqual([
      INTERNAL,
      CLIENT,
      SERVER,
      CLIENT,
      CLIENT,
    ]);
    // One trace, from the caller down to legacy.
    expect(new Set([call, attempt, request, served].map(({ traceId }) => traceId)).size).toBe(1);
    expect(attempt.parentSpanId).toBe(call.spanId);
    expect(request.parentSpanId).toBe(attempt.spanId);
    expect(served.parentSpanId).toBe(request.spanId);
    expect(legacy.told).toContain(named(served));
    // And another for the shadow, linked to the request that it is the shadow of.
    expect(shadow.traceId).not.toBe(request.traceId);
    expect(shadow.parentSpanId ?? '').toBe('');
    expect(shadow.links).toMatchObject([{ traceId: request.traceId, spanId: request.spanId }]);
    expect(candidate.told).toContain(named(shadow));
    expect(attribute(request, 'falsework.side')).toBe('legacy');
    expect(Number(attribute(request, 'http.response.status_code'))).toBe(200);
    expect(request.service).toBe('falsework-guard');
    // No identity of an order is in any span.
    expect(JSON.stringify(received.map((span) => [span.name, span.attributes]))).not.toContain(
      '4711',
    );
  });

  it('continues the trace of a caller, and marks what failed', async () => {
    const legacy = await side(() => [503, '{}']);
    const candidate = await side(() => [200, '{}']);
    const traceId = 'a'.repeat(32);
    const traceparent = `00-${traceId}-${'b'.repeat(16)}-01`;
    await guarding({ legacy: legacy.origin, candidate: candidate.origin }, async (url) => {
      const headers = { traceparent, tracestate: 'vendor=1' };
      const answer = await fetch(`${url}/orders/8`, { method: 'POST', headers });
      expect(answer.status).toBe(503);
      await answer.text();
    });
    const request = spanOf('(unknown paths)', { traceId });
    expect(request).toMatchObject({ parentSpanId: 'b'.repeat(16), status: { code: 2 } });
    expect(legacy.told).toEqual([named(spanOf('legacy (unknown paths)', { traceId }))]);
  });

  it('sends nothing when it is switched off, and passes on what callers sent', async () => {
    vi.stubEnv('OTEL_SDK_DISABLED', 'true');
    const legacy = await side(() => [200, '{}']);
    const candidate = await side(() => [200, '{}']);
    const traceparent = `00-${'c'.repeat(32)}-${'d'.repeat(16)}-01`;
    await guarding({ legacy: legacy.origin, candidate: candidate.origin }, async (url) => {
      await (await fetch(`${url}/orders/9`, { headers: { traceparent } })).text();
    });
    expect(legacy.told).toEqual([traceparent]);
    expect(received).toEqual([]);
  });
});
