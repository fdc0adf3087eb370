import type { Environment } from '@falsework/config';
import { SimClock } from '@falsework/testkit';
import type { Context } from '../src/context.ts';
import { run } from '../src/main.ts';
import type { Terminal } from '../src/terminal/terminal.ts';

/** A terminal that remembers what was written to it. */
export class FakeTerminal implements Terminal {
  out = '';
  err = '';
  readonly isInteractive: boolean;
  readonly hasColor: boolean;
  columns = 80;
  rows = 24;
  readonly size = () => ({ columns: this.columns, rows: this.rows });
  readonly stdout = {
    write: (text: string): void => {
      this.out += text;
    },
  };
  readonly stderr = {
    write: (text: string): void => {
      this.err += text;
    },
  };

  constructor({ hasColor = false, isInteractive = false } = {}) {
    this.hasColor = hasColor;
    this.isInteractive = isInteractive;
  }
}

/** What a command line left behind. */
export interface Ran {
  readonly exit: number;
  readonly out: string;
  readonly err: string;
  /** Stdout as JSON: one document for each line. */
  readonly json: readonly unknown[];
}

/** Everything that a command may touch, none of it the process's own. */
export function fakeContext(over: Partial<Context> = {}): Context & { terminal: FakeTerminal } {
  const terminal = new FakeTerminal();
  const env: Environment = {};
  return {
    cwd: '/nowhere',
    env,
    clock: new SimClock(),
    user: 'ada',
    onReload: () => () => {},
    stopped: () => new Promise(() => {}),
    ...over,
    terminal,
  };
}

/** Runs one command line in this process. */
export async function runIn(context: Partial<Context>, ...args: string[]): Promise<Ran> {
  const fake = fakeContext(context);
  const exit = await run(args, fake);
  const { out, err } = fake.terminal;
  return {
    exit,
    out,
    err,
    get json() {
      return out
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as unknown);
    },
  };
}
