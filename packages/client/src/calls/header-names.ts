/**
 * The headers that the client adds and reads. They are lower case, as `Headers`, undici and HTTP/2
 * give them out; on the wire of HTTP/1.1 case means nothing.
 */
export const HEADERS = Object.freeze({
  /** Request: the version that it speaks. Answer: the version that it is in. */
  version: 'falsework-version',
  /** Request: every version that the caller understands, the best first. */
  acceptVersions: 'falsework-accept-versions',
  /** Answer: every version that the server speaks. */
  versions: 'falsework-versions',
  /** Request: milliseconds that are left for the whole of it, counted from when it was sent. */
  deadlineMs: 'falsework-deadline-ms',
  /** Request: the same on every try of one call. */
  idempotencyKey: 'idempotency-key',
});
