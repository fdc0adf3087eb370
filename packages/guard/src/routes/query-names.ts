// Names that tell where a caller came from or keep a cache away, never what is asked for.
const MEANINGLESS = /^(?:utm_\w*|gclid|fbclid|_)$/;
// Nobody names a parameter with more characters, and no URL that a person wrote has more of them.
const NAME_LENGTH_MAX = 40;
const NAMES_MAX = 8;

/**
 * The part of a learned seam's name that stands for its query: `?page=&sort=` for every query with
 * these two names, in whatever order; nothing where there is none. Values are never looked at.
 * `null` for a query that cannot be told by its names, such as one with a timestamp as a name.
 */
export function queryNames(query: string): string | null {
  const names = new Set<string>();
  for (const pair of query.split('&')) {
    const equals = pair.indexOf('=');
    const name = equals === -1 ? pair : pair.slice(0, equals);
    if (name === '' || MEANINGLESS.test(name)) continue;
    if (name.length > NAME_LENGTH_MAX || !/^[A-Za-z][\w.[\]-]*$/.test(name)) return null;
    names.add(name);
  }
  if (names.size > NAMES_MAX) return null;
  if (names.size === 0) return '';
  return `?${[...names]
    .sort()
    .map((name) => `${name}=`)
    .join('&')}`;
}

/**
 * The names of a query in the order given, as a key for a cache of {@link queryNames}: without the
 * values, so that a few entries serve all requests.
 */
export function rawQueryNames(query: string): string {
  let key = '';
  for (let from = 0; from <= query.length; ) {
    let end = query.indexOf('&', from);
    if (end === -1) end = query.length;
    const equals = query.indexOf('=', from);
    key += `${query.slice(from, equals === -1 || equals > end ? end : equals)}&`;
    from = end + 1;
  }
  return key;
}
