import { readFileSync } from 'node:fs';
import { fault } from '@falsework/core/errors';
import type { GuardOptions } from '../../options/guard-options.ts';
import type { StreamShape } from '../bridge/answer-body.ts';
import { type DescriptorSet, loadDescriptorSet } from '../descriptors/load-descriptor-set.ts';
import type { GrpcMethodSettings } from '../proxy/method-settings.ts';

/** What must be known where a side speaks gRPC, in the shape that the configuration gives it. */
export interface GrpcSettings {
  /** A descriptor set, or the file that holds one. */
  readonly descriptors?: string | DescriptorSet | null;
  /** True to ask the service that speaks gRPC for its descriptors where no set is given. */
  readonly reflection?: boolean;
  /** By name, as `pkg.Service/Method`. */
  readonly methods?: Readonly<Record<string, GrpcMethodSettings>>;
  /** Trailers that are not compared. */
  readonly ignoredTrailers?: readonly string[];
  /** The longest message that is passed on. */
  readonly maxMessageBytes?: number;
  /** The longest that any call may take; `null`: only its caller says. */
  readonly timeoutMsMax?: number | null;
  /** How a bridge writes a stream of messages as one body. */
  readonly stream?: StreamShape;
  /** True for a bridge that overlooks members and parameters that the messages do not have. */
  readonly ignoresUnknown?: boolean;
}

/** A guard in front of two services, whatever each of them speaks. */
export interface AnyGuardOptions extends GuardOptions {
  readonly grpc?: GrpcSettings | null;
}

/** Whether an address is that of a gRPC service. */
export function isGrpc(address: string): boolean {
  return /^grpcs?:/i.test(address);
}

/** The descriptors that were given; `null` for none. Throws FW_GRPC_DESCRIPTORS and its like. */
export function givenDescriptors({ descriptors = null }: GrpcSettings): DescriptorSet | null {
  if (descriptors === null || typeof descriptors !== 'string') return descriptors;
  let bytes: Buffer;
  try {
    bytes = readFileSync(descriptors);
  } catch (error) {
    const because = `it cannot be read (${(error as NodeJS.ErrnoException).code ?? 'unknown'})`;
    throw fault('FW_GRPC_DESCRIPTORS', { source: descriptors, because }, error);
  }
  return loadDescriptorSet(bytes, descriptors);
}
