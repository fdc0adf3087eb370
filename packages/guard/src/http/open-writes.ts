import type { WritesStanding } from '@falsework/core/evidence';
import type { Instant } from '@falsework/core/ports';
import type { Side } from '@falsework/core/routing';
import type { Plane } from '@falsework/seam/plane';
import type { GuardSettings } from '../options/check-options.ts';
import { OrderDesk, stoppedRoutes } from '../orders/order-desk.ts';
import { openOrderSocket } from '../orders/order-socket.ts';
import { Pins } from '../routes/pins.ts';
import type { RouteSettings } from '../routes/route-settings.ts';
import { Capture, CaptureBudget } from '../shadow/capture.ts';
import { GuardWrites } from '../writes/guard-writes.ts';
import { InterlockFile } from '../writes/interlock-file.ts';
import { Interlocks } from '../writes/interlocks.ts';
import { ownSettings, type WriteSettings } from '../writes/write-settings.ts';
import { SideSender } from './side-sender.ts';
import type { Upstream } from './upstream.ts';

/** What routes need whose writes reach both sides. */
export interface Follow {
  readonly writes: GuardWrites;
  readonly interlocks: Interlocks;
  readonly pins: Pins;
  /** Bodies of writes have room of their own: shadows must not take it from callers. */
  readonly newCapture: () => Capture;
  /** Lets what is under way finish for at most `withinMs`, and gives the folder back. */
  close(within: { readonly withinMs: number }): Promise<void>;
}

/**
 * Opens the folder of the journal and goes on with what it holds; `null` where no route needs it.
 * Rejects as {@link GuardWrites.open} does.
 */
export async function openWrites(
  { routes, writes: settings, system }: GuardSettings,
  plane: Plane,
  upstreams: Readonly<Record<Side, Upstream>>,
): Promise<Follow | null> {
  if (settings === null || !routes.some(isKept)) return null;
  const { folder } = settings;
  const { bodyBytesMax, bodiesBytesMax, attemptTimeoutMs } = ownSettings(settings);
  const common = { plane, clock: system.clock, timeoutMs: attemptTimeoutMs };
  const warn = (words: string): void => system.warn?.(words);
  const writes = await GuardWrites.open({
    host: system,
    settings: withoutUndefined(settings),
    routes,
    authority: new SideSender({ ...common, upstream: upstreams.legacy }),
    follower: new SideSender({ ...common, upstream: upstreams.candidate }),
    onDebt: ({ sequence, route, state, because }) => {
      const what = state === 'dead' ? 'was not taken by the follower' : 'has no known end';
      warn(`Write ${sequence} of ${route} ${what} (${because}): it needs a person.`);
    },
  });
  try {
    const interlocks = await Interlocks.load({
      store: new InterlockFile(folder),
      clock: system.clock,
      onAlarm: (route, because) => {
        warn(`The shadows of ${route} are stopped: ${because}. It needs a person.`);
      },
    });
    plane.watchWrites(() => standingOf(writes, interlocks, system.clock.now()));
    const closeSocket = await openOrderSocket(folder, new OrderDesk(writes, interlocks));
    const budget = new CaptureBudget(bodiesBytesMax);
    return {
      writes,
      interlocks,
      pins: await Pins.open(folder),
      newCapture: () => new Capture(budget, bodyBytesMax),
      close: async (within) => {
        await closeSocket();
        await interlocks.saved();
        await writes.close(within);
      },
    };
  } catch (error) {
    await writes.close({ withinMs: 0 });
    throw error;
  }
}

/** True of a route for which something must be kept over restarts. */
function isKept({ effects, beginsWorkflow }: RouteSettings): boolean {
  return effects === 'follow' || effects === 'dry-run' || beginsWorkflow === true;
}

/** Where the writes stand, as control is told. */
function standingOf(writes: GuardWrites, interlocks: Interlocks, at: Instant): WritesStanding {
  const { ready, lagMs, inDoubt, byRoute } = writes.debts.summary();
  const countOf = (state: 'dead' | 'listed'): number =>
    byRoute.reduce((sum, debt) => sum + (debt.state === state ? debt.count : 0), 0);
  const stopped = stoppedRoutes(interlocks);
  const { id: journal } = writes;
  return {
    journal,
    at,
    ready,
    lagMs,
    inDoubt,
    dead: countOf('dead'),
    listed: countOf('listed'),
    stopped,
  };
}

/** A configuration says `undefined` where it says nothing. */
function withoutUndefined(settings: WriteSettings): WriteSettings {
  return Object.fromEntries(
    Object.entries(settings).filter(([, value]) => value !== undefined),
  ) as unknown as WriteSettings;
}
