import type { Clock } from '@falsework/core/ports';
import { systemClock } from '@falsework/system';
import type { BackfillEvent } from '../src/backfill/events.ts';
import {
  type BackfillOptions,
  type BackfillOutcome,
  runBackfill,
} from '../src/backfill/run-backfill.ts';
import type { Feed } from '../src/drain/feed.ts';
import { followerWhereText, mappedRows } from '../src/mapping/mapped-sql.ts';
import { writtenColumns } from '../src/mapping/table-mapping.ts';
import { quoteName, quoteRelation } from '../src/postgres/quote.ts';

const QUICKER = 5;

/** The real clock, five times as fast: whoever looks every half second looks every tenth. */
export const QUICK_CLOCK: Clock = {
  now: () => systemClock.now(),
  monotonicMs: () => systemClock.monotonicMs() * QUICKER,
  after: (delayMs, run) => systemClock.after(delayMs / QUICKER, run),
};

/** What two stores disagree on, by keys as printed. */
export interface Difference {
  /** On the follower and not on the source. */
  readonly ghosts: readonly string[];
  readonly missing: readonly string[];
  /** On both, with different values. */
  readonly stale: readonly string[];
}

/** Nothing at all. */
export const EQUAL: Difference = { ghosts: [], missing: [], stale: [] };

/**
 * Compares all rows of both stores in full. For a source that is at rest and a drain that is done.
 */
export async function difference(feed: Feed): Promise<Difference> {
  const found = { ghosts: [] as string[], missing: [] as string[], stale: [] as string[] };
  for (const mapping of feed.mappings) {
    const width = mapping.key.length;
    const names = writtenColumns(mapping).map(({ name }) => quoteName(name));
    const list = `select ${names.join(', ')} from ${quoteRelation(mapping.follower)}`;
    const source = await feed.source.use((session) => session.rows(mappedRows(mapping)));
    const follower = await feed.follower.use((session) =>
      session.rows(`${list}${followerWhereText(mapping)}`),
    );
    const byKey = (rows: typeof source): Map<string, string> =>
      new Map(rows.map((row) => [row.slice(0, width).join('|'), JSON.stringify(row)]));
    const [wanted, there] = [byKey(source), byKey(follower)];
    for (const [key, row] of there) {
      if (!wanted.has(key)) found.ghosts.push(key);
      else if (wanted.get(key) !== row) found.stale.push(key);
    }
    found.missing.push(...[...wanted.keys()].filter((key) => !there.has(key)));
  }
  for (const keys of Object.values(found)) keys.sort();
  return found;
}

/** A backfill with everything that it told. */
export interface Told {
  readonly result: BackfillOutcome;
  readonly events: readonly BackfillEvent[];
}

/** Runs a backfill to its end and keeps what it tells. */
export async function backfill(
  feed: Feed,
  options: Partial<BackfillOptions> & { readonly clock?: Clock } = {},
): Promise<Told> {
  const events: BackfillEvent[] = [];
  const result = await runBackfill(feed, {
    clock: systemClock,
    ...options,
    onEvent: (event) => {
      events.push(event);
      options.onEvent?.(event);
    },
  });
  return { result, events };
}

/** The codes and messages of a refusal; empty when there was none. */
export function refusals({ result }: Told): string[] {
  return result.outcome === 'refused'
    ? result.because.map(({ code, message }) => `${code} ${message}`)
    : [];
}
