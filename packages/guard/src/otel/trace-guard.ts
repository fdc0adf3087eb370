import {
  type Attributes,
  type Context,
  propagation,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  SpanStatusCode,
  type Tracer,
  type TracerProvider,
  trace,
} from '@opentelemetry/api';
import type { Dispatcher } from 'undici';
import { type GuardTracer, type Sending, tracing } from '../telemetry/guard-tracer.ts';
import { READ, removeAll, WRITE } from './header-list.ts';
import { TracedHandler } from './traced-handler.ts';

/** How to trace a guard. */
export interface GuardTraceOptions {
  /** Where spans go; by default to the SDK that is registered in the process. */
  readonly tracerProvider?: TracerProvider;
}

const STATUS = 'http.response.status_code';

/** A caller's request that is under way. */
interface Open {
  readonly span: Span;
  status: number;
}

/**
 * Has every guard of this process trace its requests, until what it gives back is called.
 *
 * - Each caller's request is a server span, named after its route, continuing the trace that its
 *   headers name. It tells which side answered (`falsework.side`).
 * - Each request to a side for a caller is a client span below it: two, where legacy had to answer
 *   instead of the candidate.
 * - Each shadow is a root span, `shadow <route>`, linked to the request's: as a child it would keep
 *   the trace open after the answer, and make the request look as slow as the candidate.
 * - Each write out of the journal is a root span, `feed <method>`, linked likewise, also after a
 *   restart: what links it is kept with the write.
 *
 * Both sides are told by the propagator that is registered, so their own spans belong to the
 * request's trace, or to that of its shadow. No path, no query and no header is recorded.
 *
 * ```ts
 * import { traceGuard } from '@falsework/guard/otel';
 *
 * const end = traceGuard();
 * ```
 */
export function traceGuard({ tracerProvider = trace }: GuardTraceOptions = {}): () => void {
  const tracer = new OtelTracer(tracerProvider.getTracer('@falsework/guard'));
  tracing.tracer = tracer;
  return () => {
    if (tracing.tracer === tracer) tracing.tracer = null;
  };
}

class OtelTracer implements GuardTracer {
  readonly #tracer: Tracer;
  /** By the identity of their spans, which is how what is sent finds them again. */
  readonly #open = new Map<string, Open>();

  constructor(tracer: Tracer) {
    this.#tracer = tracer;
  }

  arrived: GuardTracer['arrived'] = (request, response) => {
    try {
      const { rawHeaders, method = '' } = request;
      const from = propagation.extract(ROOT_CONTEXT, rawHeaders, READ);
      const attributes = { 'http.request.method': method };
      const span = this.#tracer.startSpan(method, { kind: SpanKind.SERVER, attributes }, from);
      const { spanId } = span.spanContext();
      const open = { span, status: 0 };
      this.#open.set(spanId, open);
      inject(trace.setSpan(from, span), rawHeaders);
      response.onceOver(() => {
        this.#open.delete(spanId);
        // A refusal of the guard's own was never sent to a side.
        const own = (response as { statusCode?: unknown }).statusCode;
        end(span, { status: open.status || (typeof own === 'number' ? own : 0), failsFrom: 500 });
      });
    } catch {
      // A tracer that fails tells nothing of this request, and the request goes its way.
    }
  };

  sent: GuardTracer['sent'] = (sending, handler) => {
    try {
      return this.#sent(sending, handler);
    } catch {
      return handler;
    }
  };

  #sent(
    { purpose, side, seam, origin, options }: Sending,
    handler: Dispatcher.DispatchHandler,
  ): Dispatcher.DispatchHandler {
    // A copy: the request may be sent again, to the other side.
    const headers = [...(options.headers as string[])];
    const from = propagation.extract(ROOT_CONTEXT, headers, READ);
    const cause = trace.getSpanContext(from);
    const isForCaller = purpose === 'serving' || purpose === 'repeating';
    const open = cause === undefined || !isForCaller ? undefined : this.#open.get(cause.spanId);
    const attributes: Attributes = {
      'falsework.side': side,
      'falsework.purpose': purpose,
      ...(seam === null ? {} : { 'falsework.seam': seam }),
      'http.request.method': options.method,
      'server.address': origin,
    };
    const name = `${NAMES[purpose] ?? side} ${seam ?? options.method}`;
    const links = isForCaller || cause === undefined ? [] : [{ context: cause }];
    const how = { kind: SpanKind.CLIENT, attributes, links, root: !isForCaller };
    const span = this.#tracer.startSpan(name, how, from);
    if (open !== undefined && seam !== null) {
      open.span.updateName(seam);
      open.span.setAttributes({ 'falsework.side': side, 'falsework.seam': seam });
    }
    // What is not of the request's own trace must not say so; its baggage goes along.
    removeAll(headers, propagation.fields());
    inject(trace.setSpan(from, span), headers);
    options.headers = headers;
    let status = 0;
    return new TracedHandler(handler, {
      answered: (is) => {
        status = is;
        if (open !== undefined) open.status = is;
      },
      ended: (error) => end(span, { status, failsFrom: 400, error }),
    });
  }
}

const NAMES: Readonly<Partial<Record<Sending['purpose'], string>>> = {
  shadowing: 'shadow',
  feeding: 'feed',
};

function inject(context: Context, headers: string[]): void {
  propagation.inject(context, headers, WRITE);
}

/** Ends a span as the conventions have it: a server failed from 500 on, a client from 400. */
function end(
  span: Span,
  how: { readonly status: number; readonly failsFrom: number; readonly error?: Error | null },
): void {
  const { status, failsFrom, error = null } = how;
  if (status > 0) span.setAttribute(STATUS, status);
  if (error !== null) {
    const { code, name } = error as { code?: unknown; name: string };
    // The code alone: messages of the network name addresses and ports of their own.
    span.setAttribute('error.type', typeof code === 'string' ? code : name);
  }
  if (error !== null || status >= failsFrom) span.setStatus({ code: SpanStatusCode.ERROR });
  span.end();
}
