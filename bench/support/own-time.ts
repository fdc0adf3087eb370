// How long a guard itself is busy with a request: from when it has the request's head until the side
// has been written to, and from when it has the head of the side's answer until all of that is
// written to the caller. Told by what Node and undici publish about themselves, so that nothing in
// the guard has to take part. Not in it: waiting for the side, and for the process to get to it.
import { type Channel, subscribe, unsubscribe } from 'node:diagnostics_channel';

type Listener = Parameters<Channel['subscribe']>[0];

const US_PER_MS = 1_000;

/** One request under way. */
interface Times {
  readonly beganMs: number;
  sentMs: number;
  answeredMs: number;
}

/** Takes the own time of every request that a process passes on while it is asked to. */
export class OwnTime {
  #taken: number[] = [];
  readonly #ofCaller = new WeakMap<object, Times>();
  readonly #ofSide = new WeakMap<object, Times>();
  // A request is sent on in the turn in which it came: what is sent next belongs to it.
  #last: Times | null = null;
  readonly #listeners: Readonly<Record<string, Listener>> = {
    'http.server.request.start': (message) => this.#began(message as { request: object }),
    'undici:request:create': (message) => this.#created(message as { request: object }),
    'undici:client:sendHeaders': (message) => this.#sent(message as { request: object }),
    'undici:request:headers': (message) => this.#answered(message as { request: object }),
    'http.server.response.finish': (message) => this.#finished(message as { request: object }),
  };

  begin(): void {
    this.#taken = [];
    for (const [name, listener] of Object.entries(this.#listeners)) subscribe(name, listener);
  }

  /** Returns the times taken, in microseconds. */
  end(): number[] {
    for (const [name, listener] of Object.entries(this.#listeners)) unsubscribe(name, listener);
    return this.#taken;
  }

  #began({ request }: { readonly request: object }): void {
    this.#last = { beganMs: performance.now(), sentMs: 0, answeredMs: 0 };
    this.#ofCaller.set(request, this.#last);
  }

  #created({ request }: { readonly request: object }): void {
    if (this.#last !== null) this.#ofSide.set(request, this.#last);
    // A shadow that is sent after it is not what the caller waits for.
    this.#last = null;
  }

  #sent({ request }: { readonly request: object }): void {
    const times = this.#ofSide.get(request);
    if (times !== undefined) times.sentMs = performance.now();
  }

  #answered({ request }: { readonly request: object }): void {
    const times = this.#ofSide.get(request);
    if (times !== undefined) times.answeredMs = performance.now();
  }

  #finished({ request }: { readonly request: object }): void {
    const times = this.#ofCaller.get(request);
    if (times === undefined || times.answeredMs === 0) return;
    const ownMs = times.sentMs - times.beganMs + (performance.now() - times.answeredMs);
    this.#taken.push(ownMs * US_PER_MS);
  }
}
