import type { Session } from '../postgres/session.ts';
import { actAsDrain } from './act-as-drain.ts';
import { type Applied, removeRows, writeRows } from './apply-rows.ts';
import type { Feed } from './feed.ts';
import { intoLanes, onlyKeys, together } from './lanes.ts';
import type { Poisoned, RowPage } from './read-rows.ts';

/** What came of the pages. */
export interface BufferResult {
  readonly written: number;
  readonly bytes: number;
  readonly poisoned: readonly Poisoned[];
  /** The pages that were written, if they were asked for. */
  readonly pages: readonly RowPage[];
}

/** How pages are written. */
export interface BufferOptions {
  readonly feed: Feed;
  /** The state of the source that the rows were read at. */
  readonly version: bigint;
  readonly keepsPages: boolean;
  /** Transactions beside the window's own that rows are shared out among; 1 for none. */
  readonly lanes: number;
}

// What is beyond is written before the rest is read, so that memory stays bounded whatever the
// source did in one transaction.
const BYTES_MAX = 32 * 1024 * 1024;
// Fewer rows than this are written before the other lanes have begun.
const LANE_ROWS_MIN = 500;

/**
 * Pages of a window on their way to the follower. Where foreign keys are passed by, a page is
 * written while the next one is read. Where they hold, all pages are gathered first: rows that are
 * gone are removed in the order opposite to that of references, then rows that are there are
 * written in that order. Rows that were refused are tried once more at the end, all together.
 */
export class PageBuffer {
  readonly #writer: Session;
  readonly #options: BufferOptions;
  readonly #unreadable: Poisoned[] = [];
  readonly #done: RowPage[] = [];
  readonly #refused: RowPage[] = [];
  #pages: RowPage[] = [];
  #waitingBytes = 0;
  #bytes = 0;
  #written = 0;
  #writing: Promise<void> = Promise.resolve();

  constructor(writer: Session, options: BufferOptions) {
    this.#writer = writer;
    this.#options = options;
  }

  async add(page: RowPage): Promise<void> {
    this.#pages.push(page);
    this.#waitingBytes += page.bytes;
    this.#bytes += page.bytes;
    const { feed, lanes } = this.#options;
    const isStreamed = feed.asReplica && lanes < 2;
    if (isStreamed || this.#waitingBytes > BYTES_MAX) await this.#flush();
  }

  /**
   * Returns when nothing is being written, whatever came of it. Before that the session belongs to
   * the buffer: a statement of somebody else's might fall into the middle of a row that is refused.
   */
  async settled(): Promise<void> {
    await this.#writing.catch(() => {});
  }

  async finish(): Promise<BufferResult> {
    await this.#flush();
    await this.#writing;
    const poisoned = await this.#onceMore();
    return {
      written: this.#written,
      bytes: this.#bytes,
      poisoned: [...this.#unreadable, ...poisoned],
      pages: this.#done,
    };
  }

  /** Returns when the pages before these are written; these are under way then. */
  async #flush(): Promise<void> {
    const pages = this.#inOrder();
    this.#pages = [];
    this.#waitingBytes = 0;
    for (const page of pages) this.#unreadable.push(...page.poisoned);
    if (this.#options.keepsPages) this.#done.push(...pages);
    await this.#writing;
    this.#writing = this.#writeAll(pages);
    // Whoever awaits it meets the fault; until then nobody does, which must not end the process.
    this.#writing.catch(() => {});
  }

  async #writeAll(pages: readonly RowPage[]): Promise<void> {
    const { written, poisoned } = await this.#write(await this.#inLanes(pages));
    this.#written += written;
    if (poisoned.length > 0) this.#refused.push(...rowsOf(pages, poisoned));
  }

  /**
   * Tries again what was refused: rows may have waited for a unique value that one of a later page
   * gave up, or have exchanged it with one. Goes on for as long as any of them gets through.
   */
  async #onceMore(): Promise<readonly Poisoned[]> {
    let refused: readonly RowPage[] = this.#refused;
    let before = Number.POSITIVE_INFINITY;
    for (;;) {
      const pages = byMapping(refused);
      if (pages.length === 0) return [];
      const { written, poisoned } = await this.#write(pages);
      this.#written += written;
      if (poisoned.length === 0 || poisoned.length >= before) return poisoned;
      before = poisoned.length;
      refused = rowsOf(pages, poisoned);
    }
  }

  #inOrder(): RowPage[] {
    const order = new Map(this.#options.feed.mappings.map(({ id }, i) => [id, i]));
    const place = (page: RowPage): number => order.get(page.mapping.id) ?? 0;
    return this.#pages.toSorted((a, b) => place(a) - place(b));
  }

  /**
   * Writes pages in several transactions at once, which commit before the window's own does: if
   * that fails, the window is done again, and the guard lets what is there already be. Gives what
   * no lane could write alone, such as a row that waits for a unique value held by one in another
   * lane.
   */
  async #inLanes(pages: readonly RowPage[]): Promise<readonly RowPage[]> {
    const { feed, lanes } = this.#options;
    const rows = pages.reduce((sum, page) => sum + countOf(page), 0);
    // Where foreign keys are enforced, lanes would wait for each other's parents and children.
    if (lanes < 2 || rows < LANE_ROWS_MIN || !feed.asReplica) return pages;
    const shares = pages.map((page) => intoLanes(page, lanes));
    const refused = await Promise.all(
      Array.from({ length: lanes }, (_, lane) =>
        feed.follower.transaction({ reads: 'current' }, async (session) => {
          await actAsDrain(session, feed);
          return this.#write(
            shares.map((share) => share[lane] as RowPage),
            session,
          );
        }),
      ),
    );
    this.#written += refused.reduce((sum, { written }) => sum + written, 0);
    return rowsOf(
      pages,
      refused.flatMap(({ poisoned }) => poisoned),
    );
  }

  async #write(pages: readonly RowPage[], session = this.#writer): Promise<Applied> {
    const { feed, version } = this.#options;
    let written = 0;
    const poisoned: Poisoned[] = [];
    const apply = async (how: typeof removeRows, page: RowPage): Promise<void> => {
      const applied = await how(session, { schema: feed.schema, page, version });
      written += applied.written;
      poisoned.push(...applied.poisoned);
    };
    for (const page of pages.toReversed()) await apply(removeRows, page);
    for (const page of pages) await apply(writeRows, page);
    return { written, poisoned };
  }
}

function countOf({ present, absent }: RowPage): number {
  return present.sourceKeys.length + absent.sourceKeys.length;
}

/** What of the pages is among the poisoned, page by page. */
function rowsOf(pages: readonly RowPage[], poisoned: readonly Poisoned[]): RowPage[] {
  return pages.flatMap((page) => {
    const keys = poisoned.filter(({ mapping }) => mapping.id === page.mapping.id);
    const rows = onlyKeys(
      page,
      keys.map(({ sourceKey }) => sourceKey),
    );
    return countOf(rows) === 0 ? [] : [rows];
  });
}

function byMapping(pages: readonly RowPage[]): RowPage[] {
  const ids = [...new Set(pages.map(({ mapping }) => mapping.id))];
  return ids
    .map((id) => together(pages.filter(({ mapping }) => mapping.id === id)))
    .filter((page) => page !== null);
}
