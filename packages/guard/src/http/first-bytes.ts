import type { Socket } from 'node:net';
import type { Cancel, Clock } from '@falsework/core/ports';

/** How HTTP/2 begins where nobody has agreed on it before: RFC 9113, section 3.4. */
const PREFACE = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');
const FIRST_OF_PREFACE = PREFACE[0] as number;
// How often connections that say nothing are looked for; they may stay that much longer.
const LOOK_EVERY_MS = 1_000;

/** Who goes on with a connection, and is then given everything that has been received. */
export interface Speakers {
  readonly http1: (socket: Socket) => void;
  readonly http2: (socket: Socket) => void;
}

interface Waiting {
  readonly sinceMs: number;
  /** What has come of the preface. */
  preface: Buffer | null;
}

/**
 * Tells by the first bytes of a connection what it speaks. It costs a connection some microseconds
 * and its requests none; that is why it has no timer, and no function of its own, for each.
 */
export class FirstBytes {
  readonly #clock: Clock;
  readonly #withinMs: number;
  readonly #speakers: Speakers;
  readonly #waiting = new Map<Socket, Waiting>();
  #cancel: Cancel | null = null;

  /** A connection that says nothing for `withinMs` is closed. */
  constructor(clock: Clock, withinMs: number, speakers: Speakers) {
    this.#clock = clock;
    this.#withinMs = withinMs;
    this.#speakers = speakers;
    const waiting = this.#waiting;
    const onData = this.#onData.bind(this);
    this.#handlers = {
      data(this: Socket, chunk) {
        onData(this, chunk);
      },
      close(this: Socket) {
        waiting.delete(this);
      },
      end(this: Socket) {
        if (waiting.has(this)) this.destroy();
      },
      // A connection that breaks is closed too.
      error() {},
    };
  }

  /** Takes a new connection. */
  read(socket: Socket): void {
    const { data, close, end, error } = this.#handlers;
    this.#waiting.set(socket, { sinceMs: this.#clock.monotonicMs(), preface: null });
    this.#cancel ??= this.#clock.after(LOOK_EVERY_MS, this.#look);
    socket.on('data', data);
    socket.on('close', close);
    socket.on('end', end);
    socket.on('error', error);
  }

  /** Closes the connections that have said nothing yet. */
  destroy(): void {
    this.#cancel?.();
    for (const socket of this.#waiting.keys()) socket.destroy();
  }

  readonly #handlers: {
    readonly data: (this: Socket, chunk: Buffer) => void;
    readonly close: (this: Socket) => void;
    readonly end: (this: Socket) => void;
    readonly error: () => void;
  };

  #onData(socket: Socket, chunk: Buffer): void {
    // Nearly every connection is told by its first byte.
    if (chunk[0] !== FIRST_OF_PREFACE && this.#waiting.get(socket)?.preface === null) {
      this.#goOn(socket, chunk, 'http1');
      return;
    }
    const waiting = this.#waiting.get(socket);
    if (waiting === undefined) return;
    const received = waiting.preface === null ? chunk : Buffer.concat([waiting.preface, chunk]);
    const length = Math.min(received.length, PREFACE.length);
    const isSame = received.compare(PREFACE, 0, length, 0, length) === 0;
    waiting.preface = received;
    if (isSame && length < PREFACE.length) return;
    this.#goOn(socket, received, isSame ? 'http2' : 'http1');
  }

  #goOn(socket: Socket, received: Buffer, version: keyof Speakers): void {
    this.#waiting.delete(socket);
    socket.off('data', this.#handlers.data);
    if (version === 'http1') {
      this.#speakers.http1(socket);
      // To whoever listens now. Putting it back, to be read again, costs twice as much.
      socket.emit('data', received);
      return;
    }
    // HTTP/2 reads what has come so far by itself; flowing, it would be lost.
    socket.pause();
    socket.unshift(received);
    this.#speakers.http2(socket);
  }

  readonly #look = (): void => {
    const beforeMs = this.#clock.monotonicMs() - this.#withinMs;
    for (const [socket, { sinceMs }] of this.#waiting) if (sinceMs < beforeMs) socket.destroy();
    this.#cancel = this.#waiting.size > 0 ? this.#clock.after(LOOK_EVERY_MS, this.#look) : null;
  };
}
