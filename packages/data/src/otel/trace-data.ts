import {
  SpanKind,
  SpanStatusCode,
  type Tracer,
  type TracerProvider,
  trace,
} from '@opentelemetry/api';
import {
  type FeedTracer,
  tracing,
  type WindowFacts,
  type WindowSpan,
} from '../telemetry/feed-tracer.ts';

/** How to trace feeds. */
export interface DataTraceOptions {
  /** Where spans go; by default to the SDK that is registered in the process. */
  readonly tracerProvider?: TracerProvider;
}

/**
 * Has every drain of this process trace the windows that it carries over, until what it gives back
 * is called. A window is two root spans: `drain <direction>`, in which changes are read off the
 * source, and `apply <direction>`, linked to it, in which they are written to the follower.
 *
 * Capture reports that a row was written and not by whom, so nothing links a window to the requests
 * whose writes are in it. Windows in which nothing had changed are no spans: there are several a
 * second. No key and no row is recorded.
 */
export function traceData({ tracerProvider = trace }: DataTraceOptions = {}): () => void {
  const tracer: FeedTracer = new OtelFeedTracer(tracerProvider.getTracer('@falsework/data'));
  tracing.tracer = tracer;
  return () => {
    if (tracing.tracer === tracer) tracing.tracer = null;
  };
}

class OtelFeedTracer implements FeedTracer {
  readonly #tracer: Tracer;

  constructor(tracer: Tracer) {
    this.#tracer = tracer;
  }

  began({ migration, direction }: Parameters<FeedTracer['began']>[0]): WindowSpan {
    const beganAt = Date.now();
    let applyingAt = beganAt;
    const attributes = { 'falsework.direction': direction, 'falsework.migration': migration };
    return {
      applying: () => {
        applyingAt = Date.now();
      },
      ended: (drained, error) => {
        try {
          if (error === null && !hasWork(drained)) return;
          this.#tell({ direction, attributes, beganAt, applyingAt, drained, error });
        } catch {
          // A tracer that fails tells nothing of this window, which is carried over all the same.
        }
      },
    };
  }

  // Told afterwards, with the times that were noted: whether there was anything to carry is known
  // only then.
  #tell(window: {
    readonly direction: string;
    readonly attributes: Readonly<Record<string, string>>;
    readonly beganAt: number;
    readonly applyingAt: number;
    readonly drained: WindowFacts | null;
    readonly error: unknown;
  }): void {
    const { direction, attributes, beganAt, applyingAt, drained, error } = window;
    const endedAt = Date.now();
    const hasApplied = applyingAt > beganAt || drained !== null;
    const drain = this.#tracer.startSpan(`drain ${direction}`, {
      kind: SpanKind.CONSUMER,
      root: true,
      startTime: beganAt,
      attributes: { ...attributes, 'falsework.keys': drained?.keys ?? 0 },
    });
    drain.setAttribute('falsework.is_behind', drained?.isBehind ?? false);
    if (error !== null && !hasApplied) drain.setStatus({ code: SpanStatusCode.ERROR });
    drain.end(hasApplied ? applyingAt : endedAt);
    if (!hasApplied) return;
    const apply = this.#tracer.startSpan(`apply ${direction}`, {
      kind: SpanKind.CLIENT,
      root: true,
      startTime: applyingAt,
      attributes,
      links: [{ context: drain.spanContext() }],
    });
    apply.setAttribute('falsework.written', drained?.written ?? 0);
    apply.setAttribute('falsework.dead_letters', drained?.poisoned.length ?? 0);
    if (error !== null) {
      const { code } = error as { code?: unknown };
      // The code alone: messages of a database may quote a row.
      apply.setAttribute('error.type', typeof code === 'string' ? code : 'unknown');
      apply.setStatus({ code: SpanStatusCode.ERROR });
    }
    apply.end(endedAt);
  }
}

function hasWork(drained: WindowFacts | null): boolean {
  return drained !== null && (drained.keys > 0 || drained.truncated.length > 0);
}
