import type { Rule } from '@falsework/core/compare';
import type { NoticeKind, Policy } from '@falsework/core/policy';
import type { Instant } from '@falsework/core/ports';
import type { Side } from '@falsework/core/routing';
import type { Topology } from '@falsework/core/stage';
import type { DataTableConfig } from './data-config.ts';
import type { SqlPiece } from './data-sql.ts';
import type { KeySource } from './key-source.ts';
import type { RouteEffects } from './migration-config.ts';
import type { EnvReference, FileReference } from './references.ts';
import type { RoutePattern } from './routes/route-pattern.ts';

/**
 * A migration as the rest of Falsework gets it: validated, complete, every duration in
 * milliseconds.
 */
export interface Migration {
  readonly name: string;
  readonly owner: string;
  /** The end, in UTC, of the day that the configuration names. */
  readonly deleteBy: Instant;
  readonly topology: Topology;
  readonly policy: Policy;
  /** `null` when the migration has seams in code only. */
  readonly guard: GuardSettings | null;
  /** `null` when both sides work on one store, or nothing is said of theirs. */
  readonly data: DataSettings | null;
  readonly seams: Readonly<Record<string, SeamSettings>>;
  /** The keys of every cohort, without repetitions. */
  readonly cohorts: Readonly<Record<string, readonly string[]>>;
  readonly legacyCode: readonly string[];
  readonly longTail: readonly string[];
  readonly notify: readonly NotifySettings[];
}

/** The data side's part of a migration. Its addresses may hold passwords: secret. */
export interface DataSettings {
  readonly from: string;
  readonly to: string;
  readonly capture: 'trigger' | 'application' | 'logical';
  readonly tables: Readonly<Record<string, readonly DataTableConfig[]>>;
  readonly invariants: Readonly<
    Record<string, SqlPiece | { readonly legacy: SqlPiece; readonly candidate: SqlPiece }>
  >;
  /** `null`: nothing is said, so nothing is known. */
  readonly workflows: 'none' | { readonly on: Side; readonly count: SqlPiece } | null;
  /** Which key of reads a row belongs to, by table; `null`: reads of the guard are not fenced. */
  readonly reads: {
    readonly keys: Readonly<Record<string, string | null>>;
    readonly keysBack: Readonly<Record<string, string | null>> | null;
  } | null;
  readonly limits: {
    readonly rehearsalValidMs: number;
    readonly retainMs: number;
    readonly fallsAfterMs: number;
    readonly patienceMs: number;
    readonly copyShare: number;
  };
}

/** The guard's part of a migration. */
export interface GuardSettings extends TrafficSettings {
  /** Origins, normalised: scheme, host and, unless it is the scheme's own, port. */
  readonly legacy: string;
  readonly candidate: string;
  readonly host: string;
  readonly port: number;
  /** Processes that take callers. */
  readonly workers: number | 'all';
  /** `null`: no request names its entity, so nothing is moved before 100 %. */
  readonly key: KeySource | null;
  readonly health: HealthSettings;
  /** Lower case. */
  readonly buildHeader: string;
  readonly routes: readonly RouteSettings[];
  /** The rules of a route that is not listed. */
  readonly compare: readonly Rule[];
  /** What is taken out of the answers of a route that is not listed before they are kept. */
  readonly redact: readonly string[];
  /** Names of compared response headers, lower case. */
  readonly headers: readonly string[];
  readonly maxBodyBytes: number;
  readonly writes: WriteSettings;
  /** `null` where nothing was said of gRPC. */
  readonly grpc: GrpcSettings | null;
}

/** What a guard must know where a side speaks gRPC. */
export interface GrpcSettings {
  /** The file of a descriptor set. */
  readonly descriptors: string | null;
  readonly reflection: boolean;
  /** By name, as `pkg.Service/Method`. */
  readonly methods: Readonly<Record<string, GrpcMethodSettings>>;
  readonly ignoredTrailers: readonly string[];
  readonly maxMessageBytes: number;
  /** `null`: as callers say. */
  readonly timeoutMsMax: number | null;
  readonly stream: 'array' | 'lines';
  readonly ignoresUnknown: boolean;
}

/** One method of gRPC, which is one seam. What is left out is the policy's, or the guard's. */
export interface GrpcMethodSettings {
  readonly effects?: RouteEffects;
  readonly sample?: number;
  /** Its own rules; those of every method come before them. */
  readonly compare: readonly Rule[];
  readonly redact: readonly string[];
  readonly critical: true | readonly string[];
  readonly timeoutMs?: number;
  readonly shadowsCarryCredentials?: boolean;
}

/** What callers and sides may do. Files are named from the root of the file system. */
export interface TrafficSettings {
  /** `null`: callers speak in clear. */
  readonly tls: {
    readonly cert: string;
    readonly key: string;
    readonly minVersion: 'TLSv1.2' | 'TLSv1.3';
  } | null;
  /** `null` where nothing bounds it but the sides. */
  readonly limits: {
    readonly headBytesMax: number;
    readonly bodyBytesMax: number | null;
    readonly headTimeoutMs: number;
    readonly bodyTimeoutMs: number;
    readonly idleTimeoutMs: number;
    readonly answerTimeoutMs: number | null;
    readonly totalTimeoutMs: number | null;
    readonly connectionsMax: number | null;
  };
  readonly sides: { readonly legacy: SideSettings; readonly candidate: SideSettings };
  readonly forwarded: 'private' | 'all' | 'none' | 'off';
  readonly shadowsCarryCredentials: boolean;
}

/** How one side is reached, and what it gets. */
export interface SideSettings {
  /** `null`: whom the system knows vouches for it. */
  readonly ca: string | null;
  readonly verify: boolean;
  /** Left out: the guard's own lists. */
  readonly headers?: { readonly allow?: readonly string[]; readonly deny?: readonly string[] };
  /** `null`: any number. */
  readonly requestsMax: number | null;
  readonly shadowsMax: number;
}

/** How a side is asked whether it lives. */
export interface HealthSettings {
  readonly path: string;
  /** Statuses from 200 to this one mean that it lives. */
  readonly okStatusMax: number;
  readonly intervalMs: number;
  readonly timeoutMs: number;
}

/** How writes to two separate stores are kept. */
export interface WriteSettings {
  /** From the root of the file system. */
  readonly folder: string;
  readonly journal: {
    readonly bytesMax: number;
    readonly entriesMax: number;
    readonly diskFreeBytesMin: number;
  };
  readonly feeding: {
    readonly concurrency: number;
    readonly backoff: { readonly baseMs: number; readonly capMs: number };
    readonly attemptsMax: number;
    readonly unavailableMsMax: number;
  };
  readonly resolving: {
    readonly backoff: { readonly baseMs: number; readonly capMs: number };
    readonly replayWithinMs: number;
    readonly quietMs: number;
  };
  readonly keyWaitMs: number;
  readonly bodyBytesMax: number;
  readonly bodiesBytesMax: number;
  readonly attemptTimeoutMs: number;
}

/** Kinds of identifiers by the place at which they stand. */
type Places = Readonly<Record<string, string>>;

/** One route of the guard, which is one seam. */
export interface RouteSettings {
  /** The name of the seam: the pattern as it was written. */
  readonly seam: string;
  readonly pattern: RoutePattern;
  /** `undeclared`: not shadowed. */
  readonly effects: RouteEffects | 'undeclared';
  /** `null`: the policy's. */
  readonly sample: number | null;
  /** The rules of every route, then its own. */
  readonly compare: readonly Rule[];
  /** What is taken out of answers before they are kept: for every route, then for this one. */
  readonly redact: readonly string[];
  /** Its own, else the guard's. */
  readonly key: KeySource | null;
  readonly stratum: KeySource | null;
  /** `true`: every mismatch of the route is critical; else those at these paths of the body. */
  readonly critical: true | readonly string[];
  /** `null`: the policy's. */
  readonly timeoutMs: number | null;
  /** `null`: the guard's. */
  readonly maxBodyBytes: number | null;
  /** What it promises of its writes, where they are followed. */
  readonly writes: {
    readonly isIdempotent: boolean;
    readonly outcomes: Readonly<Record<string, 'applied' | 'refused' | 'unknown'>>;
  };
  /** `null`: both sides call everything the same. */
  readonly identifiers: {
    readonly learn: Places;
    readonly path: Places;
    readonly query: Places;
    readonly body: Places;
    readonly answer: Places;
  } | null;
  /** False: its writes stay with legacy until the candidate serves everybody. */
  readonly canShift: boolean;
  /** Its answers name the side, so that the workflow which begins with them can stay there. */
  readonly beginsWorkflow: boolean;
  /** `null`: the guard's. */
  readonly shadowsCarryCredentials: boolean | null;
}

/** One seam in code, where it departs from the policy; `null` where it does not. */
export interface SeamSettings {
  readonly sample: number | null;
  readonly timeoutMs: number | null;
}

/** Where control listens and keeps its state. */
export interface ControlSettings {
  readonly url: string;
  readonly host: string;
  readonly port: number;
  readonly store: StoreLocation;
  /** Secret. `null`: control makes one at its start. */
  readonly token: string | null;
  /** Those of people and services, by whose they are. Their secrets are read by control alone. */
  readonly tokens: readonly TokenSettings[];
}

/** A text, or where it is read from when control starts. */
export type SecretText = string | EnvReference | FileReference;

/** A target of notices. Files are named from the root of the file system. */
export interface NotifySettings {
  readonly kind: 'webhook' | 'slack' | 'alertmanager';
  readonly url: SecretText;
  readonly on: readonly NoticeKind[];
  readonly headers: Readonly<Record<string, SecretText>>;
  /** `null`: no `Authorization: Bearer`. */
  readonly token: EnvReference | FileReference | null;
}

/** What may be done with one more token, and where its secret is. */
export interface TokenSettings {
  readonly name: string;
  readonly role: 'viewer' | 'plane' | 'operator';
  /** Files are named from the root of the file system. */
  readonly secret: EnvReference | FileReference;
}

/** Where control keeps its state. A database URL may hold a password: secret. */
export type StoreLocation =
  | { readonly kind: 'sqlite'; readonly file: string }
  | { readonly kind: 'postgres'; readonly url: string };
