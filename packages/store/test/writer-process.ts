import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const WRITER = fileURLToPath(new URL('writer.ts', import.meta.url));

/** A process that writes to a store, and what the store acknowledged to it. */
export class WriterProcess {
  readonly plane: string;
  readonly decided: number[] = [];
  reported = 0;
  readonly #process: ChildProcess;
  readonly #gone: Promise<unknown>;
  #said = '';
  #complaints = '';

  constructor(address: string, plane: string) {
    this.plane = plane;
    const flags = ['--conditions=falsework-source', '--disable-warning=ExperimentalWarning'];
    this.#process = spawn(process.execPath, [...flags, WRITER, address, plane]);
    this.#process.stdout?.on('data', (chunk) => this.#hear(String(chunk)));
    this.#process.stderr?.on('data', (chunk) => {
      this.#complaints += String(chunk);
    });
    this.#gone = once(this.#process, 'close');
  }

  /** Waits until the store has acknowledged this many decisions. */
  async until(decisions: number): Promise<void> {
    while (this.decided.length < decisions) {
      const chunk = once(this.#process.stdout as NodeJS.ReadableStream, 'data');
      await Promise.race([chunk, this.#gone.then(() => this.#failed())]);
    }
  }

  /** Kills it between two instructions, wherever it stands. */
  async kill(): Promise<void> {
    this.#process.kill('SIGKILL');
    await this.#gone;
    if (this.#process.signalCode !== 'SIGKILL') this.#failed();
  }

  /** Waits until it has ended by itself, because its store is gone. */
  async ended(): Promise<void> {
    await this.#gone;
    if (!this.#complaints.includes('FW_STORE_')) this.#failed();
  }

  #failed(): never {
    throw new Error(`The writer ended by itself: ${this.#complaints}`);
  }

  #hear(chunk: string): void {
    this.#said += chunk;
    const lines = this.#said.split('\n');
    this.#said = lines.pop() ?? '';
    for (const line of lines) {
      const [what, number] = line.split(' ');
      if (what === 'decided') this.decided.push(Number(number));
      if (what === 'reported') this.reported = Number(number);
    }
  }
}
