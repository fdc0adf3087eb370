/**
 * Where a request carries a value: the key of its entity, or its stratum. Plain data, so that YAML
 * can say it too.
 */
export interface KeySource {
  readonly from: 'header' | 'cookie' | 'query' | 'path';
  /** The name of the header (lower case), cookie, query parameter or path parameter. */
  readonly name: string;
}

/** The value of a request header, whatever its case: `header('x-account-id')`. */
export function header(name: string): KeySource {
  return { from: 'header', name };
}

/** The value of a cookie. */
export function cookie(name: string): KeySource {
  return { from: 'cookie', name };
}

/** The value of a query parameter; its first when it is repeated. */
export function query(name: string): KeySource {
  return { from: 'query', name };
}

/** The value of a parameter of the route's own path: `path('{id}')` or `path('id')`. */
export function path(name: string): KeySource {
  return { from: 'path', name };
}
