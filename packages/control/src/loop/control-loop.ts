import type { Cancel, Clock } from '@falsework/core/ports';
import type { ControlService } from '../service/control-service.ts';

/** How often control looks. */
export interface ControlLoopOptions {
  readonly service: ControlService;
  readonly clock: Clock;
  readonly intervalMs: number;
  /**
   * Told of a look that failed. The next look comes all the same: a loop that died would never
   * retreat.
   */
  readonly onFailure: (migration: string, error: unknown) => void;
}

/**
 * Looks at every migration again and again. Looks never overlap; any number of control processes
 * may look at the same store, since a decision is written only by whoever saw the latest state.
 */
export class ControlLoop {
  readonly #options: ControlLoopOptions;
  #cancel: Cancel = () => {};
  #isStopped = false;
  #looking: Promise<void> = Promise.resolve();

  constructor(options: ControlLoopOptions) {
    this.#options = options;
  }

  /** Begins to look, one interval from now. */
  start(): void {
    this.#schedule();
  }

  /** Stops looking. Resolves when the look that was under way is over. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#cancel();
    await this.#looking;
  }

  /** Looks once at every migration. */
  async look(): Promise<void> {
    const { service, onFailure } = this.#options;
    for (const name of service.names) {
      try {
        const outcome = await service.tick(name);
        if ('refused' in outcome) await service.refresh(name);
      } catch (error) {
        onFailure(name, error);
      }
    }
  }

  #schedule(): void {
    if (this.#isStopped) return;
    const { clock, intervalMs } = this.#options;
    this.#cancel = clock.after(intervalMs, () => {
      this.#looking = this.look().then(() => this.#schedule());
    });
  }
}
