import type { Snapshot } from '@falsework/core/routing';
import { Plane } from '../src/plane/plane.ts';
import { seam } from '../src/seam/seam.ts';
import type { AnyFunction, Seam, SeamOptions } from '../src/seam/types.ts';
import { type SimHost, simHost, snapshotWith } from './fixtures.ts';

/** A seam in a world of its own: simulated time, a plane with a given snapshot. */
export interface SeamWorld {
  readonly host: SimHost;
  readonly plane: Plane;
  /** Defines a seam with effects `none`, named `test`, unless told otherwise. */
  readonly seam: <Fn extends AnyFunction>(
    options: Omit<SeamOptions<Fn>, 'name' | 'plane'> & { readonly name?: string },
  ) => Seam<Fn>;
  /** Lets everything happen that is due within this time. */
  readonly pass: (ms?: number) => Promise<void>;
}

/**
 * No second look, unless the test is about it: it would delay every difference by a quarter of a
 * second.
 */
export function seamWorld(over: Parameters<typeof snapshotWith>[0] = {}): SeamWorld {
  const host = simHost();
  const snapshot: Snapshot = snapshotWith({
    ...over,
    shadow: { recheckAfterMs: 0, ...over.shadow },
  });
  const plane = new Plane({ host, snapshot });
  return {
    host,
    plane,
    seam: (options) => seam({ name: 'test', effects: 'none', plane, ...options } as never) as never,
    pass: (ms = 0) => host.clock.advance(ms),
  };
}
