import { fault } from '@falsework/core/errors';
import type { Clock, Random } from '@falsework/core/ports';
import { laneOf } from '../journal/entries.ts';
import type { Entry, Intent, Journal, OutcomeKind, WriteOutcome } from '../journal/index.ts';
import { Feeder, type FeedingSettings } from './feeder.ts';
import { type FollowerDialect, SAME_WORDS } from './follower-dialect.ts';
import { KeyTurns, type Release } from './key-turns.ts';
import { Resolver, type ResolvingSettings } from './resolver.ts';
import { outcomeOf, type SendWrite } from './side-answer.ts';
import { WriteDebts } from './write-debts.ts';

/** What a guard's writes need. */
export interface JournaledWritesOptions {
  readonly journal: Journal;
  readonly clock: Clock;
  readonly random: Random;
  /** Sends a write again to the side that decides: only ever one that is in doubt. */
  readonly sendToAuthority: SendWrite;
  readonly sendToFollower: SendWrite;
  /** How identifiers of one side become the other's. Default: they are the same. */
  readonly dialect?: FollowerDialect;
  readonly feeding?: Partial<FeedingSettings>;
  readonly resolving?: Partial<ResolvingSettings>;
  /**
   * What a route declares that a status of the authority means; `null` for the usual meaning: 2xx
   * and 3xx applied, 408 and 5xx unknown, other 4xx refused.
   */
  readonly declaredOutcome?: (route: string, status: number) => OutcomeKind | null;
  /** How long a write waits for an earlier one on its key. Default 5,000. */
  readonly keyWaitMs?: number;
  /** The follower has taken a write. Never throws. */
  readonly onTaken?: (entry: Entry) => void;
  /** A write now needs a person: for the alarm. Never throws. */
  readonly onDebt?: (entry: Entry) => void;
}

/** A write whose intent is durable: it may be sent to the authority now. */
export interface WriteTicket {
  readonly sequence: number;
  /**
   * The authority has answered. Call it before the answer is passed on to the caller, and wait for
   * it: on routes that declare idempotency it resolves at once, on others when the outcome is
   * durable. `body` may be `null` where the route learns no identifiers. Never rejects: an answer
   * that the authority gave belongs to the caller, and a journal that failed refuses the next
   * write. Only the first of all ends counts.
   */
  answered(status: number, body: Uint8Array | null): Promise<void>;
  /** The authority did not answer. `isSent` is false only when certainly nothing reached it. */
  failed(end: { readonly isSent: boolean }): Promise<void>;
}

const FEEDING: FeedingSettings = {
  concurrency: 16,
  backoff: { baseMs: 100, capMs: 30_000 },
  // Full jitter halves the mean: about 6 s until a write that is declined is shown to a person.
  attemptsMax: 8,
  // An outage of a day is an incident already; until then nothing is anybody's fault.
  unavailableMsMax: 24 * 3_600_000,
};
const RESOLVING: ResolvingSettings = {
  backoff: { baseMs: 100, capMs: 5_000 },
  // Less than a second of waiting, so that callers on the key are not refused meanwhile.
  attemptsMax: 5,
  // About 40 s.
  attemptsMaxAtStart: 20,
  // After a longer pause of the guard callers may have gone to the authority directly, and an old
  // write that takes effect now would undo a newer one.
  replayWithinMs: 15 * 60_000,
  // Longer than nearly every write takes, and shorter than callers wait for their turn.
  quietMs: 1_000,
};
const KEY_WAIT_MS = 5_000;

/**
 * Writes to two separate stores through one journal. The authority decides and answers the caller;
 * the follower is fed behind the caller's back, and both see one idempotency key.
 *
 * In the life of a write, in this order: its intent is durable · the authority sees it · its
 * outcome is noted · the caller has the answer · the outcome is durable · the follower takes it ·
 * it is over. A crash between any two of these loses nothing: what has no outcome is in doubt, and
 * is resolved when the journal is opened again, before another write on that key begins.
 *
 * ```ts
 * const ticket = await writes.begin(intent);   // rejects: the write must not be sent
 * const answer = await authority(intent);      // on failure: ticket.failed({ isSent })
 * await ticket.answered(answer.status, answer.body);
 * ```
 */
export class JournaledWrites {
  /** What needs a person, and blocks the gates. */
  readonly debts: WriteDebts;
  readonly #journal: Journal;
  readonly #clock: Clock;
  readonly #dialect: FollowerDialect;
  readonly #declared: (route: string, status: number) => OutcomeKind | null;
  readonly #turns: KeyTurns;
  readonly #resolver: Resolver;
  readonly #feeder: Feeder;
  readonly #resolving = new Set<Promise<void>>();
  #isClosed = false;

  /** Takes over what the journal holds, and begins at once to resolve and feed it. */
  constructor(options: JournaledWritesOptions) {
    const { journal, clock, random, dialect = SAME_WORDS, onDebt = () => {} } = options;
    this.#journal = journal;
    this.#clock = clock;
    this.#dialect = dialect;
    this.#declared = options.declaredOutcome ?? (() => null);
    this.#turns = new KeyTurns(clock, options.keyWaitMs ?? KEY_WAIT_MS);
    const common = { journal, clock, random, dialect };
    this.#resolver = new Resolver({
      ...common,
      send: options.sendToAuthority,
      declared: this.#declared,
      settings: { ...RESOLVING, ...options.resolving },
      onListed: onDebt,
    });
    this.#feeder = new Feeder({
      ...common,
      send: options.sendToFollower,
      settings: { ...FEEDING, ...options.feeding },
      onTaken: options.onTaken ?? (() => {}),
      onDead: onDebt,
    });
    this.debts = new WriteDebts({ journal, clock, wake: (lane) => this.#feeder.wake(lane) });
    this.#recover();
    this.#feeder.start();
  }

  /** What was done in this process. */
  get figures(): {
    readonly fed: number;
    readonly attempts: number;
    readonly replays: number;
    readonly keysTaken: number;
  } {
    const { fed, attempts } = this.#feeder.figures;
    return { fed, attempts, replays: this.#resolver.replays, keysTaken: this.#turns.taken };
  }

  /**
   * Takes a write: waits until no other is under way on its key, then until its intent is durable.
   * Rejects with FW_JOURNAL_FULL, FW_JOURNAL_FAILED, FW_JOURNAL_CLOSED or FW_WRITE_KEY_BUSY, and
   * the write must not be sent then.
   */
  async begin(intent: Omit<Intent, 'at'>): Promise<WriteTicket> {
    // Before the wait, so that a full journal answers at once.
    this.#assertOpen(intent.body.byteLength);
    const release = intent.key === null ? NOTHING_HELD : await this.#turns.take(intent.key);
    try {
      this.#assertOpen(intent.body.byteLength);
      const entry = await this.#journal.intend({ ...intent, at: this.#clock.now() });
      return this.#ticketOf(entry, release);
    } catch (error) {
      release();
      throw error;
    }
  }

  /** Resolves when no write of before is being resolved any more: for tests and readiness. */
  async recovered(): Promise<void> {
    await Promise.all(this.#resolving);
  }

  /** Takes no further write, and lets attempts under way finish. The journal stays open. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#resolver.close();
    await this.#feeder.close();
  }

  #assertOpen(bytes: number): void {
    if (this.#isClosed) throw fault('FW_JOURNAL_CLOSED', { folder: this.#journal.folder });
    const refusal = this.#journal.refusal(bytes);
    if (refusal !== null) throw refusal;
  }

  #ticketOf(entry: Entry, release: Release): WriteTicket {
    let isOver = false;
    const end = (outcome: () => WriteOutcome): Promise<void> => {
      if (isOver) return Promise.resolve();
      isOver = true;
      return this.#end(entry, outcome(), release);
    };
    return {
      sequence: entry.sequence,
      answered: (status, body) => end(() => this.#outcomeOf(entry.route, status, body)),
      failed: ({ isSent }) => end(() => ({ kind: isSent ? 'unknown' : 'unsent', status: null })),
    };
  }

  #outcomeOf(route: string, status: number, body: Uint8Array | null): WriteOutcome {
    const kind = this.#declared(route, status) ?? outcomeOf(status);
    if (kind !== 'applied' || body === null) return { kind, status };
    return { kind, status, identifiers: this.#dialect.identifiersOf(route, body) };
  }

  async #end(entry: Entry, outcome: WriteOutcome, release: Release): Promise<void> {
    if (outcome.kind === 'unknown') {
      // The key stays taken: a later write must not overtake the one that may still be repeated.
      this.#resolve([entry], release, false);
      return;
    }
    const event = { type: 'outcome', at: this.#clock.now(), outcome } as const;
    const noting = this.#journal.note(entry.sequence, event).then(
      () => this.#feeder.poke(laneOf(entry)),
      // Said by the journal itself, to the next write; this one is in doubt and will be resolved.
      () => {},
    );
    // The journal keeps the order of what it was told: the next intent never lies before this end.
    release();
    if (!entry.canReplay) await noting;
  }

  /** Resolves writes of one key, one after the other, and lets go of the key. */
  #resolve(entries: readonly Entry[], release: Release, isAtStart: boolean): void {
    const resolveAll = async (): Promise<void> => {
      for (const entry of entries) {
        // A journal that cannot be written any more says so to the next write.
        await this.#resolver.resolve(entry, isAtStart).catch(() => {});
        this.#feeder.poke(laneOf(entry));
      }
    };
    const resolving = resolveAll().then(() => {
      this.#resolving.delete(resolving);
      release();
    });
    this.#resolving.add(resolving);
  }

  /** Takes the keys of all writes in doubt before any new write can ask for them. */
  #recover(): void {
    const inDoubt = [...this.#journal.entries.all()].filter(({ state }) => state === 'in-doubt');
    const byLane = Map.groupBy(inDoubt, laneOf);
    for (const entries of byLane.values()) {
      const key = entries[0]?.key ?? null;
      const inOrder = entries.sort((a, b) => a.sequence - b.sequence);
      this.#resolve(inOrder, key === null ? NOTHING_HELD : this.#turns.takeNow(key), true);
    }
  }
}

const NOTHING_HELD: Release = () => {};
