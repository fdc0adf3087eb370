import { ALL_TEXT, type GuardReport, type RunningGuard, reportText } from '@falsework/guard';
import { createLogUpdate } from 'log-update';
import type { Context } from '../context.ts';
import { say } from '../terminal/terminal.ts';

const REDRAW_MS = 1_000;

/**
 * Shows what a guard sees while it runs: redrawn in place for a person, nothing for a script until
 * the end.
 */
export class GuardView {
  readonly #context: Context;
  readonly #guards: readonly Pick<RunningGuard, 'report'>[];
  readonly #isLive: boolean;
  readonly #isWhole: boolean;
  readonly #redraw = createLogUpdate(process.stdout);
  #cancel: () => void = () => {};

  constructor(
    context: Context,
    guards: readonly Pick<RunningGuard, 'report'>[],
    { isJson, isWhole = false }: { readonly isJson: boolean; readonly isWhole?: boolean },
  ) {
    this.#context = context;
    this.#guards = guards;
    this.#isWhole = isWhole;
    this.#isLive = context.terminal.isInteractive && !isJson;
  }

  start(): void {
    if (!this.#isLive) return;
    this.#redraw(this.#text());
    const timer = setInterval(() => this.#redraw(this.#text()), REDRAW_MS);
    this.#cancel = () => clearInterval(timer);
  }

  /** Leaves the last picture standing; where nothing was drawn, writes it once. */
  end(): void {
    this.#cancel();
    if (this.#isLive) {
      this.#redraw(this.#text());
      this.#redraw.done();
    } else say(this.#context.terminal, this.#text());
  }

  #text(): string {
    return this.#guards.map((guard) => this.#titled(guard.report())).join('\n\n');
  }

  #titled(report: GuardReport): string {
    return `guard on ${report.url}\n${reportText(report, this.#isWhole ? ALL_TEXT : {})}`;
  }
}
