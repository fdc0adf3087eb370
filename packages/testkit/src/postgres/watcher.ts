import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';

/*
 * The server is a process of its own and outlives a test run that is killed. So a shell waits on a
 * pipe that only the test run holds: the pipe ends when that does, however it ends, and the shell
 * then ends the server and clears up. SIGINT is PostgreSQL's fast shutdown, at whose end it removes
 * its pid file; SIGKILL comes after ten seconds for a server that is past listening.
 */
const SCRIPT = `
cat > /dev/null
file="$1/data/postmaster.pid"
pid=$(head -n 1 "$file" 2> /dev/null)
if [ -n "$pid" ] && kill -INT "$pid" 2> /dev/null; then
  tries=0
  while [ -e "$file" ] && [ $tries -lt 100 ]; do sleep 0.1; tries=$((tries + 1)); done
  [ -e "$file" ] && kill -KILL "$pid" 2> /dev/null
fi
rm -rf "$1"
`;

/**
 * Ends the server in `folder` and removes the folder as soon as this process is gone, or when told
 * to.
 */
export class Watcher {
  readonly #shell: ChildProcess;

  constructor(folder: string) {
    // Its own process group, so that Ctrl-C in the terminal reaches the test run and not the
    // watcher.
    this.#shell = spawn('/bin/sh', ['-c', SCRIPT, 'postgres-watcher', folder], {
      stdio: ['pipe', 'ignore', 'ignore'],
      detached: true,
    });
    this.#shell.unref();
    // A pipe is a socket to Node; waiting for it must not keep the test run alive either.
    (this.#shell.stdin as unknown as { unref(): void }).unref();
  }

  /** Clears up now, and waits until it is done. */
  async finish(): Promise<void> {
    if (this.#shell.exitCode !== null) return;
    const gone = once(this.#shell, 'exit');
    this.#shell.ref();
    this.#shell.stdin?.end();
    await gone;
  }
}
