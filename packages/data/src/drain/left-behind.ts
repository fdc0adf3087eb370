import type { Clock } from '@falsework/core/ports';
import { pause, systemClock } from '@falsework/system';
import type { SourceInstant } from '../capture/instant.ts';
import { coded } from '../postgres/failure.ts';
import type { Feed } from './feed.ts';
import { readWatermark } from './follower.ts';
import { COUNTED_MAX } from './lag.ts';

const LOOK_MS = 20;

/**
 * Of what had committed on the source at an instant, how many changes are still not on the follower
 * when a drain has had `withinMs` for them. Under writers something new is on its way at nearly
 * every moment; 0 says that it is nothing but new.
 */
export async function leftBehind(
  feed: Feed,
  {
    instant,
    withinMs,
    clock = systemClock,
  }: { readonly instant: SourceInstant; readonly withinMs: number; readonly clock?: Clock },
): Promise<number> {
  const { source, follower, tables, changes } = feed;
  const deadlineMs = clock.monotonicMs() + withinMs;
  for (;;) {
    const { snapshot } = await follower.use((session) => readWatermark(session, feed));
    const window = { after: snapshot, upTo: instant.snapshot };
    const rows = await coded({ database: source.label, operation: 'measuring the lag' }, () =>
      source.use((session) => changes.count(session, tables, { window, most: COUNTED_MAX })),
    );
    if (rows === 0 || clock.monotonicMs() >= deadlineMs) return rows;
    await pause(clock, LOOK_MS);
  }
}
