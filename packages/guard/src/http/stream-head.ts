import type { IncomingHttpHeaders } from 'node:http2';

/** The head of a request that came over HTTP/2, as HTTP/1.1 would have it. */
export interface StreamHead {
  readonly method: string;
  readonly url: string;
  readonly rawHeaders: string[];
  /** What makes it unclear for whom the request is; `null` for nothing. */
  readonly flaw: string | null;
}

/**
 * Translates the head of a request: the pseudo-headers become the request line and the host, and
 * the pieces into which a cookie may be cut become one again (RFC 9113, sections 8.2.3 and 8.3.1).
 * Everything else keeps its order and its repetitions. What is of one connection only, such as
 * `Connection` or `Transfer-Encoding`, Node has refused by then, as it has what is no header.
 */
export function streamHead(headers: IncomingHttpHeaders, raw: readonly string[]): StreamHead {
  const { ':method': method = '', ':path': url = '', ':authority': authority = '' } = headers;
  const translated: string[] = authority === '' ? [] : ['host', authority];
  let cookieAt = -1;
  let host: string | null = null;
  for (let i = 0; i < raw.length; i += 2) {
    const name = raw[i] as string;
    const value = raw[i + 1] as string;
    if (name.startsWith(':')) continue;
    if (name === 'host' && authority !== '') {
      host = value;
    } else if (name === 'cookie' && cookieAt > 0) {
      translated[cookieAt] += `; ${value}`;
    } else {
      if (name === 'cookie') cookieAt = translated.length + 1;
      translated.push(name, value);
    }
  }
  const isTwice = host !== null && host.toLowerCase() !== authority.toLowerCase();
  const flaw = isTwice ? 'it names two hosts' : null;
  return { method, url, rawHeaders: translated, flaw };
}
