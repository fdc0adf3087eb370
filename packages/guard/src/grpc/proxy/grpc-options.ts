import { fault } from '@falsework/core/errors';
import { DEFAULT_POLICY } from '@falsework/core/policy';
import type { ControlLink } from '@falsework/core/ports';
import type { ReadFence, Side, Snapshot } from '@falsework/core/routing';
import type { Host } from '@falsework/seam/engine';
import { INERT_SNAPSHOT, type Plane, STANDALONE_SNAPSHOT } from '@falsework/seam/plane';
import type { TlsSettings } from '../../http/certificate.ts';
import { checkLimits, sideOptions } from '../../options/check-limits.ts';
import { DEFAULT_LIMITS, type Limits } from '../../options/limits.ts';
import { checkLoop, placeOf } from '../../options/side-address.ts';
import { INTERNAL_HEADERS } from '../../sides/header-list.ts';
import type { SideOptions, SideSettings } from '../../sides/side-settings.ts';
import type { DescriptorSet } from '../descriptors/load-descriptor-set.ts';
import { grpcOrigin } from '../wire/channel.ts';
import type { GrpcHealthSettings } from './grpc-health.ts';
import type { GrpcSides } from './grpc-side.ts';
import type { GrpcMethodSettings } from './method-settings.ts';

/** How to run a guard in front of two gRPC services. */
export interface GrpcGuardOptions {
  /** Origins such as `grpc://ledger-v2:50051`; `grpcs://` for TLS. */
  readonly legacy: string;
  readonly candidate: string;
  /** 0 takes any free port. */
  readonly port: number;
  /** The address to listen on. Loopback unless said otherwise. */
  readonly host?: string;
  /** With it callers speak TLS. The files are looked at again while the guard runs. */
  readonly tls?: TlsSettings | null;
  /** How each side is reached, and what it gets; `headers` are the metadata that pass. */
  readonly sides?: Partial<Readonly<Record<Side, SideSettings>>>;
  /**
   * What callers may take up: heads, idle connections and connections at once. What else there is
   * of limits is HTTP's; messages have `maxMessageBytes`, calls `timeoutMsMax`.
   */
  readonly limits?: Partial<Limits>;
  /** With it answers are compared as canonical JSON; without, as bytes. */
  readonly descriptors?: DescriptorSet;
  /** By name, as `pkg.Service/Method`. */
  readonly methods?: Readonly<Record<string, GrpcMethodSettings>>;
  /** For methods that are not named. */
  readonly defaults?: GrpcMethodSettings;
  /**
   * Whether shadows carry callers' credentials to the candidate. By default calls that have any are
   * not compared, and counted.
   */
  readonly shadowsCarryCredentials?: boolean;
  /** Trailers that are not compared; `x-*` means all that begin so. */
  readonly ignoredTrailers?: readonly string[];
  /** The metadata in which a call names its entity, so that the entity stays on one side. */
  readonly keyHeader?: string;
  /** The metadata in which a side names its build. */
  readonly buildHeader?: string;
  /** The longest message that is passed on, 64 MiB by default. It is not kept. */
  readonly maxMessageBytes?: number;
  /** The longest body that is compared, 1 MiB by default. */
  readonly maxBodyBytes?: number;
  /** Bytes that all bodies kept for comparing may hold together. */
  readonly captureBytesMax?: number;
  /** The longest that any call may take; by default only its caller says. */
  readonly timeoutMsMax?: number;
  /** How long the candidate has for a read that legacy can still answer instead; 1 s by default. */
  readonly candidateTimeoutMs?: number;
  /** How both sides are asked whether they live: every five seconds when left out. */
  readonly health?: GrpcHealthSettings;
  /** Whether answers name their side in `falsework-side`. */
  readonly namesSide?: boolean;
  /** The plane of a guard that has one already; the rest of this block is then not looked at. */
  readonly plane?: Plane;
  readonly link?: ControlLink;
  /** What to route by before control has spoken, or without it. */
  readonly snapshot?: Snapshot;
  /** Share of calls compared while the guard stands alone, 0 to 1; a tenth when left out. */
  readonly sample?: number;
  /** Asked before the candidate answers a read; see the option of the guard of HTTP. */
  readonly fence?: ReadFence | null;
  readonly system?: Host;
}

/** Alone, reads are compared at the usual rate; with a control that has not spoken, nothing is. */
export function firstSnapshot({ link, snapshot, sample }: GrpcGuardOptions): Snapshot {
  if (snapshot !== undefined) return snapshot;
  if (link !== undefined) return INERT_SNAPSHOT;
  const { shadow } = DEFAULT_POLICY;
  return { ...STANDALONE_SNAPSHOT, shadow: { ...shadow, sample: sample ?? shadow.sample } };
}

/** The limits of callers with nothing left open. */
export function limitsOf({ limits = {} }: GrpcGuardOptions): Limits {
  const given = Object.entries(limits).filter(([, value]) => value !== undefined);
  return { ...DEFAULT_LIMITS, ...Object.fromEntries(given) };
}

/**
 * Both sides with nothing left open. The candidate gets no internal metadata unless its own lists
 * say so. Throws FW_GUARD_TLS and FW_GUARD_OPTION, for the limits too.
 */
export function sidesOf(
  { sides = {} }: GrpcGuardOptions,
  limits: Limits,
): Readonly<Record<Side, SideOptions>> {
  const { legacy, candidate } = sides;
  const headers = candidate?.headers ?? { deny: INTERNAL_HEADERS };
  const options = {
    legacy: sideOptions(legacy, limits),
    candidate: sideOptions({ ...candidate, headers }, limits),
  };
  checkLimits(limits, options);
  return options;
}

/** Throws FW_GUARD_SIDES_EQUAL, and FW_GUARD_LOOP where the guard would call itself. */
export function checkPlaces(
  { host, port }: { host: string; port: number },
  sides: GrpcSides,
): void {
  const [legacy, candidate] = [sides.legacy, sides.candidate].map(({ origin }) =>
    grpcOrigin('legacy', origin),
  ) as [string, string];
  if (placeOf(legacy) === placeOf(candidate)) {
    throw fault('FW_GUARD_SIDES_EQUAL', { origin: sides.legacy.origin });
  }
  checkLoop({ legacy, candidate, host, port });
}

// The longest delay that a timer can have, and the longest message that gRPC's prefix can say.
const TIMER_MAX = 2 ** 31 - 1;
const MESSAGE_BYTES_MAX = 2 ** 32 - 1;

/** Throws FW_GRPC_OPTION for a number that makes no sense. */
export function checkNumbers(options: GrpcGuardOptions): void {
  const { port, maxMessageBytes, maxBodyBytes, captureBytesMax, health } = options;
  checkWhole('port', port, 0, 65_535);
  checkWhole('maxMessageBytes', maxMessageBytes, 1, MESSAGE_BYTES_MAX);
  checkWhole('maxBodyBytes', maxBodyBytes, 1, MESSAGE_BYTES_MAX);
  checkWhole('captureBytesMax', captureBytesMax, 1, Number.MAX_SAFE_INTEGER);
  checkWhole('timeoutMsMax', options.timeoutMsMax, 1, TIMER_MAX);
  checkWhole('candidateTimeoutMs', options.candidateTimeoutMs, 1, TIMER_MAX);
  checkWhole('health.intervalMs', health?.intervalMs, 1, TIMER_MAX);
  checkWhole('health.timeoutMs', health?.timeoutMs, 1, TIMER_MAX);
  const { sample = 0 } = options;
  if (sample >= 0 && sample <= 1) return;
  const expected = 'a number from 0 to 1';
  throw fault('FW_GRPC_OPTION', { option: 'sample', got: String(sample), expected });
}

function checkWhole(option: string, value: number | undefined, low: number, high: number): void {
  if (value === undefined || (Number.isInteger(value) && value >= low && value <= high)) return;
  const expected = `a whole number from ${low} to ${high}`;
  throw fault('FW_GRPC_OPTION', { option, got: String(value), expected });
}
