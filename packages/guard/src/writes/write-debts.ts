import type { Clock, Instant } from '@falsework/core/ports';
import { laneOf } from '../journal/entries.ts';
import type { Entry, Journal } from '../journal/index.ts';

/** What of one route stands open, by the reason why. */
export interface RouteDebt {
  readonly route: string;
  readonly state: 'dead' | 'listed';
  readonly count: number;
  readonly oldestAgeMs: number;
}

/** What stands between the two stores now. */
export interface DebtSummary {
  /** Applied by the authority and not yet taken by the follower; nothing is wrong with these. */
  readonly ready: number;
  /** How old the oldest of these is. */
  readonly lagMs: number;
  /** Without a known end at the authority; those under way just now among them. */
  readonly inDoubt: number;
  readonly byRoute: readonly RouteDebt[];
  /** Why a gate must not pass: a sentence, or `null` when nothing is dead or listed. */
  readonly blocks: string | null;
}

/** A write that a person has to look at. What the caller sent is not shown: `read` gives it. */
export interface Debt {
  readonly sequence: number;
  readonly route: string;
  readonly key: string | null;
  readonly idempotencyKey: string;
  readonly state: 'dead' | 'listed';
  readonly at: Instant;
  readonly since: Instant;
  readonly attempts: number;
  readonly because: string;
  /** Later writes on the same key that wait for this one. */
  readonly waiting: number;
  /**
   * Those of them that bear the same idempotency key: the caller has repeated the write. When such
   * a repetition is what took effect, this one did not, however its key looks at the authority.
   */
  readonly repeatedBy: readonly number[];
  /**
   * The idempotency keys of those that wait, oldest first, as many as a person would look up: which
   * of them the authority has, and when, says when this one took effect, if it did.
   */
  readonly laterKeys: readonly string[];
}

/** A person's word. */
export interface PersonalDecision {
  readonly by: string;
  readonly reason: string;
}

/** What became of a person's order: done, or why not. Nothing was changed in the second case. */
export type OrderResult = { readonly done: true } | { readonly refused: string };

// A list is read by people and travels whole; a key on which more waits is looked up again.
const LATER_KEYS_MAX = 100;

interface DebtParts {
  readonly journal: Journal;
  readonly clock: Pick<Clock, 'now'>;
  /** Something may be fed on this lane now. */
  readonly wake: (lane: string) => void;
}

/**
 * Writes that only a person can settle: dead letters, which the follower did not take, and writes
 * listed for reconciliation, of which nobody knows whether the authority has them. While there is
 * one, the two stores are not equal, and no gate may pass.
 */
export class WriteDebts {
  readonly #parts: DebtParts;

  constructor(parts: DebtParts) {
    this.#parts = parts;
  }

  /** O(entries). */
  summary(): DebtSummary {
    const now = this.#parts.clock.now();
    const byRoute = new Map<string, RouteDebt>();
    const counts = { 'in-doubt': 0, ready: 0, dead: 0, listed: 0 };
    let lagMs = 0;
    for (const entry of this.#parts.journal.entries.all()) {
      const { state, route } = entry;
      const ageMs = Math.max(0, now - entry.at);
      counts[state] += 1;
      if (state === 'ready') lagMs = Math.max(lagMs, ageMs);
      if (state !== 'dead' && state !== 'listed') continue;
      const known = byRoute.get(`${state} ${route}`);
      byRoute.set(`${state} ${route}`, {
        route,
        state,
        count: (known?.count ?? 0) + 1,
        oldestAgeMs: Math.max(known?.oldestAgeMs ?? 0, ageMs),
      });
    }
    return {
      ready: counts.ready,
      lagMs,
      inDoubt: counts['in-doubt'],
      byRoute: [...byRoute.values()].sort((a, b) => b.oldestAgeMs - a.oldestAgeMs),
      blocks: blockOf(counts.dead, counts.listed),
    };
  }

  /** The oldest debts, at most `limit`. O(entries). */
  list(limit: number): Debt[] {
    const debts = [...this.#parts.journal.entries.all()].filter(isDebt);
    return debts
      .sort((a, b) => a.sequence - b.sequence)
      .slice(0, limit)
      .map((entry) => this.#describe(entry));
  }

  /** A dead letter is fed again, from its first attempt on. Resolves when that is durable. */
  async retry(sequence: number, by: string): Promise<OrderResult> {
    const at = this.#parts.clock.now();
    return this.#order(sequence, 'dead', () =>
      this.#parts.journal.note(sequence, { type: 'revived', at, by }),
    );
  }

  /**
   * A dead letter is given up: the follower never gets it, and what waits behind it goes on. The
   * two stores differ from then on, unless the person has seen to it.
   */
  async discard(sequence: number, { by, reason }: PersonalDecision): Promise<OrderResult> {
    if (reason.trim() === '')
      return { refused: 'A write is discarded for a reason; none was given.' };
    const at = this.#parts.clock.now();
    return this.#order(sequence, 'dead', () =>
      this.#parts.journal.note(sequence, { type: 'discarded', at, by, reason }),
    );
  }

  /** A person has found out whether the authority has a listed write; if so it is fed now. */
  async settle(
    sequence: number,
    { by, reason, isApplied }: PersonalDecision & { readonly isApplied: boolean },
  ): Promise<OrderResult> {
    if (reason.trim() === '')
      return { refused: 'A write is settled for a reason; none was given.' };
    const kind = isApplied ? 'applied' : 'refused';
    const at = this.#parts.clock.now();
    const outcome = { kind, status: null, by, reason } as const;
    return this.#order(sequence, 'listed', () =>
      this.#parts.journal.note(sequence, { type: 'outcome', at, outcome }),
    );
  }

  async #order(
    sequence: number,
    state: Debt['state'],
    note: () => Promise<boolean>,
  ): Promise<OrderResult> {
    const entry = this.#parts.journal.entries.get(sequence);
    if (entry === undefined) return { refused: `There is no open write ${sequence}.` };
    if (entry.state !== state)
      return { refused: `Write ${sequence} is ${entry.state}, not ${state}.` };
    const lane = laneOf(entry);
    await note();
    this.#parts.wake(lane);
    return { done: true };
  }

  #describe(entry: Entry & { readonly state: Debt['state'] }): Debt {
    const { sequence, route, key, idempotencyKey, state, at, since, attempts, because } = entry;
    const lane = this.#parts.journal.entries.lane(laneOf(entry));
    const behind = lane.filter((other) => other.sequence > sequence);
    const waiting = behind.length;
    const repeatedBy = behind
      .filter((other) => other.idempotencyKey === idempotencyKey)
      .map((other) => other.sequence);
    const laterKeys = behind.slice(0, LATER_KEYS_MAX).map((other) => other.idempotencyKey);
    return {
      sequence,
      route,
      key,
      idempotencyKey,
      state,
      at,
      since,
      attempts,
      because,
      waiting,
      repeatedBy,
      laterKeys,
    };
  }
}

function isDebt(entry: Entry): entry is Entry & { readonly state: Debt['state'] } {
  return entry.state === 'dead' || entry.state === 'listed';
}

function blockOf(dead: number, listed: number): string | null {
  const parts: string[] = [];
  if (dead > 0)
    parts.push(`${dead} ${dead === 1 ? 'write' : 'writes'} that the follower did not take`);
  if (listed > 0) {
    parts.push(
      `${listed} ${listed === 1 ? 'write' : 'writes'} of which nobody knows whether the authority has them`,
    );
  }
  return parts.length === 0 ? null : `Not settled: ${parts.join(', and ')}.`;
}
