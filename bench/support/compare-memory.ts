const CALLS = 2_000;
const TRIES = 5;

/**
 * Bytes that a call leaves on the heap: the least of a few tries, since whatever else happens in
 * the process only adds. Nothing is collected within a try, unless a call leaves kilobytes.
 */
export function bytesPerCall(run: () => unknown): number {
  for (let i = 0; i < CALLS; i += 1) run();
  const tries = Array.from({ length: TRIES }, () => {
    const before = process.memoryUsage().heapUsed;
    for (let i = 0; i < CALLS; i += 1) run();
    return (process.memoryUsage().heapUsed - before) / CALLS;
  });
  return Math.min(...tries.filter((bytes) => bytes >= 0));
}
