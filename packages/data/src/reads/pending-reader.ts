import type { PendingKeys } from '@falsework/core/routing';
import { foreignReason } from '../cursor/place.ts';
import { covers, parseSnapshot } from '../cursor/snapshot.ts';
import { countDeadLetters } from '../drain/dead-letters.ts';
import type { Feed } from '../drain/feed.ts';
import { readWatermark, type Watermark } from '../drain/follower.ts';
import type { Row, Session } from '../postgres/session.ts';
import type { FencedTable, RowPlace } from './fenced-tables.ts';
import { formerKeysStatement, pendingParams, pendingStatement, placesOf } from './pending-sql.ts';

/** How a look is meant. */
export interface LookOptions {
  /** Changed rows of one table that are listed. */
  readonly limit: number;
  /** True when the follower is to be read, so what it could not take matters as well. */
  readonly isServing: boolean;
}

/** Reads from both stores of a feed what the follower does not have yet. */
export class PendingReader {
  readonly #feed: Feed;
  readonly #tables: readonly FencedTable[];
  readonly #places: readonly RowPlace[];
  #hasDeadLetters = false;

  constructor(feed: Feed, tables: readonly FencedTable[]) {
    this.#feed = feed;
    this.#tables = tables;
    this.#places = placesOf(tables);
  }

  /** How far the follower has come now. */
  watermark(): Promise<Watermark> {
    return this.#feed.follower.use(async (session) => {
      const watermark = await readWatermark(session, this.#feed);
      // A row that could not be carried over is passed by, and the watermark does not tell of it.
      this.#hasDeadLetters = (await countDeadLetters(session, this.#feed)) > 0;
      return watermark;
    });
  }

  /**
   * The keys with changes that committed after a watermark. The follower is asked last for the keys
   * that changed rows had before. A row that one transaction has changed is either there as it was,
   * or as it is on the source: both keys are listed. One that several have changed may come to be
   * there as it was in between, with a window that the drain had read before and writes after. To
   * which key it belonged then the source has noted, or nobody knows; a list with a row of which it
   * was not noted is not the whole.
   */
  async pendingSince(watermark: Watermark, options: LookOptions): Promise<PendingKeys> {
    const { limit, isServing } = options;
    const { schema, source, follower } = this.#feed;
    const statement = pendingStatement(schema, this.#tables, limit);
    const rows = await source.use((session) =>
      session.rows(statement, pendingParams(watermark.snapshot)),
    );
    const found = this.#sorted(rows, watermark, options);
    const keys = new Set(found.keys);
    if (found.rows.length > 0) {
      const former = await follower.use((session) => this.#formerKeys(session, found.rows));
      for (const key of former) keys.add(key);
    }
    return {
      keys,
      concernsEvery: found.concernsEvery || (isServing && this.#hasDeadLetters),
      isCut: Math.max(0, ...found.counts.values()) > limit || (isServing && found.hasBetween),
    };
  }

  #sorted(rows: readonly Row[], watermark: Watermark, { isServing }: LookOptions): Sorted {
    const sorted: Sorted = {
      keys: [],
      rows: [],
      counts: new Map(),
      concernsEvery: false,
      hasBetween: false,
    };
    for (const row of rows) {
      const [kind, place] = row;
      if (kind === 'place') checkPlace(listOf(row), watermark, isServing);
      else if (kind === 'every') sorted.concernsEvery = true;
      else {
        // Gone from the source a row has no key there; which it had, the follower still knows.
        sorted.keys.push(...row.slice(2, 4).filter((key) => key !== null));
        if (place !== null) sorted.rows.push({ place: Number(place), key: listOf(row) });
        if (kind === 'again') sorted.hasBetween = true;
        const counted = place ?? 'reported';
        sorted.counts.set(counted, (sorted.counts.get(counted) ?? 0) + 1);
      }
    }
    return sorted;
  }

  async #formerKeys(session: Session, changed: Sorted['rows']): Promise<string[]> {
    const keys: string[] = [];
    for (const [number, place] of this.#places.entries()) {
      const mine = changed.filter((row) => row.place === number).map(({ key }) => key);
      if (mine.length === 0) continue;
      const columns = place.mapping.key.map((_, i) => mine.map((key) => key[i] ?? null));
      const found = await session.rows(formerKeysStatement(place), columns);
      for (const [key] of found) if (key !== null && key !== undefined) keys.push(key);
    }
    return keys;
  }
}

function listOf(row: Row): readonly (string | null)[] {
  return JSON.parse(row[4] ?? '[]') as (string | null)[];
}

interface Sorted {
  readonly keys: string[];
  readonly rows: { readonly place: number; readonly key: readonly (string | null)[] }[];
  readonly counts: Map<string, number>;
  concernsEvery: boolean;
  /** True when a row was under a key in between that was not noted. */
  hasBetween: boolean;
}

/**
 * Throws when the source is not the one that the watermark is about. What was thrown away of its
 * outbox the follower has, so a read of the follower misses nothing by it; a comparison that looks
 * back to an earlier mark does.
 */
function checkPlace(
  [systemId, timeline, database, captureId, mark, rotated, xmax]: readonly (string | null)[],
  watermark: Watermark,
  isServing: boolean,
): void {
  const place = {
    systemId: systemId ?? '',
    timeline: Number(timeline),
    database: database ?? '',
    captureId: captureId ?? '',
  };
  const foreign = foreignReason(watermark, { place, mark: Number(mark), xmax: BigInt(xmax ?? 0) });
  const isForgotten =
    !isServing &&
    typeof rotated === 'string' &&
    !covers(watermark.snapshot, parseSnapshot(rotated));
  // Whoever asked takes any rejection for not knowing, and says no more than that.
  if (foreign !== null) throw new Error(foreign);
  if (isForgotten) throw new Error('The outbox was emptied since.');
}
