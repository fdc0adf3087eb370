/** One length-prefixed message as it goes over the wire. */
export interface Frame {
  /** True when it is compressed as `grpc-encoding` says. */
  readonly isCompressed: boolean;
  readonly bytes: Buffer;
}

// One byte for the flag, four for the length.
const PREFIX_BYTES = 5;

/** The messages of a body; `null` when its end is missing. Copies nothing. */
export function framesOf(body: Buffer): readonly Frame[] | null {
  const frames: Frame[] = [];
  let at = 0;
  while (at < body.length) {
    if (body.length - at < PREFIX_BYTES) return null;
    const end = at + PREFIX_BYTES + body.readUInt32BE(at + 1);
    if (end > body.length) return null;
    const bytes = body.subarray(at + PREFIX_BYTES, end);
    frames.push({ isCompressed: (body.readUInt8(at) & 1) === 1, bytes });
    at = end;
  }
  return frames;
}

/** A message as it goes over the wire. */
export function framed(bytes: Uint8Array): Buffer {
  const frame = Buffer.alloc(PREFIX_BYTES + bytes.length);
  frame.writeUInt32BE(bytes.length, 1);
  frame.set(bytes, PREFIX_BYTES);
  return frame;
}

/**
 * Follows the messages of a stream without keeping any of it: it looks at the five bytes in front
 * of each and skips the rest.
 */
export class FrameMeter {
  /** Messages that have begun. */
  count = 0;
  /** The length of the longest one so far. */
  bytesLongest = 0;
  readonly #prefix = Buffer.alloc(PREFIX_BYTES);
  #prefixBytes = 0;
  #bytesLeft = 0;

  add(chunk: Buffer): void {
    let at = 0;
    while (at < chunk.length) {
      if (this.#bytesLeft > 0) {
        const skipped = Math.min(this.#bytesLeft, chunk.length - at);
        this.#bytesLeft -= skipped;
        at += skipped;
        continue;
      }
      const taken = Math.min(PREFIX_BYTES - this.#prefixBytes, chunk.length - at);
      chunk.copy(this.#prefix, this.#prefixBytes, at, at + taken);
      this.#prefixBytes += taken;
      at += taken;
      if (this.#prefixBytes === PREFIX_BYTES) this.#begin();
    }
  }

  #begin(): void {
    this.#prefixBytes = 0;
    this.#bytesLeft = this.#prefix.readUInt32BE(1);
    this.count += 1;
    this.bytesLongest = Math.max(this.bytesLongest, this.#bytesLeft);
  }
}

/** Takes a stream apart into its messages, one after the other. Keeps at most one message. */
export class FrameReader {
  #rest: Buffer = Buffer.alloc(0);

  /** True when nothing of a message is left over. */
  get isEmpty(): boolean {
    return this.#rest.length === 0;
  }

  /** The messages that are complete with this piece. */
  add(chunk: Buffer): readonly Frame[] {
    this.#rest = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    let end = 0;
    while (this.#rest.length - end >= PREFIX_BYTES) {
      const next = end + PREFIX_BYTES + this.#rest.readUInt32BE(end + 1);
      if (next > this.#rest.length) break;
      end = next;
    }
    const whole = this.#rest.subarray(0, end);
    this.#rest = this.#rest.subarray(end);
    return framesOf(whole) ?? [];
  }
}
