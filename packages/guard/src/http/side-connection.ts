import type { IncomingHttpHeaders } from 'node:http';
import type { Socket } from 'node:net';
import { type Dispatcher, errors } from 'undici';
import { type AnswerHead, headersByName } from './answer-head.ts';
import { type AnswerListener, AnswerParser } from './answer-parser.ts';
import { readsInto } from './shared-reads.ts';

/** Who hears what becomes of a connection. */
export interface ConnectionOwner {
  /** It can take another request. */
  onFree(connection: SideConnection): void;
  onClose(connection: SideConnection): void;
}

// A side that says nothing of it is taken to close after five seconds, as Node does, so we are
// first: a request sent at the moment in which it closes would be lost.
const KEPT_SECONDS = 4;
// How much earlier than announced we let go, and the longest that we hold on.
const MARGIN_SECONDS = 2;
const KEPT_SECONDS_MAX = 600;

const NO_HEADERS: IncomingHttpHeaders = Object.freeze({});

/**
 * A handler that says whether it looks at headers by their names, beyond the content type; one that
 * does not say, does.
 */
export interface NamedHeadersHandler extends Dispatcher.DispatchHandler {
  readonly wantsNames?: boolean;
}

/**
 * One kept connection to a side, with one request at a time. It is also the controller that the
 * handler of the request is given, so that a request costs no object here.
 */
export class SideConnection implements Dispatcher.DispatchController, AnswerListener {
  rawHeaders: string[] | null = null;
  rawTrailers: string[] | null = null;
  reason: Error | null = null;
  readonly #socket: Socket;
  readonly #owner: ConnectionOwner;
  readonly #parser = new AnswerParser(this);
  /** What it reads is overwritten by what is read next. */
  readonly #isShared: boolean;
  #handler: NamedHeadersHandler | null = null;
  #keptSeconds = KEPT_SECONDS;
  #isKept = true;
  /** For its owner: which look of its own at free connections came last before it was free. */
  freeSince = 0;
  #error: Error | null = null;

  constructor(socket: Socket, owner: ConnectionOwner) {
    this.#socket = socket;
    this.#owner = owner;
    this.#isShared = readsInto(socket, (bytes) => this.#read(bytes));
    socket.on('end', () => this.#end());
    socket.on('error', (error) => {
      this.#error ??= error;
    });
    socket.on('close', () => {
      owner.onClose(this);
      this.#fail(this.#error ?? new errors.SocketError('closed'));
    });
  }

  /** How long it may wait for its next request. */
  get keptSeconds(): number {
    return this.#keptSeconds;
  }

  /** True when it can be written to. */
  get isOpen(): boolean {
    return !this.#socket.destroyed && this.#socket.writable;
  }

  get aborted(): boolean {
    return this.reason !== null;
  }

  get paused(): boolean {
    return this.#socket.isPaused();
  }

  /** Sends a request, of which `head` is all that there is. Nothing may be under way. */
  send(head: string, handler: NamedHeadersHandler): void {
    this.#handler = handler;
    handler.onRequestStart?.(this, null);
    // Whoever it was for may have left before there was a connection.
    if (this.#handler === null) return;
    this.#parser.expect();
    this.#socket.write(head, 'latin1');
  }

  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  abort(reason: Error): void {
    this.reason = reason;
    this.destroy(reason);
  }

  destroy(error: Error): void {
    this.#socket.destroy();
    this.#fail(error);
  }

  onHead(head: AnswerHead): void {
    const { status, reason, headers, isKept, keptSeconds } = head;
    this.rawHeaders = headers;
    this.#isKept = isKept;
    if (keptSeconds !== null) this.#keepFor(keptSeconds - MARGIN_SECONDS);
    const handler = this.#handler;
    if (handler === null) return;
    const named = handler.wantsNames === false ? kindOf(head) : headersByName(headers);
    handler.onResponseStart?.(this, status, named, reason);
  }

  onPiece(piece: Buffer): void {
    this.#handler?.onResponseData?.(this, this.#isShared ? Buffer.from(piece) : piece);
  }

  onWhole(trailers: string[]): void {
    const handler = this.#handler;
    this.#handler = null;
    this.rawTrailers = trailers;
    handler?.onResponseEnd?.(this, NO_HEADERS);
    // Nobody reads this any more, whatever the last one who did was waiting for.
    if (this.#socket.isPaused()) this.#socket.resume();
    if (this.#isKept) this.#owner.onFree(this);
    else this.#socket.destroy();
  }

  #keepFor(seconds: number): void {
    if (seconds <= 0) this.#isKept = false;
    this.#keptSeconds = Math.min(seconds, KEPT_SECONDS_MAX);
  }

  #read(bytes: Buffer): void {
    try {
      this.#parser.read(bytes);
    } catch (error) {
      this.destroy(error as Error);
    }
  }

  #end(): void {
    if (!this.#parser.close()) this.destroy(new errors.SocketError('other side closed'));
  }

  #fail(error: Error): void {
    const handler = this.#handler;
    this.#handler = null;
    handler?.onResponseError?.(this, error);
  }
}

function kindOf({ contentType }: AnswerHead): IncomingHttpHeaders {
  return contentType === null ? NO_HEADERS : { 'content-type': contentType };
}
