import type { Dispatcher } from 'undici';
import { type buildConnector, errors } from 'undici';
import { type PlainRequest, requestText } from './request-text.ts';
import {
  type ConnectionOwner,
  type NamedHeadersHandler,
  SideConnection,
} from './side-connection.ts';

const LOOK_EVERY_MS = 1_000;

type Handler = NamedHeadersHandler;

interface Waiting {
  readonly text: string;
  readonly handler: Handler;
}

/**
 * The kept connections to one side, for requests to read without a body, which are most of what
 * passes a guard. undici, which takes all others, is made for any request of any client, and does
 * much for each that these do not need (docs/decisions/0010).
 *
 * A connection is given its next request only after everything that has arrived by then was read:
 * bytes that nobody asked for, which would otherwise be taken for the answer, end it before.
 */
export class SideConnections implements ConnectionOwner {
  readonly #connect: buildConnector.connector;
  readonly #url: URL;
  readonly #open = new Set<SideConnection>();
  readonly #connecting = new Set<Handler>();
  /** The one used last is used next, so that those beyond the need run out of time. */
  readonly #free: SideConnection[] = [];
  // Connections grow old by looks, one a second: a timer, or only a clock read, for each request
  // would cost more than all else that is done to keep them.
  #looks = 0;
  #timer: NodeJS.Timeout | null = null;
  #waiting: Waiting[] = [];
  #isClosing = false;
  #closed: () => void = () => {};

  constructor(url: string, connect: buildConnector.connector) {
    this.#url = new URL(url);
    this.#connect = connect;
  }

  /** Sends a request. Whatever becomes of it, also that it cannot be sent, is told to `handler`. */
  send(request: PlainRequest, handler: Handler): void {
    let text: string;
    try {
      if (this.#isClosing) throw new errors.ClientDestroyedError();
      text = requestText(request, this.#url.host);
    } catch (error) {
      handler.onResponseError?.(NONE, error as Error);
      return;
    }
    if (this.#waiting.length === 0) setImmediate(this.#sendWaiting);
    this.#waiting.push({ text, handler });
  }

  /** Closes each connection once nothing is under way on it. Takes no further requests. */
  close(): Promise<void> {
    this.#isClosing = true;
    for (const connection of this.#free.splice(0))
      connection.destroy(new errors.ClientClosedError());
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#closed = resolve;
    this.#noteClosed();
    return promise;
  }

  /** Breaks off whatever is under way and closes all connections. */
  destroy(): void {
    this.#isClosing = true;
    const error = new errors.ClientDestroyedError();
    for (const { handler } of this.#waiting.splice(0)) handler.onResponseError?.(NONE, error);
    for (const handler of this.#connecting) handler.onResponseError?.(NONE, error);
    this.#connecting.clear();
    for (const connection of this.#open) connection.destroy(error);
    this.#noteClosed();
  }

  onFree(connection: SideConnection): void {
    if (this.#isClosing) connection.destroy(new errors.ClientClosedError());
    else {
      connection.freeSince = this.#looks;
      this.#free.push(connection);
      this.#timer ??= setInterval(this.#look, LOOK_EVERY_MS).unref();
    }
  }

  onClose(connection: SideConnection): void {
    this.#open.delete(connection);
    // It may have waited for its next request; a list of those that are gone would only grow.
    const at = this.#free.indexOf(connection);
    if (at !== -1) this.#free.splice(at, 1);
    this.#noteClosed();
  }

  readonly #look = (): void => {
    this.#looks += 1;
    const old = this.#free.filter((each) => this.#looks - each.freeSince >= each.keptSeconds);
    for (const connection of old) connection.destroy(new errors.InformationalError('idle'));
    if (this.#open.size === 0) this.#stopLooking();
  };

  #stopLooking(): void {
    if (this.#timer !== null) clearInterval(this.#timer);
    this.#timer = null;
  }

  #noteClosed(): void {
    const { size } = this.#open;
    if (this.#isClosing && size + this.#connecting.size + this.#waiting.length === 0) {
      this.#stopLooking();
      this.#closed();
    }
  }

  readonly #sendWaiting = (): void => {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const { text, handler } of waiting) {
      const connection = this.#takeFree();
      if (connection === null) this.#connectFor(text, handler);
      else connection.send(text, handler);
    }
  };

  #takeFree(): SideConnection | null {
    for (;;) {
      const connection = this.#free.pop();
      if (connection === undefined) return null;
      if (connection.isOpen) return connection;
    }
  }

  #connectFor(text: string, handler: Handler): void {
    const { host, protocol, port, hostname } = this.#url;
    this.#connecting.add(handler);
    const to = { host, protocol, port, hostname: hostname.replace(/^\[(.*)\]$/, '$1') };
    this.#connect(to, (error, socket) => {
      const isWanted = this.#connecting.delete(handler);
      if (error !== null) {
        if (isWanted) handler.onResponseError?.(NONE, error);
        this.#noteClosed();
        return;
      }
      if (!isWanted) {
        socket.destroy();
        return;
      }
      const connection = new SideConnection(socket, this);
      this.#open.add(connection);
      connection.send(text, handler);
    });
  }
}

// undici, too, has no controller to give before there is a connection.
const NONE = null as unknown as Dispatcher.DispatchController;
