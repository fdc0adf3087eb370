import type { Rule } from '@falsework/core/compare';
import type { ControlLink } from '@falsework/core/ports';
import type { ReadFence, Side, Snapshot } from '@falsework/core/routing';
import type { Host } from '@falsework/seam/engine';
import type { TlsSettings } from '../http/certificate.ts';
import type { TrustedForwarding } from '../http/forwarding.ts';
import type { KeySource } from '../routes/key-source.ts';
import type { RouteSettings } from '../routes/route-settings.ts';
import type { HealthSettings } from '../sides/health-checks.ts';
import type { SideSettings } from '../sides/side-settings.ts';
import type { WriteSettings } from '../writes/write-settings.ts';
import type { Limits } from './limits.ts';

/**
 * How to run a guard. Two origins and a port are enough; the rest is in the shape that the
 * configuration gives it, so that its guard settings can be handed over as they are.
 */
export interface GuardOptions {
  /**
   * Origins, such as `http://orders-v1:8080`: http or https, no path, no credentials; or
   * `unix:/run/orders.sock`.
   */
  readonly legacy: string;
  readonly candidate: string;
  /** 0 takes any free port. */
  readonly port: number;
  /**
   * The address to listen on; loopback unless said otherwise. `unix:/run/guard.sock` is a socket in
   * the file system, and the port is then not looked at.
   */
  readonly host?: string;
  /** With it callers speak TLS. The files are looked at again while the guard runs. */
  readonly tls?: TlsSettings | null;
  /** How each side is reached, and what it gets. */
  readonly sides?: Partial<Readonly<Record<Side, SideSettings>>>;
  /**
   * Whether shadows carry what callers prove themselves with (`Authorization`, `Cookie`, API keys)
   * to the candidate. By default such requests are not compared, and counted.
   */
  readonly shadowsCarryCredentials?: boolean;
  /**
   * Whose `X-Forwarded-…` and `Forwarded` are believed and added to; what others say of that kind is
   * replaced. `private` by default: callers on this machine and in private networks.
   */
  readonly forwarded?: TrustedForwarding;
  /** What callers may take up, where it is not the default. */
  readonly limits?: Partial<Limits>;
  /** Where a request names its entity, so that the entity stays on one side. */
  readonly key?: KeySource | null;
  readonly health?: HealthSettings;
  /** The response header in which a side names its build. */
  readonly buildHeader?: string;
  readonly routes?: readonly RouteSettings[];
  /** The rules of routes that are not declared. */
  readonly compare?: readonly Rule[];
  /**
   * What is taken out of answers before they are kept, beside what looks like a secret: JSONPaths
   * of the body, and names of members. For routes that are not declared.
   */
  readonly redact?: readonly string[];
  /** Names of compared response headers. */
  readonly headers?: readonly string[];
  /** The longest body that is compared. */
  readonly maxBodyBytes?: number;
  /** The way to control. Without one the guard stands alone: legacy serves, reads are compared. */
  readonly link?: ControlLink;
  /** What to route by before control has spoken, or without it. */
  readonly snapshot?: Snapshot;
  /** Share of reads compared while the guard stands alone, 0 to 1. */
  readonly sample?: number;
  /** How long the candidate has for a read that legacy can still answer instead. */
  readonly candidateTimeoutMs?: number;
  /** Bytes that all answers kept for comparing may hold together. */
  readonly captureBytesMax?: number;
  /**
   * Whether answers name their side in `Falsework-Side`; by default when there is a migration: with
   * a link.
   */
  readonly namesSide?: boolean;
  /** Where and how writes are kept that are followed; needed where a route follows. */
  readonly writes?: WriteSettings | null;
  /**
   * Asked before the candidate answers a read, where something else than this guard's writes keeps
   * the candidate's store equal to legacy's: which keys it still lacks a change of. Legacy answers
   * those. Whoever opened its stores closes them, once the guard has stopped.
   */
  readonly fence?: ReadFence | null;
  /** The process to live in: its clock, its randomness, its event loop. */
  readonly system?: Host;
}
