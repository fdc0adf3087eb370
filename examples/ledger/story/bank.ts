import { setTimeout as pause } from 'node:timers/promises';
import type { ControlLink } from '@falsework/core/ports';
import type { ReadFence, Side } from '@falsework/core/routing';
import type { Database } from '@falsework/data';
import { Plane, seam } from '@falsework/seam';
import type { SeededRandom } from '@falsework/testkit';
import { readAccount as readCandidate } from '../candidate/reads.ts';
import type { AccountAnswer } from '../load/answer.ts';
import { Balances } from '../load/balances.ts';
import { Book, type Entry } from '../load/book.ts';
import { Calendar } from '../load/calendar.ts';
import { type Account, candidateLedger, legacyLedger } from '../load/ledger-store.ts';
import { closeMonth } from '../load/month-end.ts';
import { type LedgerReaders, startReaders } from '../load/readers.ts';
import { type Authority, carryOut, type Write, type WriteSurroundings } from '../load/write.ts';
import { effectsOfEntries, type LedgerWriters, startWriters } from '../load/writers.ts';

/** Both stores, as the bank itself is connected to them. */
export type BankStores = Readonly<Record<Side, Database>>;

/** The old way to read an account: code that is to be deleted. */
export type ReadLegacy = (database: Database, account: string) => Promise<AccountAnswer>;

/** What a bank is made of. */
export interface BankParts {
  readonly stores: BankStores;
  readonly accounts: readonly Account[];
  readonly random: SeededRandom;
  readonly readLegacy: ReadLegacy;
  /** Keeps a reader who has just written away from the store that does not have it yet. */
  readonly fence: ReadFence;
}

const FIRST_MONTH = '2026-01-01';
const WRITERS = 4;
const WRITER_PAUSE_MS = 80;
const READERS = 4;
const READER_PAUSE_MS = 30;
const FENCED_PAUSE_MS = 20;
const MONTH_MS = 12_000;
const SAVERS = 25;
const CLOSE_WITHIN_MS = 5_000;
const SHADOW_TIMEOUT_MS = 10_000;

/**
 * The application whose ledger is replaced: people who write, people who read, and a batch at the
 * end of each month. It knows of Falsework what an application has to know: a seam around the read,
 * and that a store which takes no writes says so.
 */
export class Bank {
  readonly book = new Book();
  readonly balances = new Balances();
  readonly #calendar = new Calendar(FIRST_MONTH);
  readonly #parts: BankParts;
  readonly #authorities: Readonly<Record<Side, Authority>>;
  /** Where the next write is tried first. */
  #authority: Side = 'legacy';
  #tookLast: Side = 'legacy';
  #writtenLast: string | null = null;
  #plane: Plane | null = null;
  #read: (account: string) => Promise<AccountAnswer>;
  #report: () => string = () => '';
  #writers: LedgerWriters | null = null;
  #readers: LedgerReaders | null = null;
  #monthsClosed = 0;
  #fenced = 0;
  readonly #stopping = new AbortController();
  #working: Promise<void> = Promise.resolve();
  #batch: Promise<void> = Promise.resolve();

  constructor(parts: BankParts) {
    this.#parts = parts;
    const { legacy, candidate } = parts.stores;
    this.#authorities = {
      legacy: { database: legacy, ledger: legacyLedger },
      candidate: { database: candidate, ledger: candidateLedger },
    };
    this.#read = (account) => parts.readLegacy(legacy, account);
  }

  /** Everything that was there on the first day. */
  began(entries: readonly Entry[]): void {
    for (const entry of entries) {
      this.book.posted(entry);
      this.balances.begin(effectsOfEntries([entry])).end('acknowledged');
    }
  }

  get accounts(): readonly Account[] {
    return this.#parts.accounts;
  }

  /** The store that took the last write. */
  get authority(): Side {
    return this.#tookLast;
  }

  /** What the seam saw of both sides, for people. */
  get seamReport(): string {
    return this.#report();
  }

  get monthsClosed(): number {
    return this.#monthsClosed;
  }

  /** Attempts that met a store which took no writes. */
  get fenced(): number {
    return this.#fenced + (this.#writers?.fenced() ?? 0);
  }

  get reads(): ReturnType<LedgerReaders['counts']> | null {
    return this.#readers?.counts() ?? null;
  }

  get firstWrong(): string | null {
    return this.#readers?.firstWrong() ?? null;
  }

  /** Deploys a build of the candidate: from the next read on, it stands behind the seam. */
  async deploy(build: number, link: ControlLink): Promise<void> {
    const { stores, readLegacy, fence } = this.#parts;
    const before = this.#plane;
    const plane = new Plane({
      link,
      builds: { legacy: 'ledger-1', candidate: `ledger-2.${build}` },
    });
    const read = seam({
      name: 'ledger.account',
      legacy: (account: string) => readLegacy(stores.legacy, account),
      candidate: (account: string) => readCandidate(stores.candidate, account, build),
      effects: 'none',
      mayCall: ['127.0.0.1'],
      key: ([account]) => account,
      fence,
      isCritical: true,
      busyMax: 1,
      timeoutMs: SHADOW_TIMEOUT_MS,
      plane,
    });
    this.#read = read;
    this.#report = () => String(read.report());
    this.#plane = plane;
    await before?.close({ withinMs: CLOSE_WITHIN_MS });
  }

  /** Opens: writers and readers go on until the bank closes. */
  open(): void {
    const { accounts, random, fence } = this.#parts;
    const ids = accounts.map(({ id }) => id);
    this.resumeWrites();
    this.#readers = startReaders({
      read: (account) => {
        // Shadows step aside for seconds on a busy machine. A mark from before would be older than
        // what the outbox remembers, and a comparison judged by it could not be excused.
        fence.mark();
        return this.#read(account);
      },
      balances: this.balances,
      accounts: ids,
      writtenLast: () => this.#writtenLast,
      random,
      readers: READERS,
      pauseMs: READER_PAUSE_MS,
    });
    this.#working = this.#keepClosing();
    this.#working.catch(() => this.#stopping.abort());
  }

  resumeWrites(): void {
    const { accounts, random } = this.#parts;
    this.#writers = startWriters({
      ...this.#surroundings(),
      book: this.book,
      accounts: accounts.map(({ id }) => id),
      random,
      now: () => this.#calendar.now(),
      writers: WRITERS,
      pauseMs: WRITER_PAUSE_MS,
    });
  }

  async pauseWrites(): Promise<void> {
    const writers = this.#writers;
    await writers?.stop();
    this.#fenced += writers?.fenced() ?? 0;
    this.#writers = null;
  }

  /** Nobody writes, and no batch runs, while `look` looks; the month is closed before. */
  atRest(look: () => Promise<void>): Promise<void> {
    return this.#alone(async () => {
      await this.pauseWrites();
      await this.#closeNow();
      await look();
      this.resumeWrites();
    });
  }

  /** Carries out one write beside those of the writers. */
  async write(write: Write): Promise<void> {
    this.#fenced += await carryOut(this.#surroundings(), write);
  }

  /** Takes the seam out: the new ledger is read directly, as if there had never been another. */
  async struck(build: number): Promise<void> {
    const { candidate } = this.#parts.stores;
    this.#read = (account) => readCandidate(candidate, account, build);
    await this.#plane?.close({ withinMs: CLOSE_WITHIN_MS });
    this.#plane = null;
  }

  /** Lets everybody finish. Rejects when a writer met what it should not have. */
  async close(): Promise<void> {
    this.#stopping.abort();
    await this.#working;
    await this.#readers?.stop();
    await this.pauseWrites();
    await this.#plane?.close({ withinMs: CLOSE_WITHIN_MS });
    this.#plane = null;
  }

  /** Rejects as soon as somebody in the bank has ended by himself. */
  async watch(): Promise<never> {
    for (;;) {
      await pause(200);
      if (this.#writers?.areAtWork() === false) await this.#writers.stop();
      if (this.#stopping.signal.aborted) await this.#working;
    }
  }

  async #alone(act: () => Promise<void>): Promise<void> {
    const before = this.#batch;
    const acting = (async (): Promise<void> => {
      await before;
      await act();
    })();
    // Whoever comes next is not to fail for what we did.
    this.#batch = acting.catch(() => {});
    await acting;
  }

  async #closeNow(): Promise<void> {
    const [bank, ...savers] = this.#parts.accounts.map(({ id }) => id);
    const nobody = { settle: async (): Promise<void> => {} };
    await closeMonth({
      ...this.#surroundings(),
      book: this.book,
      calendar: this.#calendar,
      writers: this.#writers ?? nobody,
      random: this.#parts.random,
      bank: bank ?? '',
      savers: savers.slice(0, SAVERS),
    });
    this.#monthsClosed += 1;
  }

  #surroundings(): WriteSurroundings {
    return {
      authority: () => this.#authorities[this.#authority],
      onFenced: async (fencedBy) => {
        // Whoever else was fenced before may have turned to the other store already.
        if (fencedBy === this.#authorities[this.#authority]) {
          this.#authority = this.#authority === 'legacy' ? 'candidate' : 'legacy';
        }
        await pause(FENCED_PAUSE_MS);
      },
      balances: this.balances,
      onWritten: ({ effects }, by) => {
        this.#tookLast = by === this.#authorities.legacy ? 'legacy' : 'candidate';
        this.#writtenLast = effects[0]?.account ?? this.#writtenLast;
      },
    };
  }

  async #keepClosing(): Promise<void> {
    const { signal } = this.#stopping;
    for (;;) {
      await pause(MONTH_MS, null, { signal }).catch(() => {});
      if (signal.aborted) return;
      await this.#alone(() => this.#closeNow());
    }
  }
}
