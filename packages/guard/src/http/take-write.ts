import { type FalseworkError, fault } from '@falsework/core/errors';
import type { Capture } from '../shadow/capture.ts';
import { type GuardWrites, refusalOf } from '../writes/guard-writes.ts';
import { idempotencyKeyOf } from '../writes/idempotency-key.ts';
import type { RouteWrites } from '../writes/write-settings.ts';
import { Exchange, type Visit } from './exchange.ts';
import { refuseRequest, refuseWrite } from './refusal.ts';
import { CALLER_GONE, type RequestBody, TOO_LONG } from './request-body.ts';
import { WriteExchange } from './write-exchange.ts';

/** A write of a route that is followed, as it comes in. */
export interface IncomingWrite {
  readonly visit: Visit;
  readonly body: RequestBody | null;
  /** The entity that it changes; `null` when it names none. */
  readonly key: string | null;
  readonly promises: RouteWrites;
}

/**
 * Takes a write: gives it its idempotency key, waits for its body, journals it, and only then sends
 * it to the authority.
 */
export function takeWrite(
  { visit, body, key, promises }: IncomingWrite,
  writes: GuardWrites,
): void {
  const { response, headers } = visit;
  const reading = idempotencyKeyOf(headers, writes.keyPorts);
  if (!reading.ok) {
    body?.destroy();
    body?.capture?.release();
    refuseRequest(response, reading.because);
    return;
  }
  const kept = body?.capture ?? null;
  const keyed: Visit = { ...visit, headers: reading.headers, body, kept };
  if (visit.side === 'candidate') {
    sendToCandidate(keyed, key, writes);
    return;
  }
  const caller = new WaitingCaller(visit, kept);
  /** Never rejects. */
  const begin = async (whole: Buffer): Promise<void> => {
    const { name } = visit.route.spec;
    try {
      const ticket = await writes.begin({
        route: name,
        key,
        idempotencyKey: reading.key,
        canReplay: promises.isIdempotent,
        method: visit.request.method as string,
        path: visit.request.url as string,
        headers: reading.headers,
        body: whole,
      });
      const sent = { ...keyed, body: body === null ? null : whole };
      if (caller.isGone) await ticket.failed({ isSent: false });
      else new WriteExchange(sent, ticket, writes.dialect.learnsFrom(name)).send();
    } catch (error) {
      caller.refuse(refusalOf(error));
    }
  };
  if (body === null) void begin(NOTHING);
  else collect(body, caller, (whole) => void begin(whole));
}

const NOTHING = Buffer.alloc(0);

/**
 * The candidate decides, as it does once the stores have been switched. Nothing is journaled then:
 * the way back is fed from the candidate's store. But nothing may overtake what legacy's store has
 * and the candidate's has not.
 */
function sendToCandidate(visit: Visit, key: string | null, writes: GuardWrites): void {
  if (!writes.isBehind(key)) {
    new Exchange(visit).send();
    return;
  }
  if (visit.body !== null && 'destroy' in visit.body) visit.body.destroy();
  visit.kept?.release();
  refuseWrite(visit.response, fault('FW_WRITE_KEY_BUSY', { waitedMs: 0 }));
}

/** A caller whose write has not been sent yet. */
class WaitingCaller {
  readonly #visit: Visit;
  readonly #capture: Capture | null;
  #isGone = false;

  constructor(visit: Visit, capture: Capture | null) {
    this.#visit = visit;
    this.#capture = capture;
    visit.response.listening = {
      onDrain: () => {},
      onClose: () => {
        this.#isGone = true;
        visit.route.counts.abandoned += 1;
        capture?.release();
      },
    };
  }

  get isGone(): boolean {
    return this.#isGone;
  }

  /** Tells it why its write was not sent, unless it has left. */
  refuse(error: FalseworkError): void {
    this.#capture?.release();
    // From here on its connection may be closed without anybody having left.
    this.#visit.response.listening = null;
    if (!this.#isGone) refuseWrite(this.#visit.response, error);
  }
}

function collect(body: RequestBody, caller: WaitingCaller, then: (whole: Buffer) => void): void {
  const { capture } = body;
  body.collect((failure) => {
    const whole = failure === null ? (capture?.read() ?? null) : null;
    body.destroy();
    if (whole !== null) then(whole);
    // Of a caller that left we have heard already.
    else if (failure !== CALLER_GONE) caller.refuse(whyNot(failure, capture));
  });
}

function whyNot(failure: Error | null, capture: Capture | null): FalseworkError {
  if (failure === TOO_LONG) return fault('FW_GUARD_BODY_LONG', {});
  if (failure !== null) return fault('FW_GUARD_BODY_SLOW', {});
  const isTooLong = capture?.overflow === 'too-large';
  return fault(isTooLong ? 'FW_WRITE_BODY_LONG' : 'FW_GUARD_BUSY', {});
}
