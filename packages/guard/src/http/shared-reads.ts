import type { OnReadOpts, Socket } from 'node:net';
import { TLSSocket } from 'node:tls';

/** How a socket is made, beyond where it goes. */
export interface SocketSettings {
  readonly onread?: OnReadOpts;
}

/** Where a socket keeps whoever reads from it. */
const READER = Symbol('falsework.reader');

interface ReadSocket extends Socket {
  [READER]?: (bytes: Buffer) => void;
}

// As much as Node reads at once.
const READ_BYTES_MAX = 64 * 1024;

/**
 * Sockets that all read into one and the same place, one after the other: what was read is gone
 * once the next one reads. Node would otherwise take 64 KiB from the system for every read, and
 * give back what an answer did not need.
 */
const SHARED_READS: SocketSettings = Object.freeze({
  onread: {
    buffer: Buffer.allocUnsafeSlow(READ_BYTES_MAX),
    callback(this: ReadSocket, count: number, buffer: Uint8Array): boolean {
      this[READER]?.((buffer as Buffer).subarray(0, count));
      return true;
    },
  },
});

/** How sockets to an address are to read. What TLS decrypts comes in buffers of its own. */
export function readsOf(url: string): SocketSettings {
  return url.startsWith('https:') ? {} : SHARED_READS;
}

/**
 * Hands what a socket receives to `read`. True when the bytes are overwritten afterwards; under TLS
 * they are not.
 */
export function readsInto(socket: Socket, read: (bytes: Buffer) => void): boolean {
  if (socket instanceof TLSSocket) {
    socket.on('data', read);
    return false;
  }
  (socket as ReadSocket)[READER] = read;
  return true;
}
