import type { Random } from '@falsework/core/ports';
import type { FenceReason } from '@falsework/core/routing';
import type { Database } from '../src/postgres/database.ts';
import { ask } from './stores.ts';

/**
 * Tables whose rows belong to accounts: by their key, by a column that changes, and to everybody.
 */
export const HOLDS = {
  legacy: `
    create table accounts (id int primary key, seq int not null);
    create table holds (ref int primary key, acct int not null, rev int not null);
    create table closings (month int, acct int, total int not null, primary key (month, acct));
    create table rates (code text primary key, rate int not null)`,
  candidate: `
    create table account (account_id bigint primary key, seq int not null);
    create table hold (hold_ref bigint primary key, account_id bigint not null, rev int not null);
    create table closing (month int, account_id bigint, total int not null,
      primary key (account_id, month));
    create table rate (code text primary key, rate int not null)`,
  mapping: {
    accounts: { to: 'account', columns: { account_id: 'id' }, back: {} },
    holds: { to: 'hold', columns: { hold_ref: 'ref', account_id: 'acct' } },
    closings: { to: 'closing', columns: { account_id: 'acct' } },
    rates: { to: 'rate' },
  },
  keys: { accounts: 'id', holds: 'acct', closings: 'acct', rates: '*' },
} as const;

/** What was acknowledged of one row: its revision, and whose it is; `null` when it is gone. */
interface Acknowledged {
  readonly rev: number;
  readonly account: string | null;
}

/** Everything that writers were told was done, and what a read must show of it. */
export class Book {
  readonly #seqs = new Map<string, number>();
  readonly #holds = new Map<number, Acknowledged>();

  raised(account: string, seq: number): void {
    this.#seqs.set(account, Math.max(seq, this.#seqs.get(account) ?? 0));
  }

  held(ref: number, acknowledged: Acknowledged): void {
    this.#holds.set(ref, acknowledged);
  }

  /** What a read that begins now must not fall behind. */
  before(account: string): Expected {
    return { account, seq: this.#seqs.get(account) ?? 0, holds: new Map(this.#holds) };
  }

  /**
   * What an answer lacks of what had been acknowledged before it was asked for; `null` when it is
   * up to date. A row that was written meanwhile may be shown as it was or as it is.
   */
  staleness({ account, seq, holds }: Expected, answer: AccountRead): string | null {
    if (answer.seq < seq) return `seq ${answer.seq}, acknowledged ${seq}`;
    for (const [ref, rev] of answer.holds) {
      const known = holds.get(ref)?.rev ?? 0;
      if (rev < known) return `hold ${ref} as of ${rev}, acknowledged ${known}`;
    }
    for (const [ref, { rev, account: owner }] of holds) {
      const isAtRest = this.#holds.get(ref)?.rev === rev && !this.#underWay.has(ref);
      if (owner === account && isAtRest && !answer.holds.has(ref)) return `hold ${ref} is missing`;
    }
    return null;
  }

  // A write that has committed and was not acknowledged yet excuses a row that is not there.
  readonly #underWay = new Set<number>();

  async writing<T>(ref: number, write: () => Promise<T>): Promise<T> {
    this.#underWay.add(ref);
    try {
      return await write();
    } finally {
      this.#underWay.delete(ref);
    }
  }
}

/** What was acknowledged when a read began. */
export interface Expected {
  readonly account: string;
  readonly seq: number;
  readonly holds: ReadonlyMap<number, Acknowledged>;
}

/** An account with its holds, as a store shows them. */
export interface AccountRead {
  readonly seq: number;
  readonly holds: ReadonlyMap<number, number>;
}

/** Reads an account in one statement, in the words of either schema. */
export async function readAccount(
  database: Database,
  account: string,
  side: 'legacy' | 'candidate',
): Promise<AccountRead> {
  const sql =
    side === 'legacy'
      ? `select seq, (select json_agg(array[ref, rev]) from holds where acct = id) from accounts where id = $1::int`
      : `select seq, (select json_agg(array[hold_ref, rev]) from hold h where h.account_id = a.account_id)
           from account a where account_id = $1::int`;
  const [row] = await ask(database, sql, [account]);
  const holds = JSON.parse(row?.[1] ?? '[]') as (readonly [number, number])[];
  return { seq: Number(row?.[0] ?? 0), holds: new Map(holds) };
}

const ACCOUNTS = 40;
const REFS_PER_WRITER = 20;

/** An account of those that are written to. */
export const someAccount = (random: Random): string =>
  String(1 + Math.floor(random.next() * ACCOUNTS));

/** Makes the accounts that writers and readers share. */
export const accountRows = (): string =>
  `insert into accounts select i, 0 from generate_series(1, ${ACCOUNTS}) i; insert into rates values ('eur', 1)`;

/**
 * Writes for as long as `isOn`: raises accounts, places holds, moves them to other accounts and
 * releases them. Each hold has one writer, so what was acknowledged of it has an order.
 */
export async function writeHolds(
  database: Database,
  book: Book,
  {
    random,
    writer,
    isOn,
  }: { readonly random: Random; readonly writer: number; readonly isOn: () => boolean },
): Promise<number> {
  const revisions = new Map<number, number>();
  let written = 0;
  while (isOn()) {
    const account = someAccount(random);
    if (random.next() < 0.4) {
      const [row] = await ask(
        database,
        'update accounts set seq = seq + 1 where id = $1::int returning seq',
        [account],
      );
      book.raised(account, Number(row?.[0]));
    } else {
      const ref = writer * REFS_PER_WRITER + Math.floor(random.next() * REFS_PER_WRITER);
      const rev = (revisions.get(ref) ?? 0) + 1;
      revisions.set(ref, rev);
      const isReleased = random.next() < 0.25;
      await book.writing(ref, async () => {
        await ask(database, isReleased ? RELEASE : PLACE, isReleased ? [ref] : [ref, account, rev]);
        book.held(ref, { rev, account: isReleased ? null : account });
      });
    }
    written += 1;
  }
  return written;
}

const RELEASE = 'delete from holds where ref = $1';
const PLACE = `insert into holds values ($1, $2::int, $3)
  on conflict (ref) do update set acct = excluded.acct, rev = excluded.rev`;

/** What a round of reads came to. */
export interface ReadCounts {
  readonly fromCandidate: number;
  readonly fenced: Readonly<Partial<Record<FenceReason, number>>>;
  readonly stale: readonly string[];
}
