import type { EvidenceBatch } from '@falsework/core/evidence';
import { BatchRefused, type Cancel, type ControlLink } from '@falsework/core/ports';
import type { Host } from '../engine/host.ts';

/** A batch without what the sender itself adds. */
export type BatchContent = Omit<EvidenceBatch, 'plane' | 'sequence' | 'sentAt'>;

/** What a sender is built from. */
export interface SenderOptions {
  readonly host: Host;
  readonly link: ControlLink;
  readonly plane: string;
  readonly flushMs: number;
  /** Drains what was seen since the last batch. Called once per batch, when it is composed. */
  readonly collect: () => BatchContent;
}

// Control restarts within seconds; half a minute keeps a thousand planes from being a load of their
// own meanwhile.
const RETRY_MS_MAX = 30_000;
// A report that is neither taken nor refused for this long is sent again; control knows it by its
// number.
const REPORT_TIMEOUT_MS = 10_000;

/**
 * Sends evidence to control, one batch at a time, numbered without gaps. A batch that was not taken
 * is sent again, the same one, until it is; what is seen meanwhile waits, in bounded memory, for
 * the next. Whatever the link does, nothing is thrown and nobody waits.
 */
export class BatchSender {
  readonly #options: SenderOptions;
  #sequence = 0;
  #unsent: EvidenceBatch | null = null;
  #underWay: Promise<void> | null = null;
  #failures = 0;
  #isStopped = false;
  #isRefused = false;
  #cancelNext: Cancel = () => {};

  constructor(options: SenderOptions) {
    this.#options = options;
  }

  /** Failures to report since the last success. */
  get failures(): number {
    return this.#failures;
  }

  /** Begins to send every `flushMs`. */
  start(): void {
    this.#scheduleNext();
  }

  /**
   * Sends now rather than at the next tick. Resolves when the attempt has ended, whether control
   * took it or not.
   */
  flush(): Promise<void> {
    if (this.#underWay !== null) return this.#underWay;
    this.#cancelNext();
    this.#underWay = this.#send().finally(() => {
      this.#underWay = null;
      if (!this.#isStopped) this.#scheduleNext();
    });
    return this.#underWay;
  }

  /** Ends the regular sending with one last batch. Resolves when that attempt has ended. */
  async finish(): Promise<void> {
    this.#isStopped = true;
    this.#cancelNext();
    // What is under way was composed before the end, and lacks what was seen since.
    if (this.#underWay !== null) await this.#underWay;
    await this.flush();
  }

  /** Never rejects. */
  async #send(): Promise<void> {
    try {
      this.#unsent ??= this.#compose();
      await this.#report(this.#unsent);
      this.#unsent = null;
      this.#failures = 0;
    } catch (error) {
      // Control is away, or did not take it. The plane serves on, and the same batch goes out
      // again.
      this.#failures += 1;
      if (error instanceof BatchRefused) this.#lighten(error);
    }
  }

  /**
   * Leaves causes and pairs out of a batch that control refuses: they hold what callers and
   * services said, and one of them must not keep the counts from control. Mismatches stay counted.
   * Counts that are refused are not dropped: without them every gate would wait, which is right,
   * but nobody would know why.
   */
  #lighten({ message }: BatchRefused): void {
    const batch = this.#unsent;
    if (batch === null) return;
    const causes = batch.signatures.length + batch.pairs.length;
    const remedy =
      causes > 0
        ? 'it is sent again without its causes'
        : 'nothing more is reported until this process starts anew';
    if (causes > 0 || !this.#isRefused) {
      this.#options.host.warn?.(`Control refuses evidence (${message}): ${remedy}.`);
    }
    this.#isRefused = causes === 0;
    this.#unsent = { ...batch, signatures: [], pairs: [] };
  }

  #compose(): EvidenceBatch {
    const { host, plane, collect } = this.#options;
    const content = collect();
    this.#sequence += 1;
    return { plane, sequence: this.#sequence, sentAt: host.clock.now(), ...content };
  }

  #report(batch: EvidenceBatch): Promise<void> {
    const { host, link } = this.#options;
    return new Promise((resolve, reject) => {
      const cancel = host.clock.after(REPORT_TIMEOUT_MS, () => reject(new Error('no answer')));
      link.report(batch).finally(cancel).then(resolve, reject);
    });
  }

  #scheduleNext(): void {
    const { host, flushMs } = this.#options;
    const backoffMs = Math.min(flushMs * 2 ** Math.min(this.#failures, 10), RETRY_MS_MAX);
    // Half of the pause is drawn, so that planes which lost control together do not come back
    // together.
    const delayMs = this.#failures === 0 ? flushMs : backoffMs * (0.5 + host.random.next() / 2);
    this.#cancelNext = host.clock.after(delayMs, () => void this.flush());
  }
}
