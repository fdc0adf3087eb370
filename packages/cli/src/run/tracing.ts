import type { Environment } from '@falsework/config';
import type { Tracing } from './otlp.ts';

/**
 * Begins to trace the guards of this process, if the standard variables of OpenTelemetry name a
 * receiver. What it needs is loaded only then: it is many times what a guard itself loads.
 */
export async function startTracing(env: Environment, service: string): Promise<Tracing | null> {
  const endpoint = env['OTEL_EXPORTER_OTLP_TRACES_ENDPOINT'] ?? env['OTEL_EXPORTER_OTLP_ENDPOINT'];
  const isOff = env['OTEL_SDK_DISABLED']?.toLowerCase() === 'true';
  const isNone = env['OTEL_TRACES_EXPORTER']?.toLowerCase() === 'none';
  if (endpoint === undefined || endpoint === '' || isOff || isNone) return null;
  const { startOtlp } = await import('./otlp.ts');
  return startOtlp(env, service);
}

/** Traces while something is done, and until what it told has been sent. */
export async function whileTracing<Done>(
  env: Environment,
  service: string,
  act: () => Promise<Done>,
): Promise<Done> {
  const tracing = await startTracing(env, service);
  try {
    return await act();
  } finally {
    await tracing?.stop();
  }
}
