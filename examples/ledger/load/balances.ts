import { type AccountAnswer, answerOf, type Standing } from './answer.ts';

/** What one write does to one account. */
export interface Effect extends Standing {
  readonly account: string;
}

/** What became of a write. `unknown`: its commit was sent and never answered. */
export type Fate = 'acknowledged' | 'refused' | 'unknown';

/** A write under way. */
export interface WriteUnderWay {
  end(fate: Fate): void;
}

/** A read under way: what its answer must contain, and what it may. */
export interface ReadUnderWay {
  readonly account: string;
  readonly startedAt: number;
  readonly base: Standing;
}

/**
 * What a reader got. `stale`: it lacked a write that had been acknowledged before it asked.
 * `changed`: no order of the writes explains it.
 */
export type ReadVerdict = 'right' | 'stale' | 'changed';

interface Move extends Effect {
  readonly begunAt: number;
  /** `null` while nobody knows: it may be there or not. */
  endedAt: number | null;
}

const NOTHING: Standing = { cents: 0n, held: 0n, lines: 0 };
// Far more than there are events while one read is under way, which is how long a move matters.
const EVENTS_KEPT = 20_000;
// Writes that overlap one read on one account; the sums of all their subsets are looked at.
const OVERLAPS_MAX = 14;

/**
 * Knows for every account what a read may answer, from nothing but the acknowledgements: all that
 * was acknowledged before it asked, and of what was under way meanwhile any part. Time is counted
 * in events, which is exact, since all writers and readers live in this process.
 */
export class Balances {
  #events = 0;
  readonly #settled = new Map<string, Standing>();
  readonly #moves = new Map<string, Move[]>();

  /** Notes a write that is about to be tried. */
  begin(effects: readonly Effect[]): WriteUnderWay {
    const begunAt = this.#next();
    const moves = effects.map((effect): Move => ({ ...effect, begunAt, endedAt: null }));
    for (const move of moves) this.#of(move.account).push(move);
    return {
      end: (fate) => {
        const endedAt = this.#next();
        for (const move of moves) this.#end(move, fate, endedAt);
      },
    };
  }

  /** The standing of an account by everything that was acknowledged so far. */
  settled(account: string): Standing {
    return this.#settled.get(account) ?? NOTHING;
  }

  /** To be called before a read is sent. */
  startRead(account: string): ReadUnderWay {
    return { account, startedAt: this.#next(), base: this.settled(account) };
  }

  /** Judges what the read answered; to be called when the answer is there. */
  judge({ account, startedAt, base }: ReadUnderWay, answer: AccountAnswer): ReadVerdict {
    const moves = this.#of(account);
    const open = moves.filter(({ endedAt }) => endedAt === null || endedAt > startedAt);
    if (explains(base, open, answer)) return 'right';
    // Something acknowledged before it asked may be missing: is it that, and nothing worse?
    const before = moves.filter(({ endedAt }) => endedAt !== null && endedAt <= startedAt);
    const undone = before.map(negated);
    return explains(base, [...open, ...undone.slice(-OVERLAPS_MAX / 2)], answer)
      ? 'stale'
      : 'changed';
  }

  #end(move: Move, fate: Fate, endedAt: number): void {
    const { account } = move;
    if (fate === 'unknown') return;
    if (fate === 'acknowledged') {
      move.endedAt = endedAt;
      this.#settled.set(account, sum(this.settled(account), move));
    }
    const isKept = (one: Move): boolean =>
      (one !== move || fate === 'acknowledged') &&
      (one.endedAt === null || one.endedAt > endedAt - EVENTS_KEPT);
    this.#moves.set(account, this.#of(account).filter(isKept));
  }

  #of(account: string): Move[] {
    const known = this.#moves.get(account);
    if (known !== undefined) return known;
    const none: Move[] = [];
    this.#moves.set(account, none);
    return none;
  }

  #next(): number {
    this.#events += 1;
    return this.#events;
  }
}

function explains(base: Standing, moves: readonly Standing[], answer: AccountAnswer): boolean {
  const wanted = JSON.stringify(answer);
  let reachable = [base];
  for (const move of moves.slice(-OVERLAPS_MAX)) {
    reachable = [...reachable, ...reachable.map((one) => sum(one, move))];
  }
  return reachable.some((one) => JSON.stringify(answerOf(answer.account, one)) === wanted);
}

function sum(one: Standing, other: Standing): Standing {
  return {
    cents: one.cents + other.cents,
    held: one.held + other.held,
    lines: one.lines + other.lines,
  };
}

function negated({ cents, held, lines }: Standing): Standing {
  return { cents: -cents, held: -held, lines: -lines };
}
