import type { Comparator } from '@falsework/core/compare';
import type { Redaction } from '@falsework/core/redact';
import type { Side } from '@falsework/core/routing';
import { type Host, type Redactor, ShadowEngine } from '@falsework/seam/engine';
import type { Plane, PlaneSeam } from '@falsework/seam/plane';
import type { CriticalRule } from '../../compare/critical.ts';
import type { CaptureBudget } from '../../shadow/capture.ts';
import type { CanonicalJson } from '../json/canonical-json.ts';
import type { GrpcChannel } from '../wire/channel.ts';
import type { MetadataFilter } from '../wire/metadata.ts';
import type { GrpcAnswer } from './grpc-answer.ts';

/** What all shadows of gRPC share. */
export interface GrpcShadowContext {
  readonly host: Host;
  readonly plane: Plane;
  /** Connections that only shadows use, so that they never take a place from a caller. */
  readonly channels: Readonly<Record<Side, GrpcChannel>>;
  readonly filters: Readonly<Record<Side, MetadataFilter>>;
  readonly budget: CaptureBudget;
  readonly redactor: Redactor;
  /** The longest body that is compared, as sent and once decompressed. */
  readonly bodyBytesMax: number;
  readonly isTrailerCompared: (name: string) => boolean;
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
    this.engine = new ShadowEngine({ host: context.host, limits: () => this.#limits() });
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
