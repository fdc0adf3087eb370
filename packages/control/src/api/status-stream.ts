import type { ServerResponse } from 'node:http';
import type { Cancel, Instant } from '@falsework/core/ports';
import type { Look } from './status-feed.ts';

// A few states of a large migration. A console that is this far behind is not reading.
const BUFFERED_BYTES_MAX = 16 * 1024 * 1024;

/**
 * Streams what the feed sees as server-sent events: `status` when something changed, `alive` when
 * nothing did. Every look is heard, so that a browser can tell silence from peace. The stream ends
 * with the session that it rests on.
 */
export function streamStatus(
  response: ServerResponse,
  expiresAt: Instant | null,
  subscribe: (take: (look: Look) => void) => Cancel,
): void {
  response.writeHead(200, {
    'content-type': 'text/event-stream',
    'cache-control': 'no-store',
    'x-accel-buffering': 'no',
    connection: 'keep-alive',
  });
  const cancel = subscribe(({ at, text }) => {
    if (expiresAt !== null && at >= expiresAt) {
      response.end('event: over\ndata: {}\n\n');
      return;
    }
    const [event, data] = text === null ? ['alive', '{}'] : ['status', text];
    response.write(`event: ${event}\ndata: {"at":${at},"shown":${data}}\n\n`);
    if (response.writableLength > BUFFERED_BYTES_MAX) response.destroy();
  });
  response.on('close', cancel);
}
