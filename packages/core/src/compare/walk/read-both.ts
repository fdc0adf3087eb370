import type { Pair, Walk } from './walk.ts';

/**
 * Reads both sides with a function that may throw, because a proxy or a detached buffer does; the
 * pair is then reported as unreadable, and the answer is undefined. Only the reading is guarded: a
 * fault of ours further down must not pass for a fault of the data.
 */
export function readBoth<Read>(
  walk: Walk,
  { legacy, candidate, place }: Pair,
  read: (value: object) => Read,
): readonly [legacy: Read, candidate: Read] | undefined {
  try {
    return [read(legacy as object), read(candidate as object)];
  } catch {
    walk.report('unreadable', place, legacy, candidate);
    return undefined;
  }
}
