import { fault } from '@falsework/core/errors';
import { type RunningGuard, startGuard } from '../../main.ts';
import { type AnyGuardOptions, isGrpc } from './grpc-settings.ts';
import { startBetween } from './start-between.ts';
import { startBridged } from './start-bridged.ts';

/**
 * Starts the guard that the addresses of its sides ask for: between two HTTP services, between two
 * gRPC services, or between an HTTP/JSON legacy and a gRPC candidate, with a bridge. Rejects with
 * FW_GRPC_MIXED for a gRPC legacy and an HTTP candidate, and with whatever `startGuard`,
 * `startGrpcGuard` and `startBridge` reject with; nothing is left running then.
 *
 * ```ts
 * const guard = await startAnyGuard({
 *   legacy: 'http://ledger-v1:8080',
 *   candidate: 'grpc://ledger-v2:50051',
 *   port: 8000,
 *   grpc: { descriptors: 'ledger.binpb' },
 * });
 * ```
 */
export function startAnyGuard(options: AnyGuardOptions): Promise<RunningGuard> {
  const { legacy, candidate } = options;
  if (isGrpc(legacy) && isGrpc(candidate)) return startBetween(options);
  if (isGrpc(candidate)) return startBridged(options);
  if (isGrpc(legacy)) {
    const shown = { legacy: withoutUser(legacy), candidate: withoutUser(candidate) };
    return Promise.reject(fault('FW_GRPC_MIXED', shown));
  }
  const { descriptors = null, reflection = false } = options.grpc ?? {};
  if (descriptors !== null || reflection) {
    const option = descriptors === null ? 'reflection' : 'descriptors';
    const expected = 'left out: neither legacy nor candidate is a grpc:// address';
    return Promise.reject(fault('FW_GRPC_OPTION', { option, got: 'given', expected }));
  }
  return startGuard(options);
}

/** Addresses are not checked yet, and may hold credentials. */
function withoutUser(address: string): string {
  return address.replace(/\/\/[^/\s]*@/, '//(credentials)@');
}
