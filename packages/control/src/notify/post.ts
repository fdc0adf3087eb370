import { Agent, type Dispatcher, request } from 'undici';
import type { Message } from './messages.ts';

/**
 * What became of a message: `null` when it was taken, else why not, in words without an address.
 */
export type Posted =
  | { readonly failed: null }
  | { readonly failed: string; readonly waitMs: number };

/** Posts messages. Never rejects: whatever a target does is an answer. */
export interface Poster {
  readonly post: (message: Message, headers: Readonly<Record<string, string>>) => Promise<Posted>;
  /** Ends what is under way. */
  readonly close: () => Promise<void>;
}

// Slack and Alertmanager answer in well under a second; whoever needs longer is asked again later.
const TIMEOUT_MS = 10_000;
// What a target answers is of no use but for its status. Beyond this the connection is given up.
const ANSWER_BYTES_MAX = 16_384;
const RETRY_AFTER_MS_MAX = 600_000;

/** Posts over HTTP. Redirects are not followed: they could lead messages to anybody. */
export function httpPoster({
  timeoutMs = TIMEOUT_MS,
}: {
  readonly timeoutMs?: number;
} = {}): Poster {
  const agent = new Agent({
    connect: { timeout: timeoutMs },
    headersTimeout: timeoutMs,
    bodyTimeout: timeoutMs,
  });
  const post: Poster['post'] = async ({ url, body }, headers) => {
    // One limit over all of it: each part by itself could be stretched by a byte at a time.
    const signal = AbortSignal.timeout(timeoutMs);
    try {
      const answer = await request(url, {
        method: 'POST',
        headers: { ...headers, 'content-type': 'application/json', 'user-agent': 'falsework' },
        body,
        dispatcher: agent,
        signal,
      });
      const posted = judge(answer);
      // The status was had; what comes after it may fail without changing what was said.
      await answer.body.dump({ limit: ANSWER_BYTES_MAX, signal }).catch(() => {});
      return posted;
    } catch (error) {
      return { failed: reasonOf(error), waitMs: 0 };
    }
  };
  return { post, close: () => agent.destroy() };
}

function judge({ statusCode, headers }: Dispatcher.ResponseData): Posted {
  if (statusCode >= 200 && statusCode <= 299) return { failed: null };
  const asked = Number(headers['retry-after']);
  const waitMs = Number.isFinite(asked)
    ? Math.min(Math.max(0, asked) * 1_000, RETRY_AFTER_MS_MAX)
    : 0;
  const isRedirect = statusCode >= 300 && statusCode <= 399;
  const failed = isRedirect
    ? `it answered with the redirect ${statusCode}, which is not followed`
    : `it answered with status ${statusCode}`;
  return { failed, waitMs };
}

/** The code alone: messages of the network name addresses, and the address may be the secret. */
function reasonOf(error: unknown): string {
  const { name, code } = error as { name?: unknown; code?: unknown };
  if (name === 'TimeoutError') return 'it did not answer in time';
  return typeof code === 'string' ? code : 'the request failed';
}
