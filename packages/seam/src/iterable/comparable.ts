// What only streams and emitters have. Their chunks are cut anywhere, so comparing them one by one
// would find differences where there are none.
const STREAM_METHODS = ['pipe', 'getReader', 'on'] as const;

/**
 * True for an async iterable whose items can be compared: a generator, a cursor, a page walker, but
 * no stream. Looks only; a value that throws when looked at is none.
 */
export function isComparableIterable(value: unknown): value is AsyncIterable<unknown> {
  if (typeof value !== 'object' || value === null) return false;
  try {
    const make: unknown = Reflect.get(value, Symbol.asyncIterator);
    return typeof make === 'function' && !STREAM_METHODS.some((method) => method in value);
  } catch {
    return false;
  }
}
