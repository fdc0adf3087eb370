import type { Clock } from '@falsework/core/ports';
import type { LoadBook } from '@falsework/seam/plane';

// As seams do: reading the clock twice for every request would be a good part of what is measured.
const TIMED_EACH = 16;

/**
 * Measures what the guard itself adds on the way in: from a request's head to the moment at which
 * it is handed to its side. All of it is one turn of the event loop, so no waiting is in it.
 */
export class OwnTime {
  readonly #clock: Clock;
  readonly #load: LoadBook;
  #seen = 0;

  constructor(clock: Clock, load: LoadBook) {
    this.#clock = clock;
    this.#load = load;
  }

  /** What takes requests, timed. Made once, so that a request costs no object. */
  around<Request, Response>(
    take: (request: Request, response: Response) => void,
  ): (request: Request, response: Response) => void {
    return (request, response) => {
      this.#seen = (this.#seen + 1) % TIMED_EACH;
      if (this.#seen !== 1) {
        take(request, response);
        return;
      }
      const beganMs = this.#clock.monotonicMs();
      take(request, response);
      this.#load.noteOwnMs(this.#clock.monotonicMs() - beganMs);
    };
  }
}
