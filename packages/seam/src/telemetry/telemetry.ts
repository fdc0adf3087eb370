import type { Verdict } from '@falsework/core/evidence';
import type { Side } from '@falsework/core/routing';

/** A side of a seam at work. */
export interface SideAtWork {
  readonly seam: string;
  readonly side: Side;
}

/**
 * Where seams tell what they do as it happens. Asked for watched calls only: one that goes straight
 * to legacy knows nothing of it. What a method throws is counted as a fault and kept from callers.
 */
export interface Telemetry<Link = unknown> {
  /**
   * A side begins to serve a call; called within the request's context. What it gives back, such as
   * the identity of the request's span, is handed to the shadow runs of this call.
   */
  served(work: SideAtWork): Link | null;
  /** A side is about to be run in the shadow of a call. */
  shadow(work: SideAtWork, link: Link | null): ShadowSpan;
  /**
   * True where the code that runs now is telemetry's own, such as an exporter that a span of a
   * shadow run has set off: its calls out of the process are not the run's.
   */
  isAtWork?(): boolean;
}

/** One shadow run, as telemetry follows it. */
export interface ShadowSpan {
  /** Calls `body`, so that what it does belongs to this run. */
  within<Result>(body: () => Result): Result;
  /** The run has answered, or failed. Not called for one that was left behind. */
  ended(): void;
  /** The call was judged: the last that is said of the run. */
  judged(verdict: Verdict): void;
}

/** What the process tells, if anything. Read when a call is watched, so it may be set later. */
export const attached: { telemetry: Telemetry | null } = { telemetry: null };

/**
 * Has every seam of this process tell what it does. `null` ends it.
 *
 * ```ts
 * import { attachTelemetry } from '@falsework/seam';
 * import { openTelemetry } from '@falsework/seam/otel';
 *
 * attachTelemetry(openTelemetry());
 * ```
 */
export function attachTelemetry<Link>(telemetry: Telemetry<Link> | null): void {
  attached.telemetry = telemetry as Telemetry | null;
}
