import type { Clock, Random } from '@falsework/core/ports';
import type { Entry, Journal, OutcomeKind, WriteOutcome } from '../journal/index.ts';
import { type Backoff, backoffMs } from './backoff.ts';
import type { FollowerDialect } from './follower-dialect.ts';
import { replayOutcomeOf, type SendWrite } from './side-answer.ts';

/** How writes in doubt are resolved. */
export interface ResolvingSettings {
  readonly backoff: Backoff;
  /** Attempts while the guard runs: other writes on the key wait meanwhile. */
  readonly attemptsMax: number;
  /** Attempts for what a crash left behind: the authority may be starting, too. */
  readonly attemptsMaxAtStart: number;
  /** Writes older than this are not replayed: the authority may have forgotten their key. */
  readonly replayWithinMs: number;
  /**
   * How long after its begin a write that may not be replayed keeps its key: the authority may
   * still be at it though the guard that sent it is dead, and a later write must not overtake it.
   */
  readonly quietMs: number;
}

export interface ResolverParts {
  readonly journal: Journal;
  readonly clock: Clock;
  readonly random: Random;
  readonly send: SendWrite;
  readonly dialect: FollowerDialect;
  /** What the route declares that a status means; `null` for the usual meaning. */
  readonly declared: (route: string, status: number) => OutcomeKind | null;
  readonly settings: ResolvingSettings;
  /** A person has to find out what became of this write. */
  readonly onListed: (entry: Entry) => void;
}

/**
 * Finds out what became of writes that have no known end: it sends them again with the same
 * idempotency key, where the route declares that the authority then answers without acting again.
 * Where it does not, or where that leads nowhere, a person is asked; nothing is ever guessed.
 */
export class Resolver {
  readonly #parts: ResolverParts;
  #replays = 0;
  #isClosed = false;

  constructor(parts: ResolverParts) {
    this.#parts = parts;
  }

  /** Writes sent again, in this process. */
  get replays(): number {
    return this.#replays;
  }

  /** Begins nothing more. What is in doubt then stays so until the next start. */
  close(): void {
    this.#isClosed = true;
  }

  /** Resolves once the end of the entry is durable, or it is listed, or nothing may be begun. */
  async resolve(entry: Entry, isAtStart: boolean): Promise<void> {
    const { clock, random, settings } = this.#parts;
    const attemptsMax = isAtStart ? settings.attemptsMaxAtStart : settings.attemptsMax;
    if (!entry.canReplay) {
      await this.#rest(Math.min(settings.quietMs, entry.at + settings.quietMs - clock.now()));
      return this.#list(entry, 'its route does not declare it idempotent');
    }
    for (let attempt = 1; attempt <= attemptsMax; attempt += 1) {
      if (this.#isClosed) return;
      const ageMs = clock.now() - entry.at;
      if (ageMs > settings.replayWithinMs) {
        const limit = `${settings.replayWithinMs / 1_000} s`;
        return this.#list(entry, `it is older than the ${limit} within which it may be replayed`);
      }
      if (await this.#replay(entry)) return;
      await this.#rest(backoffMs(attempt, settings.backoff, random));
    }
    await this.#list(entry, `the authority gave no clear answer to ${attemptsMax} attempts`);
  }

  async #rest(restMs: number): Promise<void> {
    if (restMs <= 0) return;
    await new Promise<void>((resolve) => void this.#parts.clock.after(restMs, resolve));
  }

  async #list(entry: Entry, because: string): Promise<void> {
    if (this.#isClosed) return;
    const { journal, clock, onListed } = this.#parts;
    await journal.note(entry.sequence, { type: 'listed', at: clock.now(), because });
    onListed(journal.entries.get(entry.sequence) ?? entry);
  }

  async #replay(entry: Entry): Promise<boolean> {
    const { journal, clock, dialect, send } = this.#parts;
    const intent = await journal.read(entry.sequence);
    this.#replays += 1;
    const answer = await send(intent).catch(() => null);
    if (answer === null) return false;
    const { status, body } = answer;
    const kind = this.#parts.declared(entry.route, status) ?? replayOutcomeOf(status);
    if (kind === 'unknown') return false;
    const identifiers = kind === 'applied' ? dialect.identifiersOf(entry.route, body) : {};
    const outcome: WriteOutcome = { kind, status, identifiers, by: 'recovery' };
    await journal.note(entry.sequence, { type: 'outcome', at: clock.now(), outcome });
    return true;
  }
}
