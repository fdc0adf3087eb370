// The SDK of OpenTelemetry, as a process of ours sets it up. Loaded only where it is asked for.
import type { Environment } from '@falsework/config';
import { traceData } from '@falsework/data/otel';
import { traceGuard } from '@falsework/guard/otel';
import { propagation, trace } from '@opentelemetry/api';
import {
  CompositePropagator,
  W3CBaggagePropagator,
  W3CTraceContextPropagator,
} from '@opentelemetry/core';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { detectResources, envDetector, resourceFromAttributes } from '@opentelemetry/resources';
import { BasicTracerProvider, BatchSpanProcessor } from '@opentelemetry/sdk-trace-base';
import { VERSION } from '../version.ts';

/** Traces on their way to a receiver. */
export interface Tracing {
  /** Sends what is left, for as long as the receiver's own time limit, and ends. */
  readonly stop: () => Promise<void>;
}

// The SDK's own 2,048 drops silently what comes in a burst: of 20,000 spans 2,560 arrived.
const QUEUE_MAX = 16_384;
const QUEUE_VARIABLE = 'OTEL_BSP_MAX_QUEUE_SIZE';

/** Exports over OTLP by HTTP. The exporter and the sampler read their variables themselves. */
export function startOtlp(env: Environment, service: string): Tracing {
  const named = { 'service.name': service, 'service.version': VERSION };
  const given = detectResources({ detectors: [envDetector] });
  const size = env[QUEUE_VARIABLE] === undefined ? { maxQueueSize: QUEUE_MAX } : {};
  const provider = new BasicTracerProvider({
    resource: resourceFromAttributes(named).merge(given),
    spanProcessors: [new BatchSpanProcessor(new OTLPTraceExporter(), size)],
  });
  trace.setGlobalTracerProvider(provider);
  propagation.setGlobalPropagator(
    new CompositePropagator({
      propagators: [new W3CTraceContextPropagator(), new W3CBaggagePropagator()],
    }),
  );
  const ends = [traceGuard(), traceData()];
  return {
    stop: async () => {
      for (const end of ends) end();
      // A receiver that is gone is the exporter's to report; it must not keep the process here.
      await provider.shutdown().catch(() => {});
      trace.disable();
      propagation.disable();
    },
  };
}
