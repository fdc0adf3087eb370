// Processes of a bench: each tells when it is ready, answers questions one at a time, and ends with
// the bench.
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

/** A process that is ready, with what it said when it became so. */
export interface Child<Ready> {
  readonly ready: Ready;
  readonly pid: number;
  /** Asks and waits for the answer. Rejects when the process ends instead. */
  readonly ask: <Answer>(question: unknown) => Promise<Answer>;
  /** Ends it at once, as a crash would. */
  readonly kill: () => Promise<void>;
}

const children = new Set<ChildProcess>();
const asking = new Set<Child<unknown>['ask']>();
const CPU = 'cpu';

/** Starts `support/<file>` and waits until it is ready. */
export async function start<Ready>(file: string, ...args: string[]): Promise<Child<Ready>> {
  const child = fork(join(import.meta.dirname, file), args, {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  const pid = adopt(child);
  const next = async (): Promise<unknown> => {
    const ended = new AbortController();
    const exit = once(child, 'exit', { signal: ended.signal }).then(([code]) => {
      throw new Error(`${file} ended with ${code}`);
    });
    try {
      const [message] = await Promise.race([
        once(child, 'message', { signal: ended.signal }),
        exit,
      ]);
      return message;
    } finally {
      exit.catch(() => {});
      ended.abort();
    }
  };
  const ready = (await next()) as Ready;
  const ask = async <Answer>(question: unknown): Promise<Answer> => {
    const answer = next();
    child.send(question as object);
    return (await answer) as Answer;
  };
  asking.add(ask);
  child.once('exit', () => asking.delete(ask));
  const kill = async (): Promise<void> => {
    const ended = once(child, 'exit');
    child.kill('SIGKILL');
    await ended;
  };
  return { ready, pid, ask, kill };
}

/** Takes a process to those that end with the bench, and returns its id. */
export function adopt(child: ChildProcess): number {
  children.add(child);
  child.once('exit', () => children.delete(child));
  return child.pid ?? 0;
}

/** The time that a process has worked so far, in microseconds. */
export async function cpuUsOf({ ask }: Pick<Child<unknown>, 'ask'>): Promise<number> {
  const { user, system } = await ask<NodeJS.CpuUsage>(CPU);
  return user + system;
}

/** The time that all processes of the bench have worked so far, in microseconds. */
export async function cpuUsOfAll(): Promise<number> {
  const { user, system } = process.cpuUsage();
  const each = await Promise.all([...asking].map((ask) => cpuUsOf({ ask })));
  return each.reduce((sum, us) => sum + us, user + system);
}

/** Ends every process of the bench. */
export async function stopAll(): Promise<void> {
  const ended = [...children].map((child) => once(child, 'exit'));
  for (const child of children) child.kill('SIGKILL');
  await Promise.all(ended);
}

/** The other end: says that this process is ready, and answers what it is asked from then on. */
export function serve(ready: object, answer: (question: never) => unknown): void {
  process.on('message', (question) => {
    if (question === CPU) {
      process.send?.(process.cpuUsage());
      return;
    }
    void Promise.resolve(answer(question as never)).then((said) => process.send?.(said ?? {}));
  });
  // Without its bench it has nothing to do.
  process.on('disconnect', () => process.exit());
  process.send?.(ready);
}
