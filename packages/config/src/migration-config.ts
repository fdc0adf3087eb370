import type { Rule } from '@falsework/core/compare';
import type { Stage, Topology } from '@falsework/core/stage';
import type { DataConfig } from './data-config.ts';
import type { GrpcConfig } from './grpc-config.ts';
import type { KeySource } from './key-source.ts';
import type { NotifyConfig } from './notify-config.ts';
import type { EnvReference, FileReference, ListReference } from './references.ts';
import type { Duration, Rate, RouteEffects, Size } from './written-values.ts';

export type { Duration, Rate, RouteEffects, Size } from './written-values.ts';

/** A rung of the ramp: a percentage of everybody, or the name of a cohort that goes first. */
export type Rung = number | string;

/**
 * A migration as people write it, in TypeScript or, in the same shape, in YAML or JSON. Whatever is
 * left out has a default; what a default is, and where each value came from, is shown by
 * `explainConfig`.
 */
export interface MigrationConfig {
  /** Lower-case letters, digits and hyphens. Never changes: it salts the sticky buckets. */
  readonly name: string;
  /** The team or person who ends this migration. */
  readonly owner: string;
  /** The last day, in UTC, on which anything of the old may still exist: `2027-03-31`. */
  readonly deleteBy: string;
  /** Strict: not one mismatch, no waiver, two names for turnover and seal. Default false. */
  readonly money?: boolean;
  /** Whether both sides work on one store (or none), or each on its own. Default `shared`. */
  readonly store?: Topology;
  /** The proxy in front of two services; left out when only seams in code are used. */
  readonly guard?: GuardConfig;
  /** The two stores, where each side works on its own. */
  readonly data?: DataConfig;
  /** Seams in code, by name, where they depart from the policy. */
  readonly seams?: Readonly<Record<string, SeamConfig>>;
  /** Named sets of keys that the ramp may let go first. */
  readonly cohorts?: Readonly<Record<string, readonly string[] | ListReference>>;
  /** What must be proven, and how fast to go. */
  readonly policy?: PolicyConfig;
  /** Globs of the code that is to be gone at the end. */
  readonly legacyCode?: readonly string[];
  /** Rare events that must be seen before legacy may go, in words: `month-end close`. */
  readonly longTail?: readonly string[];
  /** Who is told of it, and of what. Default: nobody. */
  readonly notify?: readonly NotifyConfig[];
  /** Where control listens and keeps its state. */
  readonly control?: ControlConfig;
}

/** The guard and its two sides. */
export interface GuardConfig {
  /** The origin of the legacy service: `http://orders-v1:8080`, or `grpc://…`. */
  readonly legacy: string | EnvReference;
  /** The origin of the candidate service. */
  readonly candidate: string | EnvReference;
  /** Where callers connect. Default 8000; 0 takes any free port. */
  readonly port?: number | EnvReference;
  /** The address to listen on. Default 127.0.0.1: open it to others knowingly. */
  readonly host?: string | EnvReference;
  /** Processes that take callers on one port; `all`: one for each core. Default 1. */
  readonly workers?: number | 'all';
  /**
   * Where a request names its entity, so that the entity stays on one side. Without it nothing
   * moves before 100 %.
   */
  readonly key?: KeySource;
  /** How each side is asked whether it lives. */
  readonly health?: HealthConfig;
  /** How each side tells its build. */
  readonly build?: {
    /** The response header that names it. Default `falsework-build`. */ readonly header?: string;
  };
  /**
   * Routes by `METHOD /path/{param}`. A route that is not listed is learned, and its writes are not
   * shadowed.
   */
  readonly routes?: Readonly<Record<string, RouteConfig>>;
  /** Comparison rules of every route. */
  readonly compare?: readonly Rule[];
  /**
   * What is taken out of answers before they are kept, besides what looks like a secret: JSONPaths
   * (`$.customer.name`), and names of members at any depth (`taxNumber`).
   */
  readonly redact?: readonly string[];
  /** Response headers that are compared. Default content-type and location. */
  readonly headers?: readonly string[];
  /** With it callers speak TLS. Files are found from the folder of the configuration. */
  readonly tls?: TlsConfig;
  /**
   * Whose `X-Forwarded-…` and `Forwarded` are believed and added to; what others say of that kind is
   * replaced. Default `private`: callers on this machine and in private networks.
   */
  readonly forwarded?: 'private' | 'all' | 'none' | 'off';
  /** What callers may take up. */
  readonly limits?: LimitsConfig;
  /** How each side is reached, and what it gets. */
  readonly sides?: { readonly legacy?: SideConfig; readonly candidate?: SideConfig };
  /**
   * Whether shadows carry callers' credentials to the candidate. Default false: requests that have
   * any are not compared.
   */
  readonly shadowsCarryCredentials?: boolean;
  /** The longest body that is compared whole. Default 1MiB. */
  readonly maxBody?: Size;
  /** How writes of the effect `follow` are kept. */
  readonly writes?: WritesConfig;
  /** What must be known where a side is a `grpc://` or `grpcs://` address. */
  readonly grpc?: GrpcConfig;
}

/** How writes to two separate stores are kept until both have them. */
export interface WritesConfig {
  /**
   * On a disk that survives a restart. Left out: `.falsework/writes/` and the migration's name,
   * from the folder of the configuration.
   */
  readonly folder?: string | EnvReference;
  /** Writes are refused before the journal outgrows this. Default 1024MiB. */
  readonly size?: Size;
  /** Writes are refused before more than this many are unfinished. Default 100,000. */
  readonly entries?: number;
  /** Writes are refused while the disk has less room than this. Default 256MiB. */
  readonly diskFree?: Size;
  /** The longest body of a write; 413 above it. Default 1MiB. */
  readonly body?: Size;
  /** What all bodies of writes under way may take of memory; 503 above it. Default 64MiB. */
  readonly bodies?: Size;
  /** How long a write waits for an earlier one on its key. Default 5s. */
  readonly keyWait?: Duration;
  /** How long a side may take for a write that the guard itself sends. Default 30s. */
  readonly timeout?: Duration;
  /** Keys that are fed at once. Default 16. */
  readonly concurrency?: number;
  /** When a write is given up until a person has looked. */
  readonly deadLetter?: {
    /** After so many attempts that the follower declined. Default 8. */
    readonly attempts?: number;
    /** After so long without the follower being able to work. Default 1d. */
    readonly outage?: Duration;
  };
  /** For how long the authority remembers keys. Default 15m. */
  readonly replayWithin?: Duration;
  /** How long a write that may not be asked for again keeps its key after a crash. Default 1s. */
  readonly quiet?: Duration;
}

/** Where identifiers stand that each side makes for itself: the kind of thing by its place. */
export interface IdentifiersConfig {
  /** In answers to the route's writes, by JSONPath: where a new one is found on both sides. */
  readonly learn?: Readonly<Record<string, string>>;
  /** By parameter of the path. */
  readonly path?: Readonly<Record<string, string>>;
  /** By parameter of the query. */
  readonly query?: Readonly<Record<string, string>>;
  /** In bodies of requests, by JSONPath. */
  readonly body?: Readonly<Record<string, string>>;
  /** In answers that are compared, by JSONPath. */
  readonly answer?: Readonly<Record<string, string>>;
}

/** TLS in front of callers. */
export interface TlsConfig {
  /** A PEM file: the certificate, then those which vouch for it. */
  readonly cert: string | EnvReference;
  /** A PEM file: its private key. */
  readonly key: string | EnvReference;
  /** Default TLSv1.2. */
  readonly minVersion?: 'TLSv1.2' | 'TLSv1.3';
}

/** What callers may take up. */
export interface LimitsConfig {
  /** The longest head of a request; 431 above it. Default 16KiB. */
  readonly head?: Size;
  /** The longest body of a request; 413 above it. Left out: any. */
  readonly body?: Size;
  /** How long the head of a request may take. Default 60s. */
  readonly headTimeout?: Duration;
  /** How long a caller may send nothing of a body that is waited for. Default 60s. */
  readonly bodyTimeout?: Duration;
  /** How long a connection may be kept without a request. Default 75s. */
  readonly idleTimeout?: Duration;
  /** How long a side may take to begin its answer; 504 after it. Left out: any. */
  readonly answerTimeout?: Duration;
  /** How long a request may take until its answer is whole. Left out: any. */
  readonly totalTimeout?: Duration;
  /** Connections of callers at once. Left out: any. */
  readonly connections?: number;
}

/** How one side is reached, and what it gets. */
export interface SideConfig {
  /** A PEM file: who vouches for its certificate, instead of whom the system knows. */
  readonly ca?: string | EnvReference;
  /** Default true. False: whoever is in between can read everything. */
  readonly verify?: boolean;
  /**
   * Headers of requests that pass, by name or beginning (`x-internal-*`). Left out: legacy gets all,
   * the candidate all but internal ones.
   */
  readonly headers?: { readonly allow?: readonly string[]; readonly deny?: readonly string[] };
  /** Requests of callers at once; 503 above it. Left out: any. */
  readonly requests?: number;
  /** Shadows at once, over all routes. Default 128. */
  readonly shadows?: number;
}

/** Asking a side whether it lives. */
export interface HealthConfig {
  /**
   * Left out: any answer below 500 to `GET /` will do. Given: only a 2xx answer to `GET` of this
   * path will.
   */
  readonly path?: string;
  /** Default 5s. */
  readonly interval?: Duration;
  /** Default 2s. */
  readonly timeout?: Duration;
}

/** One route of the guard. */
export interface RouteConfig {
  /** Default `none` for GET, HEAD and OPTIONS. Any other method without it is not shadowed. */
  readonly effects?: RouteEffects;
  /** Share of requests compared; the policy's when left out. */
  readonly sample?: Rate;
  /** Rules beside, and after, those of every route. */
  readonly compare?: readonly Rule[];
  /** What is taken out of answers beside what the guard names for every route. */
  readonly redact?: readonly string[];
  /** Where this route names its entity; the guard's when left out. */
  readonly key?: KeySource;
  /** Where to find the input class that must prove itself separately. */
  readonly stratum?: KeySource;
  /**
   * One mismatch is too many: on the whole route (`true`), or at these JSONPaths of the body.
   * Default false.
   */
  readonly critical?: boolean | readonly string[];
  /** How long a shadow may take; the policy's when left out. */
  readonly timeout?: Duration;
  /** The longest body that is compared whole; the guard's when left out. */
  readonly maxBody?: Size;
  /** Whether its shadows carry callers' credentials; the guard's when left out. */
  readonly shadowsCarryCredentials?: boolean;
  /**
   * With `follow`: whether the authority answers a repeated `Idempotency-Key` without acting again.
   * Default false.
   */
  readonly idempotent?: boolean;
  /**
   * With `follow`: what a status of the authority means where it is not the usual, by `500` or
   * `5xx`. Usual: 2xx and 3xx applied, 408 and 5xx unknown, any other refused.
   */
  readonly outcomes?: Readonly<Record<string, 'applied' | 'refused' | 'unknown'>>;
  /** Identifiers that each side makes for itself. Left out: both call everything the same. */
  readonly identifiers?: IdentifiersConfig;
  /**
   * Whether workflows begin with it: its answers carry `Falsework-Pin`, and requests that send it back
   * stay on the side that answered. Default false.
   */
  readonly workflow?: boolean;
  /**
   * Whether its writes move with the share, key by key, over a shared store. Default true; over
   * separate stores they follow the authority.
   */
  readonly shift?: boolean;
}

/** One seam in code. */
export interface SeamConfig {
  /** Share of calls compared; the policy's when left out. */
  readonly sample?: Rate;
  /** How long a shadow may take; the policy's when left out. */
  readonly timeout?: Duration;
}

/** Core's `Policy`, as people write it: the same names, without units in them. */
export interface PolicyConfig {
  /** The claim that must be proven in every stratum. Default: below 0.01% at 95 % confidence. */
  readonly mismatch?: { readonly rateMax?: Rate; readonly confidence?: Rate };
  /** Sampled runs that must really have been compared. Default 99%. */
  readonly coverage?: { readonly rateMin?: Rate };
  /** Differences that did not repeat. Default at most 1%. */
  readonly transient?: { readonly rateMax?: Rate };
  /**
   * The worst run of so many comparisons within a cycle must keep the limit too. Default 10,000
   * within a day.
   */
  readonly window?: { readonly comparisons?: number; readonly cycle?: Duration };
  /** How much slower the candidate may be. Default 20% and 5ms, on 99% of pairs. */
  readonly latency?: {
    readonly slowerRatioMax?: number | `${number}%`;
    readonly slowerMax?: Duration;
    readonly pairsRateMin?: Rate;
  };
  /** Candidate errors against legacy's, and in an hour. Default twice as many, and 50. */
  readonly errors?: { readonly ratioMax?: number; readonly perHourMax?: number };
  /**
   * Observations between two false alarms of the retreat, on average. Default a thousand million.
   */
  readonly alarm?: { readonly threshold?: number };
  /** How shadows behave as guests of the process that serves. */
  readonly shadow?: {
    /** Share of calls compared. Default 10%. */
    readonly sample?: Rate;
    /** Share of compared calls on which legacy is also compared with itself. Default 2%. */
    readonly noiseSample?: Rate;
    /** Default 100ms. */
    readonly timeout?: Duration;
    /** Default 1,024. */
    readonly queueMax?: number;
    /** Default 4. */
    readonly concurrency?: number;
    /** Pause before a difference is looked at once more; 0 means no second look. Default 250ms. */
    readonly recheckAfter?: Duration;
  };
  /** Cohorts and strictly rising percentages, ending at 100: `['internal', 1, 10, 100]`. */
  readonly ramp?: readonly Rung[];
  /** How long each rung is held. Default 1h. */
  readonly rampHold?: Duration;
  /** How long shadow lasts at least. Default 1d. */
  readonly soak?: Duration;
  /** How long 100 % lasts at least. Default 1d. */
  readonly burnIn?: Duration;
  /** How long legacy is silent before it is struck. Default 7d. */
  readonly legacySilence?: Duration;
  /** Evidence, health and planes older than this are no evidence. Default 1m. */
  readonly staleAfter?: Duration;
  /** Stages that the loop may enter by itself. Default shadow and shift. */
  readonly automatic?: readonly Stage[];
  /** Names needed, 1 to 10. Default 1; 2 at turnover and seal of money. */
  readonly approvals?: {
    readonly turnover?: number;
    readonly seal?: number;
    readonly strike?: number;
  };
  /** Strata too rare for the common limit, each with its own and a reason. */
  readonly strata?: readonly StratumRuleConfig[];
}

/** A stratum judged by its own rule. */
export interface StratumRuleConfig {
  readonly seam: string;
  /** Left out: the seam's only stratum. */
  readonly stratum?: string;
  /** Its own limit; `null` waives the proof. */
  readonly rateMax: Rate | null;
  readonly reason: string;
}

/** Where control listens and keeps its state. */
export interface ControlConfig {
  /** Where planes, the CLI and the console reach control. Default: the host and port below. */
  readonly url?: string | EnvReference;
  /** Default 127.0.0.1. */
  readonly host?: string | EnvReference;
  /** Default 8070; 0 takes any free port. */
  readonly port?: number | EnvReference;
  /**
   * A file for the embedded SQLite, relative to the configuration, or a postgres:// URL. Default
   * .falsework/state.db.
   */
  readonly store?: string | EnvReference;
  /**
   * The bearer token of the admin API, at least 16 characters. Left out: control makes one at its
   * start.
   */
  readonly token?: string | EnvReference;
  /**
   * One token more for each person and each service, by its name: what is done with it is signed
   * with that name. `tokens: { ada: { role: 'operator', secret: env('ADA_TOKEN') } }`
   */
  readonly tokens?: Readonly<Record<string, TokenConfig>>;
}

/** A token of a person or of a service. */
export interface TokenConfig {
  /** A viewer sees everything and changes nothing; a plane reports; an operator acts. */
  readonly role: 'viewer' | 'plane' | 'operator';
  /** Where it is read from when control starts. It never stands in the configuration itself. */
  readonly secret: EnvReference | FileReference;
}
