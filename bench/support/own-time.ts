// How long a guard itself is busy with a request: from when it has the request's head until legacy
// has been written to, and from when legacy's answer begins to arrive until all of it is written to
// the caller. Told by what Node says of requests, and by the sockets to legacy, so that nothing in
// the guard has to take part. Not in it: waiting for legacy, and for the process to get to it.
import { type Channel, subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { IncomingMessage } from 'node:http';
import { createRequire, syncBuiltinESMExports } from 'node:module';
import type { OnReadOpts, Socket, TcpNetConnectOpts } from 'node:net';

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
  #isOn = false;
  #taken: number[] = [];
  #ofCaller = new WeakMap<object, Times>();
  /** By target: of two for the same one, the first that came is the first that is sent. */
  readonly #unsent = new Map<string, Times[]>();
  readonly #ofSocket = new WeakMap<Socket, Times>();
  readonly #listeners: Readonly<Record<string, Listener>> = {
    'http.server.request.start': (message) => {
      this.#began((message as { request: IncomingMessage }).request);
    },
    'http.server.response.finish': (message) => {
      this.#finished((message as { request: IncomingMessage }).request);
    },
  };

  /** Must be made before any connection to `legacyPort` is. */
  constructor(legacyPort: number) {
    const net = createRequire(import.meta.url)('node:net') as {
      connect: (options: TcpNetConnectOpts) => Socket;
    };
    const { connect } = net;
    net.connect = (options) =>
      Number(options.port) === legacyPort ? this.#watched(connect, options) : connect(options);
    syncBuiltinESMExports();
  }

  begin(): void {
    this.#taken = [];
    this.#isOn = true;
    for (const [name, listener] of Object.entries(this.#listeners)) subscribe(name, listener);
  }

  /** Returns the times taken, in microseconds. */
  end(): number[] {
    this.#isOn = false;
    for (const [name, listener] of Object.entries(this.#listeners)) unsubscribe(name, listener);
    this.#ofCaller = new WeakMap();
    this.#unsent.clear();
    return this.#taken;
  }

  #watched(connect: (options: TcpNetConnectOpts) => Socket, options: TcpNetConnectOpts): Socket {
    const { onread } = options;
    if (onread === undefined) return connect(options);
    const arrived = (at: Socket): void => this.#arrived(at);
    const callback: OnReadOpts['callback'] = function (this: Socket, count, buffer) {
      arrived(this);
      return onread.callback.call(this, count, buffer);
    };
    const socket = connect({ ...options, onread: { ...onread, callback } });
    const write = socket.write.bind(socket) as (data: string, encoding: BufferEncoding) => boolean;
    socket.write = ((data: string, encoding: BufferEncoding) => {
      const hasRoom = write(data, encoding);
      this.#sent(socket, data);
      return hasRoom;
    }) as Socket['write'];
    return socket;
  }

  #began(request: IncomingMessage): void {
    const times = { beganMs: performance.now(), sentMs: 0, answeredMs: 0 };
    const target = request.url ?? '';
    const unsent = this.#unsent.get(target);
    if (unsent === undefined) this.#unsent.set(target, [times]);
    else unsent.push(times);
    this.#ofCaller.set(request, times);
  }

  #sent(socket: Socket, head: string): void {
    if (!this.#isOn) return;
    const target = head.slice(head.indexOf(' ') + 1, head.indexOf(' ', head.indexOf(' ') + 1));
    const times = this.#unsent.get(target)?.shift();
    if (times === undefined) return;
    times.sentMs = performance.now();
    this.#ofSocket.set(socket, times);
  }

  #arrived(socket: Socket): void {
    if (!this.#isOn) return;
    const times = this.#ofSocket.get(socket);
    if (times !== undefined && times.answeredMs === 0) times.answeredMs = performance.now();
  }

  #finished(request: IncomingMessage): void {
    const times = this.#ofCaller.get(request);
    if (times === undefined || times.answeredMs === 0) return;
    const ownMs = times.sentMs - times.beganMs + (performance.now() - times.answeredMs);
    this.#taken.push(ownMs * US_PER_MS);
  }
}
