import type { Clock } from '@falsework/core/ports';

/**
 * What `act` gives, or the error of `late` when it takes longer than that. What is late is not
 * stopped, and what it still does must do no harm.
 */
export async function within<T>(
  clock: Pick<Clock, 'after'>,
  { timeoutMs, late }: { readonly timeoutMs: number; readonly late: () => Error },
  act: () => Promise<T>,
): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>();
  const cancel = clock.after(timeoutMs, () => reject(late()));
  try {
    return await Promise.race([act(), promise]);
  } finally {
    cancel();
  }
}
