import { type IncomingMessage, ServerResponse } from 'node:http';

/** What must hear of the end of a caller's connection, and of room on it. */
export interface Listening {
  onDrain(): void;
  onClose(): void;
  /** The request has taken as long as it may. Left out by who has not begun to serve it. */
  expire?(): void;
}

// Beyond this the copy costs more than the second write.
const SHORT_BYTES_MAX = 16 * 1024;

function onDrain(this: CallerResponse): void {
  this.listening?.onDrain();
}

function onClose(this: CallerResponse): void {
  this.listening?.onClose();
}

/**
 * The response to a caller. It carries who listens to it, so that the listeners are the same
 * functions for every request, instead of closures for each.
 */
export class CallerResponse extends ServerResponse {
  listening: Listening | null = null;
  #isWaiting = false;

  constructor(request: IncomingMessage) {
    super(request);
    // The sides say when they answered; a second date, or a first one, would be ours.
    this.sendDate = false;
    this.on('close', onClose);
  }

  /** False when the caller takes no more for now; who listens then hears of it when it does. */
  override write(chunk: unknown): boolean {
    const hasRoom = super.write(chunk);
    if (!hasRoom && !this.#isWaiting) {
      this.#isWaiting = true;
      this.on('drain', onDrain);
    }
    return hasRoom;
  }

  /** Calls back when nothing more of the answer will go out. */
  onceOver(over: () => void): void {
    this.once('close', over);
  }

  /**
   * Ends the answer, with the whole of a short body or none. Node puts a string behind the head and
   * writes both at once; bytes it would write beside it. In Latin-1 each byte is one character.
   */
  override end(body?: unknown): this {
    if (!Buffer.isBuffer(body)) return super.end(body);
    return body.length > SHORT_BYTES_MAX
      ? super.end(body)
      : super.end(body.toString('latin1'), 'latin1');
  }
}
