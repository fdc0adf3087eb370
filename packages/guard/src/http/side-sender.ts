import type { IncomingHttpHeaders } from 'node:http';
import type { Cancel, Clock } from '@falsework/core/ports';
import type { Plane } from '@falsework/seam/plane';
import type { Dispatcher } from 'undici';
import { decodeBody } from '../shadow/decode-body.ts';
import type { SideAnswer, WriteToSend } from '../writes/side-answer.ts';
import type { Upstream } from './upstream.ts';

/** What sending writes to one side needs. */
export interface SideSenderOptions {
  readonly upstream: Upstream;
  readonly plane: Plane;
  readonly clock: Clock;
  readonly timeoutMs: number;
}

// Identifiers stand in short answers; of a longer one only the status counts.
const ANSWER_BYTES_MAX = 1024 * 1024;

/**
 * Sends writes to one side on the guard's own account: to the follower, and to the authority those
 * that are in doubt. On connections of their own, so that no caller waits behind them.
 */
export class SideSender {
  readonly #options: SideSenderOptions;
  readonly #underWay = new Set<Attempt>();
  #isClosed = false;

  constructor(options: SideSenderOptions) {
    this.#options = options;
  }

  /** Resolves with the whole answer; rejects when there is none in time. */
  readonly send = async (write: WriteToSend): Promise<SideAnswer> => {
    if (this.#isClosed) throw broken('stopped');
    const { upstream, plane, clock, timeoutMs } = this.#options;
    if (upstream.side === 'legacy') plane.countLegacyHits(1);
    const attempt = new Attempt();
    this.#underWay.add(attempt);
    const cancel: Cancel = clock.after(timeoutMs, () => attempt.stop('timeout'));
    try {
      const { method, path, headers, body } = write;
      const { servername } = upstream;
      const options = { method, path, headers: [...headers], body: bodyOf(body), servername };
      // Counted above: what is counted at a seam is what its callers caused.
      const counter = { legacyHits: 0 };
      upstream.send('feeding', counter, options as Dispatcher.DispatchOptions, attempt);
      const { status, encoding, bytes } = await attempt.answered;
      upstream.log.countAnswer();
      const whole = bytes === null ? null : await decodeBody(bytes, encoding, ANSWER_BYTES_MAX);
      return { status, body: whole?.kind === 'whole' ? whole.bytes : NOTHING };
    } finally {
      cancel();
      this.#underWay.delete(attempt);
    }
  };

  /** Breaks off what is under way, and sends nothing more. */
  close(): void {
    this.#isClosed = true;
    for (const attempt of this.#underWay) attempt.stop('stopped');
  }
}

const NOTHING = new Uint8Array();

function bodyOf(body: Uint8Array): Buffer | null {
  if (body.byteLength === 0) return null;
  return Buffer.from(body.buffer, body.byteOffset, body.byteLength);
}

function broken(code: string): Error {
  return Object.assign(new Error(`The attempt ended: ${code}.`), { code });
}

interface Answered {
  readonly status: number;
  readonly encoding: string | null;
  /** `null` when it is longer than is kept. */
  readonly bytes: Buffer | null;
}

/** One attempt, as undici reports it. */
class Attempt implements Dispatcher.DispatchHandler {
  readonly answered: Promise<Answered>;
  readonly #resolve: (answered: Answered) => void;
  readonly #reject: (error: Error) => void;
  #controller: Dispatcher.DispatchController | null = null;
  #stopped: Error | null = null;
  #status = 0;
  #encoding: string | null = null;
  #chunks: Buffer[] | null = [];
  #bytes = 0;

  constructor() {
    const { promise, resolve, reject } = Promise.withResolvers<Answered>();
    this.answered = promise;
    this.#resolve = resolve;
    this.#reject = reject;
  }

  /** A connection that is still being made cannot be taken back; nobody waits for it then. */
  stop(code: string): void {
    this.#stopped ??= broken(code);
    this.#reject(this.#stopped);
    this.#controller?.abort(this.#stopped);
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    if (this.#stopped !== null) controller.abort(this.#stopped);
  }

  onResponseStart(_controller: unknown, status: number, headers: IncomingHttpHeaders): void {
    this.#status = status;
    this.#encoding = headers['content-encoding'] ?? null;
  }

  onResponseData(_controller: unknown, chunk: Buffer): void {
    this.#bytes += chunk.length;
    if (this.#bytes > ANSWER_BYTES_MAX) this.#chunks = null;
    this.#chunks?.push(chunk);
  }

  onResponseEnd(): void {
    const bytes = this.#chunks === null ? null : Buffer.concat(this.#chunks);
    this.#resolve({ status: this.#status, encoding: this.#encoding, bytes });
  }

  onResponseError(_controller: unknown, error: Error): void {
    this.#reject(this.#stopped ?? error);
  }
}
