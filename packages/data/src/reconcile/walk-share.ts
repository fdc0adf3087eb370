import type { Clock } from '@falsework/core/ports';
import type { ChunkSizer } from '../backfill/chunk-size.ts';
import type { Feed } from '../drain/feed.ts';
import type { TableMapping } from '../mapping/table-mapping.ts';
import { compareCarefully } from './compare-carefully.ts';
import {
  boundOf,
  type Comparable,
  call,
  compareRange,
  type Differing,
  type RangeComparison,
} from './compare-range.ts';
import { explain } from './explain.ts';
import type { HashedTable } from './hash-sql.ts';
import type { KeyPair } from './keys.ts';
import type { Share, Step } from './pass-record.ts';
import type { Bound, Range } from './range.ts';
import type { Round } from './round.ts';
import { chunkEnd } from './statements.ts';

/** What walking over a mapping needs to know. */
export interface Walk {
  readonly feed: Feed;
  readonly mapping: TableMapping;
  readonly tables: { readonly source: HashedTable; readonly follower: HashedTable };
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly sizer: ChunkSizer;
  /** Estimated bytes of a row; 0 when they are not known. */
  readonly rowBytes: number;
  /** True once a row was met whose values an expression of the mapping cannot take. */
  readonly isCareful: boolean;
  /** Told after every chunk. */
  readonly onChunk: (rows: number) => void;
}

/** A step, and whether one should stand back after it. */
export interface Walked {
  readonly step: Step;
  readonly wasFarTooSlow: boolean;
}

// A round holds a snapshot on either server, and vacuum waits for it: no longer than what a single
// statement of a report would take. Below that, what a round costs would show.
const ROUND_MS = 2_000;
// What is explained and written down at a time; a mapping that is wrong makes every row differ.
const DIFFERING_MAX = 20_000;

/** Compares chunk after chunk of a share within one round, as long as a round may take. */
export async function walkShare(walk: Walk, share: Share, round: Round): Promise<Walked> {
  const { feed, mapping, clock, signal, sizer } = walk;
  const at: Comparable = { ...round, tables: walk.tables };
  const since = clock.monotonicMs();
  const inFlight: KeyPair[] = [];
  const differing: Differing[] = [];
  let rows = 0;
  let wasFarTooSlow = false;
  let isDone = false;
  let lower = share.last ?? share.range.lower;
  let end = await firstEnd(at, { lower, upper: share.range.upper, rows: sizer.rows });
  do {
    const upper: Bound | null = end ?? share.range.upper;
    const rest = { lower: upper, upper: share.range.upper, rows: sizer.rows };
    const began = clock.monotonicMs();
    const found = await compareNext(walk, at, {
      range: { lower, upper },
      rest,
      isLast: end === null,
    });
    const elapsedMs = clock.monotonicMs() - began;
    // The last chunk of a share may be of a few rows, which say nothing about a full one.
    if (found.sourceRows * 2 > sizer.rows) {
      const bytes = Math.max(1, found.sourceRows * walk.rowBytes);
      if (sizer.observe({ rows: found.sourceRows, bytes, elapsedMs })) wasFarTooSlow = true;
    }
    rows += found.rows;
    inFlight.push(...found.inFlight);
    differing.push(...found.differing);
    walk.onChunk(found.sourceRows);
    isDone = end === null;
    lower = upper;
    end = found.nextEnd;
  } while (
    !isDone &&
    !signal.aborted &&
    !wasFarTooSlow &&
    differing.length < DIFFERING_MAX &&
    clock.monotonicMs() - since < ROUND_MS
  );
  const divergences = await explain(feed, mapping, { round, differing });
  const { instant, watermark } = round;
  return {
    wasFarTooSlow,
    step: {
      share: share.number,
      last: isDone ? share.range.upper : lower,
      isDone,
      rows,
      watermark: watermark.snapshot,
      at: instant.at,
      inFlight,
      divergences,
    },
  };
}

/** What is left of a share, and how many rows the next chunk of it should have. */
interface Rest extends Range {
  readonly rows: number;
}

async function compareNext(
  { isCareful }: Walk,
  at: Comparable,
  { range, rest, isLast }: { readonly range: Range; readonly rest: Rest; readonly isLast: boolean },
): Promise<RangeComparison> {
  if (!isCareful) return compareRange(at, range, isLast ? undefined : rest);
  const found = await compareCarefully(at, range);
  return isLast ? found : { ...found, nextEnd: await firstEnd(at, rest) };
}

async function firstEnd(at: Comparable, { lower, upper, rows }: Rest): Promise<Bound | null> {
  const [row] = await at.source.rows(
    ...call(chunkEnd(at.tables.source, { lower, upper }, { rows })),
  );
  return boundOf(row ?? []);
}
