import { type ChildProcess, spawn } from 'node:child_process';
import { Agent } from 'undici';
import type { Debt } from '../../src/writes/index.ts';

/** Where a guard works that is to be killed. */
export interface Places {
  /** A folder of the campaign; the guard's own folder is in it. */
  readonly folder: string;
  readonly legacy: string;
  readonly candidate: string;
}

/** What is not over at a guard. */
export interface StillOpen {
  readonly debts: readonly Debt[];
  readonly entries: number;
}

/** One way to run a guard: as the module alone, or as users do. */
export interface GuardKind {
  /** What to run with Node. */
  readonly args: readonly string[];
  /** Its address, once what it has said so far names it. */
  readonly originIn: (said: string) => string | null;
  readonly open: (origin: string) => Promise<StillOpen>;
  readonly settle: (origin: string, sequence: number, isApplied: boolean) => Promise<unknown>;
}

/** The process, and where it listens while it does. */
export class KillableGuard {
  readonly agent: Agent;
  readonly #kind: GuardKind;
  #child: ChildProcess | null = null;
  #origin: string | null = null;

  constructor(kind: GuardKind, connections: number) {
    this.#kind = kind;
    this.agent = new Agent({ connections });
  }

  get origin(): string | null {
    return this.#origin;
  }

  /** Resolves when it listens; rejects when it ended before. */
  async start(): Promise<void> {
    const options = ['--conditions=falsework-source', '--no-warnings', ...this.#kind.args];
    const child = spawn(process.execPath, options, { stdio: ['ignore', 'pipe', 'pipe'] });
    this.#child = child;
    let said = '';
    const origin = await new Promise<string>((resolve, reject) => {
      const hear = (chunk: Buffer): void => {
        said += String(chunk);
        const found = this.#kind.originIn(said);
        if (found !== null) resolve(found);
      };
      child.stdout.on('data', hear);
      child.stderr.on('data', hear);
      child.once('exit', (code) => reject(new Error(`It ended with ${code}. ${said}`)));
    });
    // One that was killed meanwhile must not be taken for the one that runs.
    if (this.#child === child) this.#origin = origin;
  }

  async kill(): Promise<void> {
    const child = this.#child;
    this.#child = null;
    this.#origin = null;
    if (child === null || child.exitCode !== null || child.signalCode !== null) return;
    const gone = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGKILL');
    await gone;
  }

  open(): Promise<StillOpen> {
    return this.#kind.open(String(this.#origin));
  }

  settle(sequence: number, isApplied: boolean): Promise<unknown> {
    return this.#kind.settle(String(this.#origin), sequence, isApplied);
  }
}
