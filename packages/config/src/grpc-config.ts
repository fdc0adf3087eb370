import type { Rule } from '@falsework/core/compare';
import type { Duration, Rate, RouteEffects, Size } from './written-values.ts';

/** What a guard must know where a side speaks gRPC. */
export interface GrpcConfig {
  /**
   * The file of a descriptor set (`buf build --as-file-descriptor-set -o set.binpb`). Answers are
   * then compared as messages, else as bytes; a bridge from HTTP cannot do without.
   */
  readonly descriptors?: string;
  /** Whether the service is asked for its descriptors where no set is given. Default false. */
  readonly reflection?: boolean;
  /** Methods by `pkg.Service/Method`. */
  readonly methods?: Readonly<Record<string, GrpcMethodConfig>>;
  /** Trailers that are not compared, by name or beginning. */
  readonly ignoredTrailers?: readonly string[];
  /** The longest message that is passed on. Default 64MiB. */
  readonly maxMessage?: Size;
  /** The longest that any call may take. Left out: as its caller says. */
  readonly timeout?: Duration;
  /** How a bridge writes a stream of messages as one body. Default `array`. */
  readonly stream?: 'array' | 'lines';
  /** Whether a bridge overlooks members and parameters that the messages lack. Default false. */
  readonly ignoresUnknown?: boolean;
}

/** One method of gRPC. */
export interface GrpcMethodConfig {
  /**
   * `none`: it changes nothing, and may be shadowed. Left out: what its descriptor says
   * (`idempotency_level`). With anything else it goes to the authority only.
   */
  readonly effects?: RouteEffects;
  /** Share of calls compared; the policy's when left out. */
  readonly sample?: Rate;
  /** Rules beside, and after, those of every method, over the canonical JSON of its answer. */
  readonly compare?: readonly Rule[];
  /** What is taken out of answers beside what the guard names for every method. */
  readonly redact?: readonly string[];
  /** One mismatch is too many: of the answer (`true`), or at these JSONPaths. Default false. */
  readonly critical?: boolean | readonly string[];
  /** How long a shadow may take; the policy's when left out. */
  readonly timeout?: Duration;
  /** Whether its shadows carry callers' credentials; the guard's when left out. */
  readonly shadowsCarryCredentials?: boolean;
}
