import type { Snapshot } from '@falsework/core/routing';
import { createParser } from 'eventsource-parser';
import { type AdminClient, unreachable } from '../admin-client.ts';
import { ROUTES } from '../contract/index.ts';

// Control sends a comment every fifteen seconds; three of them missing mean a connection that is
// dead but not closed.
const SILENCE_MS_MAX = 45_000;

/**
 * Reads snapshots until the stream ends, is silent for too long, or the signal aborts. Rejects with
 * `FW_CONTROL_UNREACHABLE` when it cannot be opened; an event that is not a snapshot ends the
 * stream.
 */
export async function readSnapshots(
  client: AdminClient,
  migration: string,
  signal: AbortSignal,
  take: (snapshot: Snapshot) => void,
): Promise<void> {
  const url = `${client.url}${ROUTES.snapshot.path.replace(':migration', encodeURIComponent(migration))}`;
  const silent = new AbortController();
  let watchdog = setTimeout(() => silent.abort(), SILENCE_MS_MAX).unref();
  try {
    const response = await fetch(url, {
      headers: { accept: 'text/event-stream', ...client.authorization() },
      signal: AbortSignal.any([signal, silent.signal]),
    });
    if (!response.ok || response.body === null) {
      throw unreachable(client.url, new Error(`status ${response.status}`));
    }
    const parser = createParser({
      onEvent: ({ data }) => take(ROUTES.snapshot.answer.parse(JSON.parse(data))),
    });
    const decoder = new TextDecoder();
    for await (const chunk of response.body) {
      clearTimeout(watchdog);
      watchdog = setTimeout(() => silent.abort(), SILENCE_MS_MAX).unref();
      parser.feed(decoder.decode(chunk, { stream: true }));
    }
  } finally {
    clearTimeout(watchdog);
  }
}
