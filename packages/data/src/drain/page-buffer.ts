import type { Session } from '../postgres/session.ts';
import { actAsDrain } from './act-as-drain.ts';
import { type Applied, removeRows, writeRows } from './apply-rows.ts';
import type { Feed } from './feed.ts';
import { intoLanes, onlyKeys } from './lanes.ts';
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

// Only one large transaction gets here. What is beyond is written at once, so that memory stays
// bounded whatever the source did.
const BYTES_MAX = 32 * 1024 * 1024;
// Fewer rows than this are written before the other lanes have begun.
const LANE_ROWS_MIN = 500;

/**
 * Pages of a window on their way to the follower. Rows that are gone are removed in the order
 * opposite to that of references, then rows that are there are written in that order; so foreign
 * keys hold where they are not passed by.
 */
export class PageBuffer {
  readonly #writer: Session;
  readonly #options: BufferOptions;
  readonly #poisoned: Poisoned[] = [];
  readonly #done: RowPage[] = [];
  #pages: RowPage[] = [];
  #waitingBytes = 0;
  #bytes = 0;
  #written = 0;

  constructor(writer: Session, options: BufferOptions) {
    this.#writer = writer;
    this.#options = options;
  }

  async add(page: RowPage): Promise<void> {
    this.#pages.push(page);
    this.#waitingBytes += page.bytes;
    this.#bytes += page.bytes;
    if (this.#waitingBytes > BYTES_MAX) await this.#flush();
  }

  async finish(): Promise<BufferResult> {
    await this.#flush();
    return {
      written: this.#written,
      bytes: this.#bytes,
      poisoned: this.#poisoned,
      pages: this.#done,
    };
  }

  async #flush(): Promise<void> {
    const pages = this.#inOrder();
    this.#pages = [];
    this.#waitingBytes = 0;
    for (const page of pages) this.#poisoned.push(...page.poisoned);
    if (this.#options.keepsPages) this.#done.push(...pages);
    const { written, poisoned } = await this.#write(await this.#inLanes(pages));
    this.#written += written;
    this.#poisoned.push(...poisoned);
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
    const rows = pages.reduce(
      (sum, { present, absent }) => sum + present.sourceKeys.length + absent.sourceKeys.length,
      0,
    );
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
    const poisoned = refused.flatMap((one) => one.poisoned);
    return pages.map((page) =>
      onlyKeys(
        page,
        poisoned
          .filter(({ mapping }) => mapping.id === page.mapping.id)
          .map(({ sourceKey }) => sourceKey),
      ),
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
