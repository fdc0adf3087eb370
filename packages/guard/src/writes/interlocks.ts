import type { Clock } from '@falsework/core/ports';
import {
  DRY_RUN_ASKED,
  DRY_RUN_HEADER,
  type InterlockEvent,
  type InterlockState,
  type InterlockStep,
  mayShadow,
  OPEN_INTERLOCK,
  stepInterlock,
} from './dry-run-interlock.ts';

/** Where the interlocks of all routes are kept, so that a restart does not resume anything. */
export interface InterlockStore {
  /** All that were ever stored, by route. */
  load(): Promise<ReadonlyMap<string, InterlockState>>;
  /** Resolves when it is durable. */
  save(route: string, state: InterlockState): Promise<void>;
}

export interface InterlocksOptions {
  readonly store: InterlockStore;
  readonly clock: Pick<Clock, 'now'>;
  /** A route's shadows were stopped, or its stop could not be stored. Never throws. */
  readonly onAlarm: (route: string, because: string) => void;
}

/** A shadow of the effect `dry-run` on its way. */
export interface DryRun {
  /** Goes with the request: a name and a value. */
  readonly headers: readonly [string, string];
  /** The candidate has answered; `said` is its `Falsework-Dry-Run`. True: it may be compared. */
  answered(said: string | null): boolean;
}

/** The interlocks of all routes of the effect `dry-run`. */
export class Interlocks {
  readonly #options: InterlocksOptions;
  readonly #states: Map<string, InterlockState>;
  #saving: Promise<void> = Promise.resolve();

  private constructor(options: InterlocksOptions, states: ReadonlyMap<string, InterlockState>) {
    this.#options = options;
    this.#states = new Map(states);
  }

  /** Rejects with what the store says: without knowing what is stopped, nothing may be shadowed. */
  static async load(options: InterlocksOptions): Promise<Interlocks> {
    return new Interlocks(options, await options.store.load());
  }

  stateOf(route: string): InterlockState {
    return this.#states.get(route) ?? OPEN_INTERLOCK;
  }

  /** Routes whose shadows are stopped. */
  stopped(): { readonly route: string; readonly state: InterlockState }[] {
    return [...this.#states]
      .filter(([, state]) => !mayShadow(state))
      .map(([route, state]) => ({ route, state }));
  }

  /** Before a shadow is sent: `null` when none may be. */
  begin(route: string): DryRun | null {
    const state = this.stateOf(route);
    if (!mayShadow(state)) return null;
    const { round } = state;
    return {
      headers: [DRY_RUN_HEADER, DRY_RUN_ASKED],
      answered: (said) => {
        const at = this.#options.clock.now();
        const step = this.#apply(route, { type: 'answered', at, round, said });
        // One that was under way when the route was stopped is no evidence for anything.
        return step.alarm === null && mayShadow(step.state) && step.state.round === round;
      },
    };
  }

  /** A person says that the candidate now honours dry runs. Resolves once that is durable. */
  async resume(
    route: string,
    { by, reason }: { readonly by: string; readonly reason: string },
  ): Promise<{ readonly done: true } | { readonly refused: string }> {
    const at = this.#options.clock.now();
    const step = stepInterlock(this.stateOf(route), { type: 'resume', at, by, reason });
    if (step.refused !== null) return { refused: step.refused };
    // Stored first: a resumption that a restart forgets would look like one that nobody gave.
    await this.#saving;
    await this.#options.store.save(route, step.state);
    this.#states.set(route, step.state);
    return { done: true };
  }

  /** Resolves when every stop so far is stored, or has failed to be. */
  saved(): Promise<void> {
    return this.#saving;
  }

  #apply(route: string, event: InterlockEvent): InterlockStep {
    const step = stepInterlock(this.stateOf(route), event);
    if (!step.isChanged) return step;
    // In memory first: the very next shadow is not sent, whatever the store does.
    this.#states.set(route, step.state);
    if (step.alarm !== null) this.#options.onAlarm(route, step.alarm);
    this.#saving = this.#saving
      .then(() => this.#options.store.save(route, step.state))
      .catch((error: unknown) => {
        const because = error instanceof Error ? error.message : String(error);
        this.#options.onAlarm(route, `the stop could not be stored (${because})`);
      });
    return step;
  }
}
