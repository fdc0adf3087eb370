import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Ordered, Told } from './orders.ts';
import type { Urls } from './tables.ts';

const PROGRAM = fileURLToPath(new URL('../support/chaos-process.ts', import.meta.url));

/** How an order ended. `gone`: its process did. */
export type Answer = Extract<Told, { readonly id: number }> | { readonly kind: 'gone' };

/** Falsework's own process. It is started again whenever it is needed and not there. */
export class WorkerProcess {
  readonly #urls: Urls;
  readonly #onEvent: (event: string) => void;
  readonly #onWrong: (because: string) => void;
  #child: ChildProcess | null = null;
  #answered: ((answer: Answer) => void) | null = null;
  #orders = 0;
  #isMeant = false;
  started = 0;

  constructor(
    urls: Urls,
    tell: {
      readonly onEvent: (event: string) => void;
      readonly onWrong: (because: string) => void;
    },
  ) {
    this.#urls = urls;
    this.#onEvent = tell.onEvent;
    this.#onWrong = tell.onWrong;
  }

  /** Sends an order and waits for its end. One at a time. */
  async send(order: Omit<Ordered, 'id'>): Promise<Answer> {
    const child = this.#child ?? this.#start();
    this.#orders += 1;
    const id = this.#orders;
    const { promise, resolve } = Promise.withResolvers<Answer>();
    this.#answered = (answer) => {
      // What an order says after it was given up belongs to nobody.
      if (answer.kind === 'gone' || answer.id === id) resolve(answer);
    };
    child.send({ ...order, id } satisfies Ordered);
    return promise;
  }

  /** `kill -9`; resolves when nothing is left of it. */
  async kill(): Promise<void> {
    const child = this.#child;
    if (child === null) return;
    const gone = once(child, 'exit');
    this.#isMeant = true;
    child.kill('SIGKILL');
    await gone;
  }

  #start(): ChildProcess {
    const child = fork(PROGRAM, [this.#urls.legacy, this.#urls.candidate]);
    this.#child = child;
    this.#isMeant = false;
    this.started += 1;
    child.on('message', (told: Told) => {
      if (told.kind === 'event') this.#onEvent(told.event);
      else if (told.kind === 'wrong') {
        this.#onWrong(told.because);
        this.#answered?.({ kind: 'gone' });
      } else this.#answered?.(told);
    });
    // An order may be on its way to a process that is being killed.
    child.on('error', () => {});
    child.on('exit', (code, signal) => {
      if (this.#child === child) this.#child = null;
      if (!this.#isMeant) this.#onWrong(`our process ended by itself: ${signal ?? code}`);
      this.#answered?.({ kind: 'gone' });
    });
    return child;
  }
}
