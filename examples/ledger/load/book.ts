import { decimal } from './answer.ts';

/** One line of an entry: debits are positive, credits negative. */
export interface Line {
  readonly account: string;
  readonly cents: bigint;
}

/** An entry as a caller hands it in. `ref` is the caller's own, and names it for ever. */
export interface Entry {
  readonly ref: string;
  readonly at: Date;
  readonly memo: string;
  readonly batch: string | null;
  readonly lines: readonly Line[];
}

/** Money set aside on an account. */
export interface Hold {
  readonly ref: string;
  readonly account: string;
  readonly cents: bigint;
  readonly reason: string;
}

/** Everything that a store has, read at one instant. */
export interface StoreContents {
  /** By `ref`; a ref that is there twice was applied twice. */
  readonly entries: readonly { readonly ref: string; readonly lines: readonly Line[] }[];
  readonly holds: readonly Hold[];
  readonly closings: readonly Closing[];
}

/** The balance of an account at the end of a month, as it was booked then. */
export interface Closing {
  /** Its first day, `2026-01-01`. */
  readonly month: string;
  readonly account: string;
  readonly cents: bigint;
}

/** What an audit of a store found. Nothing but zeros is good. */
export interface Audit {
  readonly acknowledged: number;
  /** Acknowledged, and not there. */
  readonly lost: number;
  /** There more than once, or with lines that nobody wrote. */
  readonly duplicated: number;
  /** There although it was deleted, and that was acknowledged. */
  readonly resurrected: number;
  /** There, but not as it was written last. */
  readonly stale: number;
  /**
   * Over all accounts, how far balances are from what the acknowledged entries make of them, those
   * at the end of each month included.
   */
  readonly balanceDifferenceCents: bigint;
}

type HoldFate = Hold | 'deleted';

/**
 * Knows every write that was acknowledged, by itself and from nothing but the acknowledgements. A
 * write whose outcome was never learned (the connection broke while it was committed) may be there
 * or not; once it has been seen it counts as acknowledged.
 */
export class Book {
  readonly #entries = new Map<string, Entry>();
  readonly #uncertain = new Map<string, Entry>();
  readonly #holds = new Map<string, readonly HoldFate[]>();
  readonly #closed = new Set<string>();
  readonly #maybeClosed = new Set<string>();

  get acknowledged(): number {
    return this.#entries.size + this.#holds.size + this.#closed.size;
  }

  posted(entry: Entry): void {
    this.#uncertain.delete(entry.ref);
    this.#entries.set(entry.ref, entry);
  }

  /** Nobody knows whether it was posted. */
  maybePosted(entry: Entry): void {
    this.#uncertain.set(entry.ref, entry);
  }

  /** A month was closed; nobody posts into it afterwards. */
  closed(month: string): void {
    this.#closed.add(month);
  }

  /** Nobody knows whether the month was closed. */
  maybeClosed(month: string): void {
    this.#maybeClosed.add(month);
  }

  held(hold: Hold): void {
    this.#holds.set(hold.ref, [hold]);
  }

  released(ref: string): void {
    this.#holds.set(ref, ['deleted']);
  }

  /** Either of what it was and what it was to become, for all that is known. */
  maybeHeld(ref: string, fate: HoldFate): void {
    this.#holds.set(ref, [...(this.#holds.get(ref) ?? ['deleted']), fate]);
  }

  /** Holds that are there for certain, for whoever wants to change or release one. */
  openHolds(): Hold[] {
    return [...this.#holds.values()].flatMap(([fate, ...others]) =>
      others.length === 0 && fate !== undefined && fate !== 'deleted' ? [fate] : [],
    );
  }

  /** Compares a store with what was acknowledged. The store must be at rest. */
  audit({ entries, holds, closings }: StoreContents): Audit {
    const found = new Map(entries.map((entry) => [entry.ref, entry.lines]));
    for (const [ref, entry] of this.#uncertain) if (found.has(ref)) this.posted(entry);
    const expected = new Map<string, bigint>();
    for (const { lines } of this.#entries.values()) add(expected, lines, 1n);
    for (const { lines } of entries) add(expected, lines, -1n);
    const known = [...this.#entries.values()];
    const isAsWritten = ({ ref, lines }: Entry): boolean =>
      linesText(found.get(ref) ?? []) === linesText(lines);
    const present = known.filter(({ ref }) => found.has(ref));
    const there = new Map(holds.map((hold) => [hold.ref, hold]));
    const fates = [...this.#holds];
    const may = (ref: string): Set<string> =>
      new Set((this.#holds.get(ref) ?? ['deleted']).map(fateText));
    return {
      acknowledged: this.acknowledged,
      lost:
        known.length -
        present.length +
        fates.filter(([ref]) => !there.has(ref) && !may(ref).has('deleted')).length,
      duplicated:
        entries.length -
        found.size +
        entries.filter(({ ref }) => !this.#entries.has(ref)).length +
        (holds.length - there.size),
      resurrected: holds.filter(({ ref }) => isOnlyDeleted(may(ref))).length,
      stale:
        present.filter((entry) => !isAsWritten(entry)).length +
        holds.filter((hold) => !isOnlyDeleted(may(hold.ref)) && !may(hold.ref).has(fateText(hold)))
          .length,
      balanceDifferenceCents:
        [...expected.values()].reduce((sum, one) => sum + abs(one), 0n) +
        this.#closingsOff(closings),
    };
  }

  /** The supervisor's report as it has to read, for these accounts. */
  report(accounts: readonly { readonly id: string; readonly kind: string }[]): string {
    const lines = [...this.#entries.values()].flatMap((entry) => entry.lines);
    const byAccount = Map.groupBy(lines, ({ account }) => account);
    return [...accounts]
      .sort((one, other) => (one.id < other.id ? -1 : 1))
      .map(({ id, kind }) => {
        const own = (byAccount.get(id) ?? []).map(({ cents }) => cents);
        const debits = own.reduce((sum, cents) => sum + (cents > 0n ? cents : 0n), 0n);
        const credits = own.reduce((sum, cents) => sum - (cents < 0n ? cents : 0n), 0n);
        return [id, kind, decimal(debits, 2), decimal(credits, 2), own.length].join(' ');
      })
      .join('\n');
  }

  #closingsOff(closings: readonly Closing[]): bigint {
    const seen = closings.map(({ month }) => month).filter((month) => this.#maybeClosed.has(month));
    for (const month of seen) this.closed(month);
    const off = new Map<string, bigint>();
    const note = (month: string, account: string, cents: bigint): void => {
      const key = `${month} ${account}`;
      off.set(key, (off.get(key) ?? 0n) + cents);
    };
    for (const { month, account, cents } of closings) note(month, account, cents);
    for (const month of this.#closed) {
      const end = endOf(month);
      for (const { at, lines } of this.#entries.values()) {
        if (at < end) for (const { account, cents } of lines) note(month, account, -cents);
      }
    }
    return [...off.values()].reduce((sum, one) => sum + abs(one), 0n);
  }
}

/** The first instant that is not of the month any more. */
function endOf(month: string): Date {
  const [year = 0, number = 1] = month.split('-').map(Number);
  return new Date(Date.UTC(year, number, 1));
}

function add(balances: Map<string, bigint>, lines: readonly Line[], sign: bigint): void {
  for (const { account, cents } of lines) {
    balances.set(account, (balances.get(account) ?? 0n) + sign * cents);
  }
}

function isOnlyDeleted(fates: ReadonlySet<string>): boolean {
  return fates.size === 1 && fates.has('deleted');
}

function fateText(fate: HoldFate): string {
  return fate === 'deleted' ? fate : `${fate.account} ${fate.cents} ${fate.reason}`;
}

function linesText(lines: readonly Line[]): string {
  return lines
    .map(({ account, cents }) => `${account} ${cents}`)
    .sort()
    .join('\n');
}

function abs(value: bigint): bigint {
  return value < 0n ? -value : value;
}
