// Processes of a bench: each tells when it is ready, answers questions one at a time, and ends with
// the bench.
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

/** A process that is ready, with what it said when it became so. */
export interface Child<Ready> {
  readonly ready: Ready;
  /** Asks and waits for the answer. Rejects when the process ends instead. */
  readonly ask: <Answer>(question: unknown) => Promise<Answer>;
}

const children = new Set<ChildProcess>();

/** Starts `support/<file>` and waits until it is ready. */
export async function start<Ready>(file: string, ...args: string[]): Promise<Child<Ready>> {
  const child = fork(join(import.meta.dirname, file), args, {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  children.add(child);
  child.once('exit', () => children.delete(child));
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
  return {
    ready,
    ask: async <Answer>(question: unknown) => {
      const answer = next();
      child.send(question as object);
      return (await answer) as Answer;
    },
  };
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
    void Promise.resolve(answer(question as never)).then((said) => process.send?.(said ?? {}));
  });
  // Without its bench it has nothing to do.
  process.on('disconnect', () => process.exit());
  process.send?.(ready);
}
