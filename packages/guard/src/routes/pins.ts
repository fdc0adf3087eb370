import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fault } from '@falsework/core/errors';
import type { Side } from '@falsework/core/routing';

/** Names the side on which a workflow began: in the answer that begins it, and from then on. */
export const PIN_HEADER = 'Falsework-Pin';

const LOWER = PIN_HEADER.toLowerCase();
const KEY_NAME = 'pins.key';
const KEY_BYTES = 32;
// Half of the digest: nobody guesses 128 bits, and the header stays short.
const PROOF_BYTES = 16;
const SIDES = { l: 'legacy', c: 'candidate' } as const satisfies Record<string, Side>;
const TOKEN = /^([lc])\.([\w-]{11})\.([\w-]{22})$/;

/**
 * Keeps a workflow on the side on which it began, whatever the share is by then. The token says
 * which side, and proves that a guard said so: a caller that could make one up could choose a
 * candidate that has proven nothing. There is nothing to remember, so any guard with the same key
 * understands it.
 */
export class Pins {
  readonly #key: Buffer;

  private constructor(key: Buffer) {
    this.#key = key;
  }

  /**
   * With the key in this folder, which is made when there is none. Rejects with FW_WRITE_FOLDER.
   */
  static async open(folder: string): Promise<Pins> {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const path = join(folder, KEY_NAME);
    const known = await readFile(path).catch((error: unknown) => {
      if ((error as { code?: unknown }).code === 'ENOENT') return null;
      throw error;
    });
    if (known?.byteLength === KEY_BYTES) return new Pins(known);
    if (known !== null) {
      throw fault('FW_WRITE_FOLDER', { folder, because: `${KEY_NAME} in it is not a key of pins` });
    }
    const key = randomBytes(KEY_BYTES);
    await writeFile(path, key, { mode: 0o600, flag: 'wx', flush: true });
    return new Pins(key);
  }

  /** A new token for a workflow that begins on this side. */
  issue(side: Side): string {
    const said = `${side[0]}.${randomBytes(8).toString('base64url')}`;
    return `${said}.${this.#proofOf(said).toString('base64url')}`;
  }

  /** The side that a request is pinned to; `null` when it bears no token of ours. O(headers). */
  read(rawHeaders: readonly string[]): Side | null {
    for (let i = 0; i < rawHeaders.length; i += 2) {
      const name = rawHeaders[i] as string;
      if (name.length !== LOWER.length || name.toLowerCase() !== LOWER) continue;
      return this.#sideOf(rawHeaders[i + 1] as string);
    }
    return null;
  }

  #sideOf(token: string): Side | null {
    const [, side, nonce, proof = ''] = TOKEN.exec(token) ?? [];
    if (side === undefined) return null;
    const given = Buffer.from(proof, 'base64url');
    const isOurs = timingSafeEqual(given, this.#proofOf(`${side}.${nonce}`));
    return isOurs ? SIDES[side as keyof typeof SIDES] : null;
  }

  #proofOf(said: string): Buffer {
    return createHmac('sha256', this.#key).update(said).digest().subarray(0, PROOF_BYTES);
  }
}
