/** Bytes that all captures together may hold. Shared by the whole guard. */
export class CaptureBudget {
  readonly #bytesMax: number;
  #bytes = 0;

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
  }

  /** Bytes held now. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Takes room for `bytes` more; false, and nothing taken, when there is none. */
  take(bytes: number): boolean {
    if (this.#bytes + bytes > this.#bytesMax) return false;
    this.#bytes += bytes;
    return true;
  }

  give(bytes: number): void {
    this.#bytes -= bytes;
  }
}

/** Why a body was not kept whole: it is longer than one may be, or all of them together are. */
export type Overflow = 'too-large' | 'no-room';

/**
 * One body, kept while it streams by. The chunks themselves are kept, not copies; what does not fit
 * is given up as a whole, because half a body proves nothing.
 */
export class Capture {
  readonly #budget: CaptureBudget;
  readonly #bytesMax: number;
  #chunks: Buffer[] = [];
  #bytes = 0;
  #overflow: Overflow | null = null;
  #isReleased = false;

  constructor(budget: CaptureBudget, bytesMax: number) {
    this.#budget = budget;
    this.#bytesMax = bytesMax;
  }

  /** Why the body is not kept; `null` as long as it is. */
  get overflow(): Overflow | null {
    return this.#overflow;
  }

  add(chunk: Buffer): void {
    // A run that was left behind may go on to receive after its record is closed.
    if (this.#overflow !== null || this.#isReleased) return;
    if (this.#bytes + chunk.length > this.#bytesMax) this.#giveUp('too-large');
    else if (!this.#budget.take(chunk.length)) this.#giveUp('no-room');
    else {
      this.#chunks.push(chunk);
      this.#bytes += chunk.length;
    }
  }

  /**
   * The body so far; `null` when it was given up. Costs a copy when it came in several chunks,
   * once.
   */
  read(): Buffer | null {
    if (this.#overflow !== null) return null;
    const [only, ...others] = this.#chunks;
    if (others.length > 0) this.#chunks = [Buffer.concat(this.#chunks, this.#bytes)];
    else if (only === undefined) return EMPTY;
    return this.#chunks[0] as Buffer;
  }

  /** Gives the room back. Nothing is kept from then on; calling it again does nothing. */
  release(): void {
    this.#isReleased = true;
    this.#chunks = [];
    this.#budget.give(this.#bytes);
    this.#bytes = 0;
  }

  #giveUp(because: Overflow): void {
    this.release();
    this.#overflow = because;
  }
}

const EMPTY = Buffer.alloc(0);
