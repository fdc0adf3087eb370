/**
 * Where a request carries a value: the key of its entity, or its stratum. Plain data, of the same
 * shape as in the configuration, which the guard does not know.
 */
export interface KeySource {
  readonly from: 'header' | 'cookie' | 'query' | 'path';
  /** The name of the header (lower case), cookie, query parameter or path parameter. */
  readonly name: string;
}

/** Reads the value out of one request; `null` when it carries none. Never throws. */
export type ReadValue = (rawHeaders: readonly string[], target: string) => string | null;

/**
 * Compiles a source into a function. `paramAt` says which segment of the path a path parameter is,
 * counted from 0; `null` where the route has no such parameter, and then no request carries a
 * value.
 */
export function compileSource(
  { from, name }: KeySource,
  paramAt: (name: string) => number | null,
): ReadValue {
  switch (from) {
    case 'header':
      return (rawHeaders) => headerValue(rawHeaders, name.toLowerCase());
    case 'cookie':
      return (rawHeaders) => cookieValue(rawHeaders, name);
    case 'query':
      return (_rawHeaders, target) => queryValue(target, name);
    case 'path': {
      const at = paramAt(name);
      return at === null ? () => null : (_rawHeaders, target) => segmentValue(target, at);
    }
  }
}

/** The value of the first header of this lower-case name. An empty value names nobody. */
function headerValue(rawHeaders: readonly string[], name: string): string | null {
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const given = rawHeaders[i] as string;
    if (given.length === name.length && given.toLowerCase() === name) {
      return rawHeaders[i + 1] || null;
    }
  }
  return null;
}

function cookieValue(rawHeaders: readonly string[], name: string): string | null {
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const given = rawHeaders[i] as string;
    if (given.length !== 6 || given.toLowerCase() !== 'cookie') continue;
    for (const pair of (rawHeaders[i + 1] as string).split(';')) {
      const equals = pair.indexOf('=');
      if (equals === -1 || pair.slice(0, equals).trim() !== name) continue;
      const value = pair.slice(equals + 1).trim();
      // A quoted value is the same value: RFC 6265, section 4.1.1.
      return (/^".*"$/.test(value) ? value.slice(1, -1) : value) || null;
    }
  }
  return null;
}

/** The first value of a parameter, decoded as forms are: `+` is a blank. */
function queryValue(target: string, name: string): string | null {
  const mark = target.indexOf('?');
  if (mark === -1) return null;
  for (const pair of target.slice(mark + 1).split('&')) {
    const equals = pair.indexOf('=');
    const given = equals === -1 ? pair : pair.slice(0, equals);
    if (decoded(given.replaceAll('+', ' ')) !== name) continue;
    return (equals === -1 ? '' : decoded(pair.slice(equals + 1).replaceAll('+', ' '))) || null;
  }
  return null;
}

function segmentValue(target: string, at: number): string | null {
  const mark = target.indexOf('?');
  const path = mark === -1 ? target : target.slice(0, mark);
  return decoded(path.split('/')[at + 1] ?? '') || null;
}

/**
 * What cannot be decoded is taken as it stands: two requests that carry it still name the same
 * entity.
 */
function decoded(text: string): string {
  if (!text.includes('%')) return text;
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
