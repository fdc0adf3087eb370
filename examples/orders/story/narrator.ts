import type { MigrationStatus } from '@falsework/client/contract';
import { formatCount, formatDuration } from '@falsework/core/text';
import { createLogUpdate } from 'log-update';
import { comparisonsOf, differencesOf } from './watcher.ts';

// Redrawn on stderr, like everything else that is told.
const logUpdate = createLogUpdate(process.stderr);

/** How the story is told: to a person at a terminal, or to a log. */
export interface NarratorOptions {
  readonly isHeadless: boolean;
}

/** Tells the story on stderr, so that stdout stays for the result. */
export class Narrator {
  readonly #startedMs = performance.now();
  readonly #isLive: boolean;
  #callers = '';

  constructor({ isHeadless }: NarratorOptions) {
    this.#isLive = !isHeadless && process.stderr.isTTY === true;
  }

  /** A step of the story. */
  tell(line: string): void {
    if (this.#isLive) logUpdate.clear();
    const at = formatDuration(performance.now() - this.#startedMs).padStart(11);
    process.stderr.write(`${at}  ${line}\n`);
  }

  /** A detail of the step before. */
  detail(line: string): void {
    if (this.#isLive) logUpdate.clear();
    process.stderr.write(`${' '.repeat(11)}    ${line}\n`);
  }

  /** What the callers see, from the load generator. */
  hear(load: Record<string, unknown>): void {
    const { requests, answersChanged, callerErrors, p99Ms } = load;
    this.#callers = `callers: ${formatCount(Number(requests))} requests, ${answersChanged} answers changed, ${callerErrors} errors, p99 ${p99Ms} ms`;
  }

  /** Where the migration stands now, redrawn in place. */
  show(status: MigrationStatus): void {
    if (!this.#isLive) return;
    const open = status.next?.gates.find((gate) => gate.status !== 'pass');
    const walk = status.walk.map((s) => (s === status.stage ? `[${s}]` : s)).join(' → ');
    logUpdate(
      [
        '',
        `  ${walk}   ${status.share.percent} % served by ${status.epoch.candidateBuild}`,
        `  ${formatCount(comparisonsOf(status))} compared, ${formatCount(differencesOf(status))} differ`,
        `  next: ${status.next?.stage ?? 'nothing'}${open ? `, needs ${open.needs}` : ''}`,
        `  ${this.#callers}`,
      ].join('\n'),
    );
  }

  /** Ends the redrawing. */
  done(): void {
    if (this.#isLive) logUpdate.clear();
  }
}
