import {
  type Attributes,
  context,
  createContextKey,
  ROOT_CONTEXT,
  type SpanContext,
  type TracerProvider,
  trace,
} from '@opentelemetry/api';
import type { SideAtWork, Telemetry } from '../telemetry/telemetry.ts';

// What the SDK sets around its exporters, so that an export is not traced in its turn. The API
// makes the same key of the same words in every copy of it.
const SUPPRESS_TRACING = createContextKey('OpenTelemetry SDK Context Key SUPPRESS_TRACING');

/** How to tell OpenTelemetry. */
export interface OpenTelemetryOptions {
  /** Where spans go; by default to the SDK that is registered in the process, once one is. */
  readonly tracerProvider?: TracerProvider;
}

/**
 * Tells OpenTelemetry what seams do.
 *
 * - The span that is active when a watched call is served gets an event `falsework.served`, with
 *   `falsework.seam` and `falsework.side`: which side answered this request.
 * - Each shadow run is a span of its own, `shadow <seam>`, with these attributes and
 *   `falsework.verdict`. It is a root span, linked to the request's: as a child it would make
 *   requests look as slow as the candidate, and keep their traces open after the answer.
 *
 * With no SDK registered, all of it comes to nothing. Calls that are not watched never get here.
 */
export function openTelemetry({
  tracerProvider = trace,
}: OpenTelemetryOptions = {}): Telemetry<SpanContext> {
  const tracer = tracerProvider.getTracer('@falsework/seam');
  return {
    isAtWork: () => context.active().getValue(SUPPRESS_TRACING) === true,
    served(work) {
      const span = trace.getActiveSpan();
      if (span === undefined) return null;
      span.addEvent('falsework.served', attributesOf(work));
      return span.spanContext();
    },
    shadow(work, link) {
      const links = link === null ? [] : [{ context: link }];
      const options = { root: true, links, attributes: attributesOf(work) };
      const span = tracer.startSpan(`shadow ${work.seam}`, options, ROOT_CONTEXT);
      const within = trace.setSpan(ROOT_CONTEXT, span);
      let endedAt: number | undefined;
      return {
        within: (body) => context.with(within, body),
        ended() {
          endedAt ??= Date.now();
        },
        judged(verdict) {
          span.setAttribute('falsework.verdict', verdict);
          span.end(endedAt);
        },
      };
    },
  };
}

function attributesOf({ seam, side }: SideAtWork): Attributes {
  return { 'falsework.seam': seam, 'falsework.side': side };
}
