import { type RunningGuard, startGuard } from '@falsework/guard';
import type { AnyGuardOptions } from '@falsework/guard/grpc';

/**
 * Starts the guard that the addresses of its sides ask for. What gRPC needs is loaded only where it
 * is spoken: it doubles what there is to load.
 */
export async function startGuardOf(options: AnyGuardOptions): Promise<RunningGuard> {
  const isHttp = [options.legacy, options.candidate].every((side) => !/^grpcs?:/i.test(side));
  if (isHttp && !options.grpc) return startGuard(options);
  const { startAnyGuard } = await import('@falsework/guard/grpc');
  return startAnyGuard(options);
}
