import type { Comparator } from '@falsework/core/compare';
import type { Redaction } from '@falsework/core/redact';
import type { Side } from '@falsework/core/routing';
import {
  type CountedFence,
  type Host,
  type Redactor,
  ShadowEngine,
  type ShedReason,
} from '@falsework/seam/engine';
import type { Plane, PlaneSeam } from '@falsework/seam/plane';
import type { CriticalRule } from '../../compare/critical.ts';
import type { CaptureBudget } from '../../shadow/capture.ts';
import type { CanonicalJson } from '../json/canonical-json.ts';
import type { GrpcAnswer } from './grpc-answer.ts';
import type { GrpcSides } from './grpc-side.ts';

/** What all shadows of gRPC share. */
export interface GrpcShadowContext {
  readonly host: Host;
  readonly plane: Plane;
  readonly sides: GrpcSides;
  readonly budget: CaptureBudget;
  readonly redactor: Redactor;
  /** The longest body that is compared, as sent and once decompressed. */
  readonly bodyBytesMax: number;
  readonly isTrailerCompared: (name: string) => boolean;
  /** Asks both stores, where something keeps them equal; else `null`. */
  readonly fence: CountedFence | null;
  /** Metadata in which a side names its build, lower case. */
  readonly buildHeader: string;
}

/** How one method is shadowed. */
export interface GrpcLaneSettings {
  readonly comparator: Comparator;
  readonly redaction: Redaction;
  readonly critical: CriticalRule;
  /** Documents of its answers; `null` compares bytes. */
  readonly canonical: CanonicalJson | null;
  /** `null`: the policy's. */
  readonly timeoutMs: number | null;
}

/** Everything about the shadows of one method that does not change from call to call. */
export class GrpcLane {
  readonly context: GrpcShadowContext;
  readonly seam: PlaneSeam;
  readonly settings: GrpcLaneSettings;
  readonly engine: ShadowEngine<GrpcAnswer>;

  constructor(context: GrpcShadowContext, seam: PlaneSeam, settings: GrpcLaneSettings) {
    this.context = context;
    this.seam = seam;
    this.settings = settings;
    this.engine = new ShadowEngine({
      host: context.host,
      limits: () => this.#limits(),
      // What waits in the queue when the candidate begins to hang is not run into it one by one.
      refuse: () => this.impatience('candidate'),
    });
    context.plane.load.watch(this.engine);
  }

  /** Why a side is not to be asked by one more shadow now; `null` when it may be. */
  impatience(side: Side): ShedReason | null {
    const { host, sides } = this.context;
    if (sides[side].patience.isSpent(host.clock.monotonicMs())) return 'not-answering';
    return sides[side].isFull('shadowing') ? 'queue-full' : null;
  }

  /** How long a shadow of this method has. */
  get timeoutMs(): number {
    return this.#limits().timeoutMs;
  }

  #limits() {
    const { shadow } = this.context.plane.snapshot;
    const { timeoutMs } = this.settings;
    return timeoutMs === null ? shadow : { ...shadow, timeoutMs };
  }
}
