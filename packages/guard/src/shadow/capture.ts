import { type Digest, RunningHash } from './running-hash.ts';

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

/** What becomes of a body that is longer than one may be. */
export type Beyond =
  /** Nothing is known of it but that. For what must be whole to be of use, such as a request's. */
  | 'given-up'
  /** Its length and hash, for comparing it all the same. */
  | 'hashed';

/**
 * One body, kept while it streams by. The chunks themselves are kept, not copies; what does not fit
 * is given up as a whole, because half a body proves nothing. Of one that is longer than one may be
 * a running hash goes on, so that memory has the same bound and equal bytes still prove equality.
 */
export class Capture {
  readonly #budget: CaptureBudget;
  readonly #bytesMax: number;
  readonly #beyond: Beyond;
  #chunks: Buffer[] = [];
  #bytes = 0;
  #overflow: Overflow | null = null;
  #hash: RunningHash | null = null;
  #isReleased = false;

  constructor(budget: CaptureBudget, bytesMax: number, beyond: Beyond = 'given-up') {
    this.#budget = budget;
    this.#bytesMax = bytesMax;
    this.#beyond = beyond;
  }

  /** Why the body is not kept; `null` as long as it is. */
  get overflow(): Overflow | null {
    return this.#overflow;
  }

  /** True of a body that is longer than one may be, and whose hash goes on. */
  get isHashed(): boolean {
    return this.#hash !== null;
  }

  /** Of such a body, up to here; `null` of any other. */
  get digest(): Digest | null {
    return this.#hash?.read() ?? null;
  }

  add(chunk: Buffer): void {
    // A run that was left behind may go on to receive after its record is closed.
    if (this.#isReleased) return;
    if (this.#overflow !== null) this.#hash?.add(chunk);
    else if (this.#bytes + chunk.length > this.#bytesMax) this.#exceed(chunk);
    else if (this.#budget.take(chunk.length)) {
      this.#chunks.push(chunk);
      this.#bytes += chunk.length;
    } else this.#giveUp('no-room');
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
    this.#letGo();
  }

  #exceed(chunk: Buffer): void {
    if (this.#beyond === 'hashed') {
      this.#hash = new RunningHash();
      for (const kept of [...this.#chunks, chunk]) this.#hash.add(kept);
    }
    this.#giveUp('too-large');
  }

  #giveUp(because: Overflow): void {
    this.#overflow = because;
    this.#letGo();
  }

  #letGo(): void {
    this.#chunks = [];
    this.#budget.give(this.#bytes);
    this.#bytes = 0;
  }
}

const EMPTY = Buffer.alloc(0);
