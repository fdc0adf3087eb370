import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const BIN = join(import.meta.dirname, '../../packages/cli/bin/falsework.js');

/** What a command line that has ended left behind. */
export interface Ended {
  readonly exit: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** The command line as a process of its own, on its build, as a user runs it. */
export class Falsework {
  readonly child: ChildProcess;
  stdout = '';
  stderr = '';
  readonly #ended: Promise<Ended>;

  constructor(args: readonly string[], cwd: string, env: NodeJS.ProcessEnv = {}) {
    this.child = spawn(process.execPath, [BIN, ...args], {
      cwd,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...withoutOurs(process.env), NODE_NO_WARNINGS: '1', ...env },
    });
    this.child.stdout?.on('data', (chunk: Buffer) => {
      this.stdout += chunk.toString();
    });
    this.child.stderr?.on('data', (chunk: Buffer) => {
      this.stderr += chunk.toString();
    });
    this.#ended = once(this.child, 'close').then(([exit, signal]) => ({
      exit: exit as number | null,
      signal: signal as NodeJS.Signals | null,
      stdout: this.stdout,
      stderr: this.stderr,
    }));
  }

  /** Resolves when it has ended. */
  ended(): Promise<Ended> {
    return this.#ended;
  }

  /** Resolves when stdout or stderr says this. Rejects when it ends before. */
  async says(pattern: RegExp): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const look = (): void => {
      if (pattern.test(this.stdout) || pattern.test(this.stderr)) resolve();
    };
    this.child.stdout?.on('data', look);
    this.child.stderr?.on('data', look);
    this.#ended.then(
      ({ exit, stderr }) => reject(new Error(`ended with ${exit}: ${stderr}`)),
      reject,
    );
    look();
    await promise;
  }

  /** Asks it to stop and waits until it has. */
  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<Ended> {
    this.child.kill(signal);
    return this.#ended;
  }
}

/** A folder that goes when the test is over. */
export class Folder {
  readonly path = mkdtempSync(join(tmpdir(), 'falsework-e2e-'));

  remove(): void {
    rmSync(this.path, { recursive: true, force: true });
  }
}

/** Runs one command line to its end. */
export function run(
  args: readonly string[],
  cwd: string,
  env: NodeJS.ProcessEnv = {},
): Promise<Ended> {
  return new Falsework(args, cwd, env).ended();
}

/** A developer's own settings must not decide whether a test passes. */
function withoutOurs(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !name.startsWith('FALSEWORK_')));
}
