import { randomBytes as randomBytesOf, randomFillSync } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type FalseworkError, fault } from '@falsework/core/errors';
import type { Host } from '@falsework/seam/engine';
import { type Entry, type Intent, Journal, type JournalUsage } from '../journal/index.ts';
import type { RouteSettings } from '../routes/route-settings.ts';
import type { KeyPorts } from './idempotency-key.ts';
import { IdentifierDialect } from './identifiers/identifier-dialect.ts';
import { IdentifierFile } from './identifiers/identifier-file.ts';
import { IdentifierTable } from './identifiers/identifier-table.ts';
import { identifiersByKind } from './identifiers/route-identifiers.ts';
import { JournalFence } from './journal-fence.ts';
import { JournaledWrites, type WriteTicket } from './journaled-writes.ts';
import type { SendWrite } from './side-answer.ts';
import type { DebtSummary, WriteDebts } from './write-debts.ts';
import { declaredOutcome, NO_PROMISES, type WriteSettings } from './write-settings.ts';

/** A side to which the guard itself sends writes. */
export interface WriteSide {
  readonly send: SendWrite;
  /** Breaks off what is under way. */
  close(): void;
}

export interface GuardWritesOptions {
  readonly host: Host;
  readonly settings: WriteSettings;
  readonly routes: readonly RouteSettings[];
  readonly authority: WriteSide;
  readonly follower: WriteSide;
  /** Known before the writes are, because sides are reached through it. */
  readonly onDebt: (entry: Entry) => void;
}

/** What of its writes a guard shows. */
export interface WritesReport {
  readonly debts: DebtSummary;
  readonly journal: JournalUsage;
  /** Pairs of identifiers that are known. */
  readonly identifiers: number;
  /** Taken by the follower, attempts for that, and writes replayed to find out their end. */
  readonly fed: number;
  readonly attempts: number;
  readonly replays: number;
}

const randomBytes = (into: Uint8Array): void => void randomFillSync(into);

/**
 * Everything that a guard needs for writes to two separate stores, in one folder: the journal in
 * `journal/`, pairs of identifiers in `identifiers/`.
 */
export class GuardWrites {
  readonly #options: GuardWritesOptions;
  readonly #id: string;
  readonly #journal: Journal;
  readonly #pairs: IdentifierFile;
  readonly #table: IdentifierTable;
  readonly #dialect: IdentifierDialect;
  readonly #writes: JournaledWrites;
  readonly #fence: JournalFence;

  private constructor(options: GuardWritesOptions, parts: OpenParts) {
    const { host, settings, routes, authority, follower } = options;
    const { clock, random } = host;
    this.#options = options;
    this.#id = parts.id;
    this.#journal = parts.journal;
    this.#pairs = parts.pairs;
    this.#table = parts.table;
    this.#dialect = parts.dialect;
    const fence = new JournalFence(parts.journal.entries, clock);
    this.#fence = fence;
    const promises = new Map(routes.map(({ seam, writes }) => [seam, writes ?? NO_PROMISES]));
    const { feeding, resolving, keyWaitMs } = settings;
    this.#writes = new JournaledWrites({
      journal: parts.journal,
      clock,
      random,
      sendToAuthority: authority.send,
      sendToFollower: follower.send,
      dialect: parts.dialect,
      declaredOutcome: (route, status) =>
        declaredOutcome(promises.get(route) ?? NO_PROMISES, status),
      ...(feeding === undefined ? {} : { feeding }),
      ...(resolving === undefined ? {} : { resolving }),
      ...(keyWaitMs === undefined ? {} : { keyWaitMs }),
      onTaken: (entry) => fence.taken(entry),
      onDebt: options.onDebt,
    });
  }

  /**
   * Opens the folder and goes on with what it holds. Rejects with FW_WRITE_FOLDER,
   * FW_WRITE_IDENTIFIER, FW_PATH_SYNTAX, FW_JOURNAL_LOCKED, FW_JOURNAL_CORRUPT or FW_GUARD_OPTION.
   */
  static async open(options: GuardWritesOptions): Promise<GuardWrites> {
    const { folder } = options.settings;
    try {
      return new GuardWrites(options, await openParts(options));
    } catch (error) {
      const { code } = error as { code?: unknown };
      if (typeof code === 'string' && code.startsWith('FW_')) throw error;
      const because = typeof code === 'string' ? code : (error as Error).message;
      throw fault('FW_WRITE_FOLDER', { folder, because }, error);
    }
  }

  /** The journal's own name, whichever process has it. */
  get id(): string {
    return this.#id;
  }

  /** Writes that need a person. */
  get debts(): WriteDebts {
    return this.#writes.debts;
  }

  get dialect(): IdentifierDialect {
    return this.#dialect;
  }

  /** Which keys the follower lacks something of. */
  get fence(): JournalFence {
    return this.#fence;
  }

  /** What reading or making an idempotency key needs. */
  get keyPorts(): KeyPorts {
    return { clock: this.#options.host.clock, randomBytes };
  }

  /** True when a write on this key would overtake one that the follower does not have yet. */
  isBehind(key: string | null): boolean {
    return this.#journal.entries.lane(key === null ? '' : `=${key}`).length > 0;
  }

  begin(intent: Omit<Intent, 'at'>): Promise<WriteTicket> {
    return this.#writes.begin(intent);
  }

  report(): WritesReport {
    const { fed, attempts, replays } = this.#writes.figures;
    return {
      debts: this.debts.summary(),
      journal: this.#journal.usage(),
      identifiers: this.#table.size,
      fed,
      attempts,
      replays,
    };
  }

  /** Lets attempts under way finish for at most `withinMs`, and gives the folder back. */
  async close({ withinMs }: { readonly withinMs: number }): Promise<void> {
    const { host, authority, follower } = this.#options;
    const cancel = host.clock.after(withinMs, () => {
      authority.close();
      follower.close();
    });
    await this.#writes.close();
    cancel();
    await this.#journal.close();
    await this.#pairs.close();
  }
}

/** A refusal of the journal, as its caller is told. */
export function refusalOf(error: unknown): FalseworkError {
  const { code } = error as { code?: unknown };
  if (typeof code === 'string' && code.startsWith('FW_')) return error as FalseworkError;
  return fault('FW_INTERNAL', { where: 'the journal' }, error);
}

interface OpenParts {
  readonly id: string;
  readonly journal: Journal;
  readonly pairs: IdentifierFile;
  readonly table: IdentifierTable;
  readonly dialect: IdentifierDialect;
}

async function openParts({ host, settings, routes }: GuardWritesOptions): Promise<OpenParts> {
  const { clock } = host;
  const { folder, journal: limits = {} } = settings;
  const pairs = await IdentifierFile.open({
    folder: join(folder, 'identifiers'),
    clock,
    randomBytes,
  });
  try {
    const table = await IdentifierTable.load(pairs);
    const dialect = new IdentifierDialect(table, identifiersByKind(routes));
    const journal = await Journal.open({
      ...limits,
      ...segmentsOf(limits),
      folder: join(folder, 'journal'),
      clock,
      randomBytes,
    });
    return { id: await journalId(folder), journal, pairs, table, dialect };
  } catch (error) {
    await pairs.close();
    throw error;
  }
}

/** A name that nobody else has, made once; the folder is locked for this process by now. */
async function journalId(folder: string): Promise<string> {
  const path = join(folder, 'id');
  const known = await readFile(path, 'utf8').catch((error: unknown) => {
    if ((error as { code?: unknown }).code === 'ENOENT') return '';
    throw error;
  });
  if (/^[\da-f]{16}\n$/.test(known)) return known.trim();
  const id = randomBytesOf(8).toString('hex');
  await writeFile(path, `${id}\n`, { mode: 0o600 });
  return id;
}

const SEGMENT_BYTES = 64 * 1024 * 1024;

/** A small journal has small segments: only whole ones are ever removed. */
function segmentsOf({ bytesMax }: NonNullable<WriteSettings['journal']>): {
  segmentBytes?: number;
} {
  if (bytesMax === undefined) return {};
  return { segmentBytes: Math.max(1, Math.min(SEGMENT_BYTES, Math.floor(bytesMax / 16))) };
}
