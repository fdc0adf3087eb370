import type { Cancel, Clock } from '@falsework/core/ports';
import type { Side } from '@falsework/core/routing';
import { NotCompared, type Outcome, type ShadowJob } from './job.ts';

/**
 * How one run of one side ended for the engine: with an outcome, or without anybody waiting for it
 * any longer, or with a reason for which it says nothing.
 */
export type AttemptEnd<Answer> = Outcome<Answer> | 'timeout' | 'fault' | 'stopped' | NotCompared;

/** One run of one side, under way. */
export interface Attempt<Answer> {
  /** Never rejects. */
  readonly end: Promise<AttemptEnd<Answer>>;
  /** Aborts it and stops waiting. */
  readonly stop: () => void;
}

/** What an attempt needs besides the job. */
export interface AttemptSettings {
  readonly clock: Clock;
  readonly timeoutMs: number;
  /** Called with 1 when a run is left behind, and with -1 should it end after all. */
  readonly onStray: (change: 1 | -1) => void;
}

/**
 * Runs one side and stops waiting when its time is up. The signal asks the run to end; one that
 * does not listen is left behind, so that a candidate which never settles holds no place and no
 * timer. Late ends, late rejections and second calls of a callback change nothing.
 */
export function attempt<Answer>(
  job: ShadowJob<Answer>,
  side: Side,
  { clock, timeoutMs, onStray }: AttemptSettings,
): Attempt<Answer> {
  const { promise, resolve } = Promise.withResolvers<AttemptEnd<Answer>>();
  const controller = new AbortController();
  let state: 'running' | 'left-behind' | 'ended' = 'running';
  let cancelTimer: Cancel = () => {};

  const leaveBehind = (end: 'timeout' | 'stopped'): void => {
    if (state !== 'running') return;
    state = 'left-behind';
    cancelTimer();
    onStray(1);
    resolve(end);
    controller.abort(abortReason(end));
  };
  const ended = (end: AttemptEnd<Answer>): void => {
    if (state === 'left-behind') onStray(-1);
    if (state === 'running') {
      cancelTimer();
      resolve(end);
    }
    state = 'ended';
  };

  cancelTimer = clock.after(timeoutMs, () => leaveBehind('timeout'));
  try {
    job
      .run(side, controller.signal)
      .then(ended, (error) => ended(error instanceof NotCompared ? error : 'fault'));
  } catch {
    ended('fault');
  }
  return { end: promise, stop: () => leaveBehind('stopped') };
}

/**
 * The same names that `AbortSignal.timeout` and `AbortController.abort` use, so that candidates
 * know them.
 */
function abortReason(end: 'timeout' | 'stopped'): DOMException {
  return end === 'timeout'
    ? new DOMException('The time of this shadow run is up.', 'TimeoutError')
    : new DOMException('Shadow runs of this seam have ended.', 'AbortError');
}
