import { Exchange, type Visit } from './exchange.ts';
import { HeldExchange } from './held-exchange.ts';
import { refuseBody } from './refusal.ts';
import { CALLER_GONE, type RequestBody, TOO_LONG } from './request-body.ts';

/**
 * A read with a body, such as a search: the body is taken in first, since legacy needs it should
 * the candidate fail. One that is too large for that goes to the candidate as it streams, and then
 * there is no second way.
 */
export function holdWithBody(visit: Visit, body: RequestBody): void {
  visit.response.listening = {
    onDrain: () => {},
    onClose: () => {
      visit.route.counts.abandoned += 1;
      visit.record?.abandon();
      visit.kept?.release();
    },
  };
  body.collect((failure) => {
    if (failure !== null) {
      visit.record?.abandon();
      visit.kept?.release();
      // Of a caller that left, the listener above has heard.
      if (failure !== CALLER_GONE) refuseBody(visit.response, failure === TOO_LONG);
      return;
    }
    const whole = body.capture?.read() ?? null;
    if (whole === null) {
      new Exchange(visit).send();
      return;
    }
    body.destroy();
    new HeldExchange({ ...visit, body: whole }).send();
  });
}
