import type { ServerResponse } from 'node:http';
import type { Cancel } from '@falsework/core/ports';
import type { Snapshot } from '@falsework/core/routing';

// Often enough that proxies between control and a plane do not take the connection for idle.
const HEARTBEAT_MS = 15_000;
// Several snapshots with large cohorts. A plane that is this far behind is not reading.
const BUFFERED_BYTES_MAX = 16 * 1024 * 1024;

/**
 * Streams snapshots as server-sent events: the present one first, then every newer one. A plane
 * that does not read is let go rather than buffered for: it reconnects and gets the latest.
 */
export function streamSnapshots(
  response: ServerResponse,
  first: Snapshot,
  subscribe: (take: (snapshot: Snapshot) => void) => Cancel,
): void {
  response.writeHead(200, {
    'content-type': 'text/event-stream',
    'cache-control': 'no-store',
    connection: 'keep-alive',
  });
  let sent = 0;
  const send = (snapshot: Snapshot): void => {
    if (snapshot.version <= sent) return;
    sent = snapshot.version;
    const event = `id: ${snapshot.version}\nevent: snapshot\ndata: ${JSON.stringify(snapshot)}\n\n`;
    response.write(event);
    if (response.writableLength > BUFFERED_BYTES_MAX) response.destroy();
  };
  const cancel = subscribe(send);
  send(first);
  const heartbeat = setInterval(() => response.write(': alive\n\n'), HEARTBEAT_MS).unref();
  response.once('close', () => {
    clearInterval(heartbeat);
    cancel();
  });
}
