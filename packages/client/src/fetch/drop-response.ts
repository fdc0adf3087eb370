/** A body up to this size is read to its end, so that its connection can be used again. */
const DRAINED_BYTES_MAX = 16_384;

/**
 * Lets go of an answer that nobody gets. Cancelling closes the connection, and new ones are what a
 * server that is overloaded needs least; but only a body known to be small is worth waiting for.
 */
export function dropResponse(response: Response): void {
  const length = response.headers.get('content-length');
  const isSmall = length !== null && Number(length) <= DRAINED_BYTES_MAX;
  // Whatever fails while it is thrown away is of no interest to anyone.
  const settled = (): undefined => undefined;
  void (isSmall ? response.arrayBuffer() : response.body?.cancel())?.then(settled, settled);
}
