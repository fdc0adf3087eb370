import process from 'node:process';
import { type RunningHttpGuard, startGuard } from '../main.ts';
import type { GuardOptions } from '../options/guard-options.ts';
import type { FromWorker, ToWorker, WorkerShare } from './messages.ts';
import { problemOf } from './problem.ts';
import { WorkerLink } from './worker-link.ts';
import { shareOf } from './worker-share.ts';

/** Makes the options of a guard of what the process that holds the workers was given. */
export type Prepare = (data: unknown) => GuardOptions | Promise<GuardOptions>;

// How old what the others know of this worker may be.
const FACTS_EVERY_MS = 500;
const STOP_WITHIN_MS = 10_000;

/**
 * Makes this process a worker of `startGuardWorkers`: call it at the top of the script that was
 * named there. `prepare` is called once, and again with each reload; `finish` when the guard has
 * stopped, before the process ends.
 *
 * ```ts
 * import { serveAsWorker } from '@falsework/guard/workers';
 * serveAsWorker(async () => ({ ...(await ownSettings()), compare: [ownRule] }));
 * ```
 */
export function serveAsWorker(prepare: Prepare, finish?: () => Promise<void>): void {
  const worker = new GuardWorker(prepare, finish ?? (() => Promise.resolve()));
  // A signal to the whole group of processes, such as Ctrl-C, is for the one that holds us: it lets
  // all workers finish.
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, () => {});
  process.on('message', (message: ToWorker) => void worker.take(message));
  // Nobody would ever stop us then, and nobody would hear what we see.
  process.on('disconnect', () => void worker.stop(STOP_WITHIN_MS));
}

class GuardWorker {
  readonly #prepare: Prepare;
  readonly #finish: () => Promise<void>;
  #guard: RunningHttpGuard | null = null;
  #link: WorkerLink | null = null;
  #share: WorkerShare = { index: 0, count: 1 };
  #telling: NodeJS.Timeout | null = null;
  #stopped: Promise<void> | null = null;

  constructor(prepare: Prepare, finish: () => Promise<void>) {
    this.#prepare = prepare;
    this.#finish = finish;
  }

  /** Never rejects. */
  async take(message: ToWorker): Promise<void> {
    switch (message.type) {
      case 'start':
        return this.#start(message);
      case 'snapshot':
        return this.#link?.take(message.snapshot);
      case 'retreat':
        return this.#guard?.plane.retreatWith(message.retreat);
      case 'reported':
        return this.#link?.reported(message.id, message.problem);
      case 'settle':
        await this.#guard?.settled();
        this.#tell();
        return say({ type: 'settled', id: message.id });
      case 'reload':
        return this.#reload(message.id, message.data);
      case 'stop':
        return this.stop(message.withinMs);
    }
  }

  /** Lets callers finish, tells what was seen, and ends the process. */
  stop(withinMs: number): Promise<void> {
    this.#stopped ??= this.#stop(withinMs);
    return this.#stopped;
  }

  async #start(start: Extract<ToWorker, { type: 'start' }>): Promise<void> {
    const { data, share, isSteered, snapshot } = start;
    this.#share = share;
    this.#link = isSteered ? new WorkerLink(say, snapshot) : null;
    try {
      this.#guard = await startGuard(await this.#options(data));
    } catch (error) {
      say({ type: 'failed', problem: problemOf(error) }, () => process.exit(1));
      return;
    }
    const { url, port } = this.#guard;
    say({ type: 'listening', url, port });
    this.#tell();
    this.#telling = setInterval(() => this.#tell(), FACTS_EVERY_MS);
  }

  async #options(data: unknown): Promise<GuardOptions> {
    const options = shareOf(await this.#prepare(data), this.#share);
    return this.#link === null ? options : { ...options, link: this.#link };
  }

  async #reload(id: number, data: unknown): Promise<void> {
    try {
      this.#guard?.reload(await this.#options(data));
      say({ type: 'reloaded', id, problem: null });
    } catch (error) {
      say({ type: 'reloaded', id, problem: problemOf(error) });
    }
  }

  async #stop(withinMs: number): Promise<void> {
    if (!process.connected) this.#link?.cut();
    if (this.#telling !== null) clearInterval(this.#telling);
    await this.#guard?.stop({ withinMs });
    await this.#finish().catch(() => {});
    const end = (): void => process.exit(0);
    if (this.#guard === null) end();
    else say({ type: 'facts', facts: this.#guard.facts() }, end);
  }

  #tell(): void {
    if (this.#guard !== null) say({ type: 'facts', facts: this.#guard.facts() });
  }
}

/** What cannot be said any more is heard by nobody: `disconnect` follows, and ends this process. */
function say(message: FromWorker, done: () => void = () => {}): void {
  if (process.connected) process.send?.(message, undefined, undefined, done);
  else done();
}
