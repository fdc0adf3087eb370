import type { Feed } from '../drain/feed.ts';
import { coded } from '../postgres/failure.ts';
import { oneValue } from '../postgres/session.ts';

/**
 * Somebody else who is asked before each chunk whether now is a good time.
 *
 * `sql`: a statement on one of the stores. A first value that is NULL, false, 0 or empty, or no row
 * at all, lets it go on; anything else is the reason for waiting. `url`: fetched; any answer of the
 * 200s lets it go on, any other makes it wait, and so does none at all: whoever cannot be asked has
 * not agreed.
 */
export type Veto =
  | { readonly on: 'source' | 'follower'; readonly sql: string }
  | { readonly url: string };

const FETCH_TIMEOUT_MS = 2_000;
const REASON_CHARS_MAX = 200;
const GO = new Set(['', 'f', 'false', '0']);

/** Why to wait; `null` when nobody minds. Rejects with the `FW_DATA_…` errors of databases. */
export async function askVeto(veto: Veto, feed: Feed): Promise<string | null> {
  return 'url' in veto ? askUrl(veto.url) : askSql(veto, feed);
}

async function askSql(
  { on, sql }: { readonly on: 'source' | 'follower'; readonly sql: string },
  feed: Feed,
): Promise<string | null> {
  const database = feed[on];
  const said = await coded({ database: database.label, operation: 'asking for a veto' }, () =>
    database.transaction({ reads: 'current', isReadOnly: true }, (session) =>
      oneValue(session, sql),
    ),
  );
  if (said === null || GO.has(said)) return null;
  const reason = said === 't' || said === 'true' ? 'it says so' : said.slice(0, REASON_CHARS_MAX);
  return `the statement on ${database.label}: ${reason}`;
}

async function askUrl(url: string): Promise<string | null> {
  // Credentials and tokens are not for people who read why it waits.
  const { origin, pathname } = new URL(url);
  const where = `${origin}${pathname}`;
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(FETCH_TIMEOUT_MS) });
    await response.body?.cancel();
    return response.ok ? null : `${where} answered ${response.status}`;
  } catch (error) {
    const { name } = error as Error;
    return `${where} did not answer (${name})`;
  }
}
