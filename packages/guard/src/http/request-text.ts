import { errors } from 'undici';

// Node's parser has let none of these pass; whoever rewrites a value later is held to it as well.
const NOT_IN_TARGET = /[^\x21-\xff]/;
const NOT_IN_VALUE = /[^\t\x20-\x7e\x80-\xff]/;
const TOKEN = /^[\w!#$%&'*+.^`|~-]+$/;

/** A request without a body. */
export interface PlainRequest {
  readonly path: string;
  readonly headers: readonly string[];
}

/**
 * A GET as it goes to a side, in Latin-1. As undici writes it: the host and our own connection
 * first, then all others as they came. `host` is for callers that named none. Throws undici's
 * InvalidArgumentError for what no side should be sent.
 */
export function requestText({ path, headers }: PlainRequest, host: string): string {
  if (NOT_IN_TARGET.test(path)) throw new errors.InvalidArgumentError('invalid request path');
  let named = host;
  let rest = '';
  for (let i = 0; i < headers.length; i += 2) {
    const name = headers[i] as string;
    const value = headers[i + 1] as string;
    if (NOT_IN_VALUE.test(value)) {
      throw new errors.InvalidArgumentError(`invalid ${name} header`);
    }
    switch (name.length) {
      case 4:
        if (isNamed(name, 'host')) {
          named = value;
          continue;
        }
        break;
      case 10:
        // Ours is written below.
        if (isNamed(name, 'connection')) continue;
        break;
      case 14:
        // That there is no body need not be said.
        if (isNamed(name, 'content-length')) continue;
    }
    if (!TOKEN.test(name)) throw new errors.InvalidArgumentError('invalid header key');
    rest += `${name}: ${value}\r\n`;
  }
  return `GET ${path} HTTP/1.1\r\nhost: ${named}\r\nconnection: keep-alive\r\n${rest}\r\n`;
}

function isNamed(name: string, lowerCase: string): boolean {
  return name === lowerCase || name.toLowerCase() === lowerCase;
}
