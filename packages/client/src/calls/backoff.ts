import type { Random } from '@falsework/core/ports';
import { ExponentialBackoff, type IBackoff, noJitterGenerator } from 'cockatiel';

/** Between which bounds the waits grow. */
export interface BackoffOptions {
  /** The most that the first wait can be, doubled for each further one. Default 100. */
  readonly firstMs?: number;
  /** The most that any wait can be. Default 5,000. */
  readonly capMs?: number;
}

/**
 * The waits of one call: exponential with full jitter, that is, anywhere from 0 up to the bound
 * with equal chance. Callers that failed together would come back together on anything less random.
 * Source: Marc Brooker, "Exponential Backoff and Jitter", AWS Architecture Blog, 2015.
 *
 * cockatiel's own full jitter draws from `Math.random`; ours draws from the port, so that a
 * simulation repeats.
 */
export function fullJitter(
  { firstMs, capMs }: Required<BackoffOptions>,
  random: Random,
): () => IBackoff<unknown> {
  const factory = new ExponentialBackoff<number>({
    initialDelay: firstMs,
    maxDelay: capMs,
    generator: (state, options) => {
      const [boundMs, next] = noJitterGenerator(state, options);
      return [random.next() * boundMs, next];
    },
  });
  return () => factory.next();
}
