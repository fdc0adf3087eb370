import { isRowError, rowErrorDetail, sqlState } from '../postgres/failure.ts';
import type { Param, Session } from '../postgres/session.ts';
import { type ApplyStatements, applyStatements } from './follower-sql.ts';
import type { Poisoned, RowPage } from './read-rows.ts';

/** What became of rows that were written to the follower. */
export interface Applied {
  readonly written: number;
  readonly poisoned: readonly Poisoned[];
}

// With more rows a statement no longer becomes cheaper per row, and a row that is refused costs
// more to find: 107,000 to 173,000 rows a second at 100 to 1,000, fewer at 5,000.
const BATCH_ROWS = 1_000;
const UNIQUE_VIOLATION = '23505';

/** Rows to be written, and the state of the source that they were read at. */
export interface Application {
  /** Where the follower keeps what it has seen; `Feed.schema`. */
  readonly schema: string;
  readonly page: RowPage;
  readonly version: bigint;
}

/**
 * Writes the rows of one page inside the caller's transaction: those that are gone first, since
 * they may hold a unique value that another now has. A row that the follower refuses is left out
 * and named; the others are written. A row that was seen at a later state stays as it is.
 */
export async function applyRows(session: Session, application: Application): Promise<Applied> {
  const removed = await removeRows(session, application);
  const written = await writeRows(session, application);
  return {
    written: removed.written + written.written,
    poisoned: [...removed.poisoned, ...written.poisoned],
  };
}

/** The first half of {@link applyRows}: rows that are gone. */
export async function removeRows(session: Session, application: Application): Promise<Applied> {
  const writer = writerOf(session, application);
  await writer.remove();
  return { written: writer.written, poisoned: writer.poisoned };
}

/** The second half of {@link applyRows}: rows that are there. */
export async function writeRows(session: Session, application: Application): Promise<Applied> {
  const writer = writerOf(session, application);
  await writer.upsert();
  return { written: writer.written, poisoned: writer.poisoned };
}

function writerOf(session: Session, { schema, page, version }: Application): PageWriter {
  const statements = applyStatements(schema, page.mapping);
  return new PageWriter(session, { statements, page, version: String(version) });
}

interface PageParts {
  readonly statements: ApplyStatements;
  readonly page: RowPage;
  readonly version: string;
}

/** Indices into the columns of a page. */
interface Range {
  readonly from: number;
  readonly to: number;
}

class PageWriter {
  readonly #session: Session;
  readonly #parts: PageParts;
  readonly poisoned: Poisoned[] = [];
  written = 0;

  constructor(session: Session, parts: PageParts) {
    this.#session = session;
    this.#parts = parts;
  }

  async remove(): Promise<void> {
    const { statements, page, version } = this.#parts;
    const { columns, sourceKeys } = page.absent;
    for (const range of batches(sourceKeys.length)) {
      const refused = await this.#split(range, (part) =>
        this.#session.run(statements.remove, [version, ...slices(columns, part)]),
      );
      for (const { at, error } of refused) this.#poison(sourceKeys[at], error);
    }
  }

  async upsert(): Promise<void> {
    const { statements, page } = this.#parts;
    const refused: Refused[] = [];
    for (const range of batches(page.present.sourceKeys.length)) {
      refused.push(...(await this.#split(range, (part) => this.#write(statements.upsert, part))));
    }
    const stuck = await this.#again(refused);
    for (const { at, error } of await this.#exchange(stuck)) {
      this.#poison(page.present.sourceKeys[at], error);
    }
  }

  /**
   * Rows that were refused one by one may only have come too early: another row had to give up a
   * unique value first. They are tried again for as long as that gets any of them through.
   */
  async #again(refused: readonly Refused[]): Promise<readonly Refused[]> {
    let left = refused;
    for (let before = Number.POSITIVE_INFINITY; left.length > 0 && left.length < before; ) {
      before = left.length;
      const next: Refused[] = [];
      for (const { at } of left) next.push(...(await this.#one(at, this.#parts.statements.upsert)));
      left = next;
    }
    return left;
  }

  /**
   * Rows that have exchanged unique values can be written in no order. So they are all deleted and
   * then inserted, in one go; if that fails they were not an exchange.
   */
  async #exchange(stuck: readonly Refused[]): Promise<readonly Refused[]> {
    const colliding = stuck.filter(({ error }) => sqlState(error) === UNIQUE_VIOLATION);
    if (colliding.length < 2) return stuck;
    const { statements, page, version } = this.#parts;
    const keyWidth = page.mapping.key.length;
    const pick = (columns: readonly (readonly (string | null)[])[]): (string | null)[][] =>
      columns.map((column) => colliding.map(({ at }) => column[at] ?? null));
    const columns = pick(page.present.columns);
    const marks = colliding.map(({ at }) => page.present.marks[at] ?? '');
    const error = await this.#guarded(async () => {
      await this.#session.run(statements.remove, [version, ...columns.slice(0, keyWidth)]);
      await this.#session.run(statements.insertOver, [version, marks, ...columns]);
    });
    if (error !== null) return stuck;
    this.written += colliding.length;
    return stuck.filter((one) => !colliding.includes(one));
  }

  async #write(statement: string, { from, to }: Range): Promise<void> {
    const { page, version } = this.#parts;
    const { columns, marks } = page.present;
    const params: Param[] = [version, marks.slice(from, to), ...slices(columns, { from, to })];
    await this.#session.run(statement, params);
  }

  async #one(at: number, statement: string): Promise<readonly Refused[]> {
    const range = { from: at, to: at + 1 };
    return this.#split(range, (part) => this.#write(statement, part));
  }

  /** Runs `write` on the range, halving it until what is refused is single rows. */
  async #split(
    range: Range,
    write: (range: Range) => Promise<unknown>,
  ): Promise<readonly Refused[]> {
    const error = await this.#guarded(() => write(range));
    const count = range.to - range.from;
    if (error === null) {
      this.written += count;
      return [];
    }
    if (count === 1) return [{ at: range.from, error }];
    const middle = range.from + (count >> 1);
    return [
      ...(await this.#split({ from: range.from, to: middle }, write)),
      ...(await this.#split({ from: middle, to: range.to }, write)),
    ];
  }

  /** The error of a row that `act` met, with its own work undone; `null` when there was none. */
  async #guarded(act: () => Promise<unknown>): Promise<unknown> {
    await this.#session.run('savepoint fw_apply');
    try {
      await act();
      await this.#session.run('release savepoint fw_apply');
      return null;
    } catch (error) {
      if (!isRowError(error)) throw error;
      await this.#session.run('rollback to savepoint fw_apply');
      return error;
    }
  }

  #poison(sourceKey: readonly string[] | undefined, error: unknown): void {
    const { mapping } = this.#parts.page;
    this.poisoned.push({ mapping, sourceKey: sourceKey ?? [], detail: rowErrorDetail(error) });
  }
}

interface Refused {
  readonly at: number;
  readonly error: unknown;
}

function batches(count: number): Range[] {
  const ranges: Range[] = [];
  for (let from = 0; from < count; from += BATCH_ROWS) {
    ranges.push({ from, to: Math.min(count, from + BATCH_ROWS) });
  }
  return ranges;
}

function slices(
  columns: readonly (readonly (string | null)[])[],
  { from, to }: Range,
): (readonly (string | null)[])[] {
  return columns.map((column) =>
    from === 0 && to === column.length ? column : column.slice(from, to),
  );
}
