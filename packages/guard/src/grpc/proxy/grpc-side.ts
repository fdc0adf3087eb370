import type { ClientHttp2Stream, OutgoingHttpHeaders } from 'node:http2';
import type { Clock } from '@falsework/core/ports';
import type { Side } from '@falsework/core/routing';
import type { PlaneSeam } from '@falsework/seam/plane';
import { Patience } from '../../sides/patience.ts';
import { SideLog } from '../../sides/side-log.ts';
import type { SideOptions } from '../../sides/side-settings.ts';
import { GrpcChannel, grpcOrigin } from '../wire/channel.ts';
import { type MetadataFilter, metadataFilter } from '../wire/metadata.ts';

/** What a call is made for. Each purpose has connections of its own, so that none waits. */
export type GrpcPurpose = 'serving' | 'shadowing' | 'probing';

/** One side as a guard of gRPC reaches it. */
export class GrpcSide {
  readonly side: Side;
  /** As people write it: `grpc://ledger-v2:50051`. */
  readonly origin: string;
  readonly options: SideOptions;
  /** What of a call's metadata passes. */
  readonly filter: MetadataFilter;
  readonly log = new SideLog();
  /** With its shadows; callers are always served. */
  readonly patience = new Patience();
  readonly #channels: Readonly<Record<GrpcPurpose, GrpcChannel>>;
  readonly #underWay = { serving: 0, shadowing: 0, probing: 0 };

  /** Throws FW_GRPC_ADDRESS. */
  constructor(side: Side, address: string, options: SideOptions, clock: Clock) {
    const origin = grpcOrigin(side, address);
    this.side = side;
    this.origin = origin.replace(/^http/, 'grpc');
    this.options = options;
    this.filter = metadataFilter(options.headers);
    this.#channels = {
      serving: new GrpcChannel(origin, clock, options),
      shadowing: new GrpcChannel(origin, clock, options),
      probing: new GrpcChannel(origin, clock, options),
    };
  }

  /** True when it has as many calls of this kind as it may have. */
  isFull(purpose: 'serving' | 'shadowing'): boolean {
    const { requestsMax, shadowsMax } = this.options;
    const max = purpose === 'serving' ? requestsMax : shadowsMax;
    return max !== null && this.#underWay[purpose] >= max;
  }

  /**
   * Begins a call: the only way to a side, so that the count of calls that reached legacy is
   * complete by construction. Rejects with the error of the system when it cannot be reached.
   */
  async open(
    purpose: GrpcPurpose,
    seam: PlaneSeam,
    headers: () => OutgoingHttpHeaders,
  ): Promise<ClientHttp2Stream> {
    if (this.side === 'legacy') seam.legacyHits += 1;
    this.#underWay[purpose] += 1;
    try {
      const stream = await this.#channels[purpose].open(headers);
      stream.on('close', () => {
        this.#underWay[purpose] -= 1;
      });
      return stream;
    } catch (error) {
      this.#underWay[purpose] -= 1;
      throw error;
    }
  }

  /** Closes every connection; calls under way are cut off. */
  destroy(): void {
    for (const channel of Object.values(this.#channels)) channel.destroy();
  }
}

/** Both sides of a guard. */
export type GrpcSides = Readonly<Record<Side, GrpcSide>>;
