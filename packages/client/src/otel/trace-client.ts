import {
  type Context,
  context,
  propagation,
  type Span,
  SpanKind,
  SpanStatusCode,
  type Tracer,
  type TracerProvider,
  trace,
} from '@opentelemetry/api';
import { type CallSpan, type CallTracer, tracing } from '../telemetry/call-tracer.ts';

/** How to trace calls. */
export interface ClientTraceOptions {
  /** Where spans go; by default to the SDK that is registered in the process. */
  readonly tracerProvider?: TracerProvider;
}

/**
 * Has every call of the clients of this process traced, until what it gives back is called: a span
 * `call <method>` below the one that is active, and below it a client span for each try, numbered
 * by `http.request.resend_count`. Each try carries its own span to the server by the propagator
 * that is registered. No path, no query and no header is recorded.
 *
 * ```ts
 * import { traceClient } from '@falsework/client/otel';
 *
 * const end = traceClient();
 * ```
 */
export function traceClient({ tracerProvider = trace }: ClientTraceOptions = {}): () => void {
  const otel = tracerProvider.getTracer('@falsework/client');
  const tracer: CallTracer = { began: (call) => new OtelCall(otel, call) };
  tracing.tracer = tracer;
  return () => {
    if (tracing.tracer === tracer) tracing.tracer = null;
  };
}

class OtelCall implements CallSpan {
  readonly #tracer: Tracer;
  readonly #call: { readonly method: string; readonly origin: string };
  readonly #span: Span | null;
  readonly #within: Context;
  #try: Span | null = null;
  #sent = 0;

  constructor(tracer: Tracer, call: { readonly method: string; readonly origin: string }) {
    this.#tracer = tracer;
    this.#call = call;
    const active = context.active();
    this.#span = quietly(() =>
      tracer.startSpan(`call ${call.method}`, { attributes: this.#attributes() }, active),
    );
    this.#within = this.#span === null ? active : trace.setSpan(active, this.#span);
  }

  sends(headers: [string, string][]): void {
    quietly(() => {
      this.#endTry();
      const resent = this.#sent === 0 ? {} : { 'http.request.resend_count': this.#sent };
      this.#sent += 1;
      const attributes = { ...this.#attributes(), ...resent };
      const how = { kind: SpanKind.CLIENT, attributes };
      this.#try = this.#tracer.startSpan(this.#call.method, how, this.#within);
      propagation.inject(trace.setSpan(this.#within, this.#try), headers, {
        set: (list, name, value) => void list.push([name, value]),
      });
    });
  }

  answered(status: number): void {
    quietly(() => {
      this.#try?.setAttribute('http.response.status_code', status);
      this.#endTry(status >= 400);
    });
  }

  failed(error: unknown): void {
    quietly(() => {
      const { code, name } = (error ?? {}) as { code?: unknown; name?: unknown };
      const type = typeof code === 'string' ? code : String(name ?? typeof error);
      this.#try?.setAttribute('error.type', type);
      this.#endTry(true);
    });
  }

  ended({ tries, stop, isAnswered }: Parameters<CallSpan['ended']>[0]): void {
    quietly(() => {
      this.#endTry();
      this.#span?.setAttributes({ 'falsework.tries': tries, 'falsework.stop': stop });
      if (!isAnswered) this.#span?.setStatus({ code: SpanStatusCode.ERROR });
      this.#span?.end();
    });
  }

  #attributes() {
    return { 'http.request.method': this.#call.method, 'server.address': this.#call.origin };
  }

  #endTry(isError = false): void {
    if (isError) this.#try?.setStatus({ code: SpanStatusCode.ERROR });
    this.#try?.end();
    this.#try = null;
  }
}

/** A tracer that fails tells nothing, and the call goes its way. */
function quietly<Made>(make: () => Made): Made | null {
  try {
    return make();
  } catch {
    return null;
  }
}
