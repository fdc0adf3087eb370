import type { Snapshot } from '../cursor/snapshot.ts';
import type { Database } from '../postgres/database.ts';
import { quoteRelation } from '../postgres/quote.ts';
import type { Row, Session } from '../postgres/session.ts';
import { type CapturedTable, keyList } from './capture-sql.ts';
import type { Change, ChangeSource, KeyColumns, Window } from './change-source.ts';
import { countEvents, cutWindow, hasTruncation, inColumns, listEvents } from './event-queries.ts';
import { captureNames } from './names.ts';
import { rotateOutboxes } from './rotate.ts';
import { windowCondition } from './window-sql.ts';

/** Changes from the outboxes in the source's own database. */
export function outboxSource(schema: string): ChangeSource {
  return new OutboxSource(schema);
}

class OutboxSource implements ChangeSource {
  readonly kind = 'outbox';
  readonly #schema: string;

  constructor(schema: string) {
    this.#schema = schema;
  }

  async settle(): Promise<void> {
    // Events are in the same database as the rows, and visible with them.
  }

  cut(
    session: Session,
    tables: readonly CapturedTable[],
    how: { readonly window: Window; readonly limit: number },
  ): Promise<Snapshot> {
    return cutWindow(session, this.#all(tables), how);
  }

  isTruncated(session: Session, table: CapturedTable, window: Window): Promise<boolean> {
    const { beside } = captureNames(this.#schema, table.relation);
    return hasTruncation(session, quoteRelation(beside), window);
  }

  async *pages(
    session: Session,
    table: CapturedTable,
    { window, size }: { readonly window: Window; readonly size: number },
  ): AsyncIterable<KeyColumns> {
    const { sql, params } = windowCondition(window);
    const list = keyList(table.key.length);
    const events = `from ${this.#outbox(table)} where op <> 'T' and ${sql}`;
    // One more than a page tells whether there may be another page. What is changed often comes
    // often; leaving that to the server would have it go through the whole window for an answer.
    const rows = await session.rows(`select ${list} ${events} limit ${size + 1}`, params);
    if (rows.length <= size) {
      if (rows.length > 0) yield inColumns(distinct(rows), table.key.length);
      return;
    }
    // A cursor reads a window once, whatever its size.
    const query = `select distinct ${list} ${events}`;
    await session.run(`declare fw_keys no scroll cursor for ${query}`, params);
    try {
      for (;;) {
        const page = await session.rows(`fetch ${size} from fw_keys`);
        if (page.length === 0) return;
        yield inColumns(page, table.key.length);
      }
    } finally {
      // If the transaction has failed, the cursor is gone with it, and its error is the one to
      // tell.
      await session.run('close fw_keys').catch(() => {});
    }
  }

  count(
    session: Session,
    tables: readonly CapturedTable[],
    how: { readonly window: Window; readonly most: number },
  ): Promise<number> {
    return countEvents(session, this.#all(tables), how);
  }

  changes(
    session: Session,
    table: CapturedTable,
    how: { readonly window: Window; readonly limit: number },
  ): Promise<Change[]> {
    return listEvents(session, this.#outbox(table), { ...how, width: table.key.length });
  }

  async forget(source: Database, consumed: Snapshot): Promise<void> {
    await rotateOutboxes(source, { schema: this.#schema, consumed });
  }

  #outbox({ relation }: CapturedTable): string {
    return quoteRelation(captureNames(this.#schema, relation).outbox);
  }

  #all(tables: readonly CapturedTable[]): string[] {
    return tables.map((table) => this.#outbox(table));
  }
}

function distinct(rows: readonly Row[]): Row[] {
  return [...new Map(rows.map((row) => [JSON.stringify(row), row])).values()];
}
