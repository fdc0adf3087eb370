import { fault } from '@falsework/core/errors';
import type { GuardOptions } from '../options/guard-options.ts';
import type { RouteSettings } from '../routes/route-settings.ts';
import { DEFAULT_SIDE, type SideSettings } from '../sides/side-settings.ts';
import type { WorkerShare } from './messages.ts';

const MIB = 1024 * 1024;
const CAPTURE_BYTES_MAX = 64 * MIB;

/**
 * The options of one of several workers: what is bounded for the guard as a whole is divided among
 * them, so that all together stay within it. Pure. Throws FW_GUARD_OPTION when a bound has not one
 * for each, or when a route has writes that are followed, tried or translated.
 */
export function shareOf(options: GuardOptions, share: WorkerShare): GuardOptions {
  if (share.count === 1) return options;
  const { limits, sides, captureBytesMax = CAPTURE_BYTES_MAX } = options;
  if ((options.routes ?? []).some(isOfOneProcess)) {
    const expected = '1, because a route has writes that one process must keep in order or watch';
    throw fault('FW_GUARD_OPTION', { option: 'workers', got: String(share.count), expected });
  }
  const of = (name: string, max: number): number => part(name, max, share);
  const side = (name: string, given: SideSettings = {}): SideSettings => ({
    ...given,
    ...((given.requestsMax ?? null) === null
      ? {}
      : { requestsMax: of(`${name}.requestsMax`, given.requestsMax as number) }),
    shadowsMax: of(`${name}.shadowsMax`, given.shadowsMax ?? DEFAULT_SIDE.shadowsMax),
  });
  const connections = limits?.connectionsMax ?? null;
  return {
    ...options,
    captureBytesMax: of('captureBytesMax', captureBytesMax),
    sides: {
      legacy: side('sides.legacy', sides?.legacy),
      candidate: side('sides.candidate', sides?.candidate),
    },
    ...(connections === null
      ? {}
      : { limits: { ...limits, connectionsMax: of('limits.connectionsMax', connections) } }),
  };
}

/** What is known of such writes, one process must know alone. */
function isOfOneProcess({ effects, identifiers, beginsWorkflow }: RouteSettings): boolean {
  if (effects === 'follow' || effects === 'dry-run') return true;
  return beginsWorkflow === true || (identifiers ?? null) !== null;
}

/** The parts of all workers add up to the whole. */
function part(option: string, max: number, { index, count }: WorkerShare): number {
  if (max < count) {
    const expected = `at least one for each of ${count} workers`;
    throw fault('FW_GUARD_OPTION', { option, got: String(max), expected });
  }
  return Math.floor(max / count) + (index < max % count ? 1 : 0);
}
