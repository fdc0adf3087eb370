import cluster, { type Worker } from 'node:cluster';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { ReportFacts } from '../report/guard-report.ts';
import type { FromWorker, ToWorker } from './messages.ts';
import { errorOf } from './problem.ts';

/** What the process that holds a worker must hear from it. */
export interface WorkerEvents {
  readonly batch: (message: Extract<FromWorker, { type: 'batch' }>) => void;
  readonly facts: (facts: ReportFacts) => void;
}

/** Where callers connect. */
export interface Listening {
  readonly url: string;
  readonly port: number;
}

const GONE = 'the worker ended first';

/** One worker, as the process that holds it sees it. */
export class WorkerProcess {
  /** What it has said of itself last. */
  facts: ReportFacts | null = null;
  /** Resolves with how the process ended, once it has. */
  readonly ended: Promise<string>;
  readonly #worker: Worker;
  readonly #events: WorkerEvents;
  readonly #listening = Promise.withResolvers<Listening>();
  readonly #asked = new Map<number, PromiseWithResolvers<void>>();
  #questions = 0;

  constructor(script: URL, start: Extract<ToWorker, { type: 'start' }>, events: WorkerEvents) {
    this.#events = events;
    this.#worker = fork(script);
    this.ended = this.#end();
    // A failure to start is told to whoever waits for it; nobody may.
    this.#listening.promise.catch(() => {});
    this.#worker.on('message', (message: FromWorker) => this.#take(message));
    // Of a worker that is gone its end tells enough.
    this.#worker.on('error', () => {});
    this.send(start);
  }

  get pid(): number {
    return this.#worker.process.pid ?? 0;
  }

  /** Resolves when it takes callers; rejects with why it could not. */
  get listening(): Promise<Listening> {
    return this.#listening.promise;
  }

  send(message: ToWorker): void {
    if (this.#worker.isConnected()) this.#worker.send(message, () => {});
  }

  /** Asks something that it answers when it is done. Rejects when it could not, or is gone. */
  ask(question: { type: 'settle' } | { type: 'reload'; data: unknown }): Promise<void> {
    this.#questions += 1;
    const answer = Promise.withResolvers<void>();
    this.#asked.set(this.#questions, answer);
    this.send({ ...question, id: this.#questions });
    if (!this.#worker.isConnected()) this.#giveUp();
    return answer.promise;
  }

  kill(): void {
    this.#worker.process.kill('SIGKILL');
  }

  #take(message: FromWorker): void {
    switch (message.type) {
      case 'listening':
        this.#listening.resolve(message);
        break;
      case 'failed':
        this.#listening.reject(errorOf(message.problem));
        break;
      case 'facts':
        this.facts = message.facts;
        this.#events.facts(message.facts);
        break;
      case 'batch':
        this.#events.batch(message);
        break;
      case 'settled':
        this.#answer(message.id, null);
        break;
      case 'reloaded':
        this.#answer(message.id, message.problem === null ? null : errorOf(message.problem));
        break;
    }
  }

  #answer(id: number, error: Error | null): void {
    const asked = this.#asked.get(id);
    this.#asked.delete(id);
    if (error === null) asked?.resolve();
    else asked?.reject(error);
  }

  async #end(): Promise<string> {
    const [code, signal] = (await once(this.#worker, 'exit')) as [number | null, string | null];
    this.#listening.reject(new Error(GONE));
    this.#giveUp();
    return signal ?? `exit code ${code}`;
  }

  #giveUp(): void {
    for (const id of this.#asked.keys()) this.#answer(id, new Error(GONE));
  }
}

// These say what this process runs, or take a port that only one process can have.
const WITH_VALUE = new Set(['--eval', '-e', '--print', '-p', '-pe']);
const OWN = /^--(?:eval|print|input-type|inspect)/;

/** The options of Node that hold for workers too. */
function passedOn(options: readonly string[]): string[] {
  return options.filter((option, i) => {
    return !OWN.test(option) && !WITH_VALUE.has(option) && !WITH_VALUE.has(options[i - 1] ?? '');
  });
}

function fork(script: URL): Worker {
  // From source packages are run from source too; a worker's own options go before the script.
  const conditions = import.meta.url.endsWith('.ts') ? ['--conditions=falsework-source'] : [];
  cluster.setupPrimary({
    exec: fileURLToPath(script),
    args: [],
    execArgv: [...passedOn(process.execArgv), ...conditions],
    // Sketches and tallies are more than JSON can say.
    serialization: 'advanced',
  });
  return cluster.fork();
}
