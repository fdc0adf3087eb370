import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

/** A process of the demo: it says on stdout, line by line in JSON, what there is to know. */
export class Process {
  readonly #child: ChildProcess;
  readonly #name: string;
  readonly #lines: ((line: Record<string, unknown>) => void)[] = [];
  readonly #errors: string[] = [];
  #isStopping = false;

  constructor(name: string, args: readonly string[], cwd: string) {
    this.#name = name;
    this.#child = spawn(process.execPath, [...process.execArgv, ...args], {
      cwd,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, NODE_NO_WARNINGS: '1' },
    });
    const { stdout, stderr } = this.#child;
    if (stdout) createInterface(stdout).on('line', (line) => this.#heard(line));
    // Kept for the message of a process that dies: the last lines usually say why.
    if (stderr) {
      createInterface(stderr).on('line', (line) => {
        this.#errors.push(line);
        if (this.#errors.length > 20) this.#errors.shift();
      });
    }
  }

  /** Calls `hear` with every line from now on. */
  onLine(hear: (line: Record<string, unknown>) => void): void {
    this.#lines.push(hear);
  }

  /** Resolves with the first line that has this key. Rejects when the process ends before. */
  async until(key: string, withinMs: number): Promise<Record<string, unknown>> {
    const found = new Promise<Record<string, unknown>>((resolve) => {
      this.onLine((line) => {
        if (key in line) resolve(line);
      });
    });
    const ended = once(this.#child, 'exit').then(() => this.#fail('ended before it was ready'));
    const late = new Promise<never>((_, reject) => {
      setTimeout(() => reject(this.#failure('was not ready in time')), withinMs).unref();
    });
    return Promise.race([found, ended, late]);
  }

  /** Rejects if the process ends without having been asked to. */
  async watch(): Promise<never> {
    if (this.#child.exitCode === null) await once(this.#child, 'exit');
    if (this.#isStopping) return new Promise(() => {});
    return this.#fail(`ended by itself with ${this.#child.exitCode}`);
  }

  /** Asks the process to stop, and makes it after a while. Resolves when it has. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const exited = once(this.#child, 'exit');
    this.#child.kill('SIGTERM');
    const force = setTimeout(() => this.#child.kill('SIGKILL'), 8_000);
    await exited;
    clearTimeout(force);
  }

  #heard(line: string): void {
    let parsed: unknown;
    try {
      parsed = JSON.parse(line);
    } catch {
      // Not every line is for us.
      return;
    }
    if (parsed === null || typeof parsed !== 'object') return;
    for (const hear of this.#lines) hear(parsed as Record<string, unknown>);
  }

  #fail(what: string): never {
    throw this.#failure(what);
  }

  #failure(what: string): Error {
    return new Error(`${this.#name} ${what}\n${this.#errors.join('\n')}`);
  }
}

/** Runs a process to its end. Rejects unless it ends with 0. */
export async function runToEnd(
  name: string,
  args: readonly string[],
  cwd: string,
): Promise<string> {
  const child = spawn(process.execPath, [...process.execArgv, ...args], {
    cwd,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let [out, err] = ['', ''];
  child.stdout.on('data', (chunk: Buffer) => {
    out += chunk.toString();
  });
  child.stderr.on('data', (chunk: Buffer) => {
    err += chunk.toString();
  });
  const [code] = (await once(child, 'exit')) as [number | null];
  if (code !== 0) throw new Error(`${name} ended with ${code}\n${err}${out}`);
  return out;
}
