import type { ServerResponse } from 'node:http';
import type { Clock } from '@falsework/core/ports';
import { askHealth } from '../proxy/ask-health.ts';
import type { GrpcChannel } from '../wire/channel.ts';
import { headersOf } from './http-metadata.ts';

// Whoever asks has a time limit of its own, which is shorter as a rule.
const TIMEOUT_MS = 5_000;

/**
 * Tells over HTTP whether the service behind the bridge lives: otherwise the bridge, which always
 * does, would be taken for it.
 */
export async function answerHealth(
  response: ServerResponse,
  channel: GrpcChannel,
  clock: Clock,
): Promise<void> {
  const asked = await askHealth((headers) => channel.open(headers), {
    clock,
    timeoutMs: TIMEOUT_MS,
  });
  const { because, headers } = asked;
  const body = Buffer.from(JSON.stringify({ candidate: because ?? 'serving' }));
  response.writeHead(because === null ? 200 : 503, {
    ...headersOf(headers),
    'content-type': 'application/json',
    'content-length': body.length,
  });
  response.end(body);
}
