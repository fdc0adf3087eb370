import type { Cancel, Clock, ControlStore, Random } from '@falsework/core/ports';
import type { Known } from '../service/control-service.ts';
import { conditionsOf } from './conditions.ts';
import { NOTHING_WATCHED, observe, type Watch } from './notices.ts';
import type { Poster } from './post.ts';
import type { NotifyTarget } from './target.ts';
import { Teller } from './teller.ts';

/** What the notifier stands on. */
export interface NotifierOptions {
  readonly store: Pick<ControlStore, 'told' | 'keepTold' | 'decisions'>;
  readonly clock: Clock;
  readonly random: Random;
  readonly poster: Poster;
  /** The targets of each migration, by its name. */
  readonly targets: ReadonlyMap<string, readonly NotifyTarget[]>;
  readonly read: (migration: string) => Promise<Known>;
  readonly controlUrl: string;
  readonly holder: string;
  readonly everyMs: number;
  /** Told of a look that failed, or of a target that did; `null` when the target is back. */
  readonly onFailure: (migration: string, error: Error | null) => void;
}

/**
 * Looks at every migration that has targets, and lets each target be told what it was not told yet.
 * Targets know nothing of each other: one that hangs keeps nobody waiting, least of all the loop
 * that decides.
 */
export class Notifier {
  readonly #options: NotifierOptions;
  readonly #tellers: ReadonlyMap<string, readonly Teller[]>;
  readonly #watches = new Map<string, Watch>();
  #cancel: Cancel = () => {};
  #isStopped = false;
  #looking: Promise<void> = Promise.resolve();

  constructor(options: NotifierOptions) {
    this.#options = options;
    const { store, clock, random, poster, controlUrl, holder, onFailure } = options;
    const common = { store, clock, random, poster, controlUrl, holder };
    this.#tellers = new Map(
      [...options.targets]
        .filter(([, targets]) => targets.length > 0)
        .map(([name, targets]) => [
          name,
          targets.map((target) => {
            const report = (error: Error | null): void => onFailure(name, error);
            return new Teller({ ...common, target, onFailure: report });
          }),
        ]),
    );
  }

  /** Begins to look, one interval from now. */
  start(): void {
    if (this.#isStopped || this.#tellers.size === 0) return;
    const { clock, everyMs } = this.#options;
    this.#cancel = clock.after(everyMs, () => {
      this.#looking = this.look().then(() => this.start());
    });
  }

  /** Looks once at every migration. Resolves before anybody is told. */
  async look(): Promise<void> {
    const { read, clock, onFailure } = this.#options;
    for (const [name, tellers] of this.#tellers) {
      try {
        const { managed, state, evidence } = await read(name);
        const now = clock.now();
        const present = conditionsOf({ state, evidence, policy: managed.policy, now });
        const watch = observe(this.#watches.get(name) ?? NOTHING_WATCHED, present, now);
        this.#watches.set(name, watch);
        for (const teller of tellers) teller.look({ state, watch });
      } catch (error) {
        onFailure(name, error as Error);
      }
    }
  }

  /** Resolves when nobody is being told anything. */
  async idle(): Promise<void> {
    await Promise.all([...this.#tellers.values()].flat().map((teller) => teller.idle()));
  }

  /** Stops looking and telling. What could not be said is said by whoever looks next. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#cancel();
    await this.#looking;
    // Before the tellers: one that hangs is only ended by ending its request.
    await this.#options.poster.close();
    await Promise.all([...this.#tellers.values()].flat().map((teller) => teller.stop()));
  }
}
