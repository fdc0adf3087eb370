import type { CapturedTable } from '../capture/capture-sql.ts';
import type { ChangeSource } from '../capture/change-source.ts';
import { bookkeepingSchema } from '../capture/names.ts';
import type { TableMapping } from '../mapping/table-mapping.ts';
import type { Database } from '../postgres/database.ts';
import { relationName } from '../postgres/quote.ts';

/** Which way rows flow. The machinery is one and the same; only the roles differ. */
export type Direction = 'forward' | 'reverse';

/**
 * One direction in which one store is kept equal to the other: from where, to where, by which
 * mappings, and how changes are known. Which of the two is legacy, it does not say.
 */
export interface Feed {
  readonly direction: Direction;
  readonly migration: string;
  /** Where Falsework keeps what it needs, in both databases. */
  readonly schema: string;
  readonly source: Database;
  readonly follower: Database;
  /** Those that others refer to come first, so that foreign keys hold on the way. */
  readonly mappings: readonly TableMapping[];
  /** The tables of the source, each once, however many mappings read it. */
  readonly tables: readonly CapturedTable[];
  readonly changes: ChangeSource;
  /** True when our writes on the follower may pass by its foreign keys and triggers. */
  readonly asReplica: boolean;
}

/** What a feed is made from. */
export type FeedParts = Omit<Feed, 'schema' | 'tables'>;

/** Puts a feed together. */
export function feedOf(parts: FeedParts): Feed {
  const tables = new Map(
    parts.mappings.map(({ source, sourceKey }) => [
      relationName(source),
      { relation: source, key: sourceKey },
    ]),
  );
  return { ...parts, schema: bookkeepingSchema(parts.migration), tables: [...tables.values()] };
}

/** The mappings that read one table of the source. */
export function mappingsOf(feed: Feed, table: CapturedTable): readonly TableMapping[] {
  const name = relationName(table.relation);
  return feed.mappings.filter((mapping) => relationName(mapping.source) === name);
}
