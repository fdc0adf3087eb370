import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

export interface ProcessOptions {
  readonly name: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

const READY_MS = 20_000;
const STOP_MS = 10_000;
const LINES_KEPT = 20;

/** A process of the example: what it says is kept, and one line of it says that it is ready. */
export class Process {
  readonly #name: string;
  readonly #child: ChildProcess;
  readonly #said: string[] = [];
  readonly #hearers: ((line: string) => void)[] = [];
  #stdout = '';

  constructor({ name, args, env = {} }: ProcessOptions) {
    this.#name = name;
    // Conditions of the parent's own command line decide whether packages are run from source.
    this.#child = spawn(process.execPath, [...process.execArgv, ...args], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, NODE_NO_WARNINGS: '1', ...env },
    });
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      if (stream) createInterface(stream).on('line', (line) => this.#hear(line));
    }
    this.#child.stdout?.on('data', (chunk: Buffer) => {
      this.#stdout += chunk.toString();
    });
  }

  /** Resolves with what the expression takes out of the first line that it fits. */
  until(expression: RegExp): Promise<string> {
    return new Promise((resolve, reject) => {
      const late = setTimeout(() => reject(this.#failure('was not ready in time')), READY_MS);
      this.#child.once('exit', () => reject(this.#failure('ended before it was ready')));
      this.#hearers.push((line) => {
        const taken = expression.exec(line)?.[1];
        if (taken === undefined) return;
        clearTimeout(late);
        resolve(taken);
      });
    });
  }

  /** Asks the process to stop. Resolves with all that it wrote to stdout. */
  async stop(): Promise<string> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) {
      const closed = once(this.#child, 'close');
      this.#child.kill('SIGTERM');
      const force = setTimeout(() => this.#child.kill('SIGKILL'), STOP_MS);
      await closed;
      clearTimeout(force);
    }
    if (this.#child.exitCode !== 0) throw this.#failure(`ended with ${this.#child.exitCode}`);
    return this.#stdout;
  }

  #hear(line: string): void {
    this.#said.push(line);
    if (this.#said.length > LINES_KEPT) this.#said.shift();
    for (const hear of this.#hearers) hear(line);
  }

  #failure(what: string): Error {
    return new Error(`${this.#name} ${what}\n${this.#said.join('\n')}`);
  }
}
