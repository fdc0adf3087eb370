import type { Side } from '@falsework/core/routing';
import type { Dispatcher } from 'undici';
import type { CallerAnswer, CallerRequest } from '../http/caller.ts';

/** A request that is about to be sent to a side. */
export interface Sending {
  /** What it is sent for: `serving` and `repeating` for a caller, `shadowing`, or `feeding`. */
  readonly purpose: 'serving' | 'repeating' | 'shadowing' | 'feeding';
  readonly side: Side;
  /** The route's seam; `null` for writes that the guard itself sends. */
  readonly seam: string | null;
  readonly origin: string;
  /** Its headers are names and values in turn, and may be replaced. */
  readonly options: Dispatcher.DispatchOptions;
}

/** Where a guard tells of its requests as they happen. Nothing here may throw. */
export interface GuardTracer {
  /**
   * A caller's request has come in. Its headers may be rewritten: whatever is sent because of it,
   * now, in its shadow or out of the journal, carries what stands in them.
   */
  arrived(request: CallerRequest, response: CallerAnswer): void;
  /** A request goes to a side. Gives the handler that hears how it ends, and hands that on. */
  sent(sending: Sending, handler: Dispatcher.DispatchHandler): Dispatcher.DispatchHandler;
}

/** What this process tells, if anything. Guards pay one comparison for asking. */
export const tracing: { tracer: GuardTracer | null } = { tracer: null };

/** What takes requests, telling of them first where anybody listens. */
export function traced<Request extends CallerRequest, Response extends CallerAnswer>(
  take: (request: Request, response: Response) => void,
): (request: Request, response: Response) => void {
  return (request, response) => {
    if (tracing.tracer !== null) tracing.tracer.arrived(request, response);
    take(request, response);
  };
}
