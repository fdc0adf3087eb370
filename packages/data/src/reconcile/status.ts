import type { Instant } from '@falsework/core/ports';
import { parseSnapshot, type Snapshot } from '../cursor/snapshot.ts';
import type { Feed } from '../drain/feed.ts';
import type { TableMapping } from '../mapping/table-mapping.ts';
import { coded } from '../postgres/failure.ts';
import type { Session } from '../postgres/session.ts';
import type { DivergenceKind } from './classify.ts';
import { isContiguous, type PassState, readShares } from './pass-record.ts';
import { prepareReconcile, reconcileNames } from './reconcile-tables.ts';
import { type RogueWrites, readRogueWrites } from './rogue-watch.ts';

/** How far back a mapping is known to be equal, and on what that rests. */
export interface VerifiedThrough {
  /** Every change that is visible in it was on the follower and was compared. */
  readonly snapshot: Snapshot;
  /** When that was, by the source's clock. */
  readonly at: Instant;
  readonly pass: string;
  /** The definition of the mapping by which rows were compared. */
  readonly definition: string;
}

/** Where one mapping stands. */
export interface MappingStatus {
  readonly mapping: string;
  /** The newest pass; `null` before the first. */
  readonly lastPass: {
    readonly pass: string;
    readonly state: PassState;
    readonly rows: number;
    readonly finishedAt: Instant | null;
  } | null;
  /** `null` while no clean pass over all keys stands for the mapping as it is defined now. */
  readonly verifiedThrough: VerifiedThrough | null;
  /** Divergences that were neither repaired nor found equal since. */
  readonly divergences: Readonly<Partial<Record<DivergenceKind, number>>>;
  /** Keys that have to be compared again. */
  readonly unsettled: number;
  /** Writes to the follower by others; `null` when there were none. */
  readonly rogueWrites: RogueWrites | null;
}

/** Where a feed stands. */
export interface ReconcileStatus {
  readonly mappings: readonly MappingStatus[];
  /** The oldest of all mappings; `null` while one of them has none. */
  readonly verifiedAt: Instant | null;
}

/**
 * Reads where reconciling stands: what was verified, when, and what is still wrong. It compares
 * nothing. Rejects with the `FW_DATA_…` errors of databases.
 *
 * ```ts
 * const { verifiedAt, mappings } = await reconcileStatus(feed);
 * const isEqual = verifiedAt !== null && mappings.every((one) => one.unsettled === 0);
 * ```
 */
export async function reconcileStatus(feed: Feed): Promise<ReconcileStatus> {
  await prepareReconcile(feed);
  return coded({ database: feed.follower.label, operation: 'reading the status' }, () =>
    feed.follower.transaction({ reads: 'snapshot', isReadOnly: true }, async (session) => {
      const rogue = await readRogueWrites(session, feed);
      const mappings: MappingStatus[] = [];
      for (const mapping of feed.mappings) {
        const writes = rogue.find((one) => one.mapping === mapping.id) ?? null;
        mappings.push(await readMapping(session, feed, { mapping, writes }));
      }
      const all = mappings.map(({ verifiedThrough }) => verifiedThrough?.at ?? null);
      const times = all.filter((at) => at !== null);
      const isWhole = times.length === all.length && times.length > 0;
      return { mappings, verifiedAt: isWhole ? Math.min(...times) : null };
    }),
  );
}

async function readMapping(
  session: Session,
  feed: Feed,
  { mapping, writes }: { readonly mapping: TableMapping; readonly writes: RogueWrites | null },
): Promise<MappingStatus> {
  const names = reconcileNames(feed.schema);
  const key = [feed.direction, mapping.id];
  const [last] = await session.rows(
    `select pass, state, rows, finished_at from ${names.pass}
      where direction = $1 and mapping = $2 order by pass desc limit 1`,
    key,
  );
  const kinds = await session.rows(
    `select kind, count(*) from ${names.divergence}
      where direction = $1 and mapping = $2 and resolved_at is null group by 1`,
    key,
  );
  const [waiting] = await session.rows(
    `select count(*) from ${names.recheck} where direction = $1 and mapping = $2`,
    key,
  );
  return {
    mapping: mapping.id,
    lastPass: last === undefined ? null : lastPassOf(last),
    verifiedThrough: await readVerified(session, feed, mapping),
    divergences: Object.fromEntries(kinds.map(([kind, count]) => [kind ?? '', Number(count)])),
    unsettled: Number(waiting?.[0] ?? 0),
    rogueWrites: writes,
  };
}

function lastPassOf([pass, state, rows, at]: readonly (
  | string
  | null
)[]): MappingStatus['lastPass'] {
  return {
    pass: pass ?? '',
    state: state as PassState,
    rows: Number(rows),
    finishedAt: at === null || at === undefined ? null : Number(at),
  };
}

/**
 * The newest clean pass, unless a later one found something: then nothing is known to be equal
 * until the next clean one.
 */
async function readVerified(
  session: Session,
  feed: Feed,
  mapping: TableMapping,
): Promise<VerifiedThrough | null> {
  const [row] = await session.rows(
    `select pass, oldest, oldest_at, state from ${reconcileNames(feed.schema).pass}
      where direction = $1 and mapping = $2 and definition = $3
        and state in ('clean', 'diverged', 'void') order by pass desc limit 1`,
    [feed.direction, mapping.id, mapping.definition],
  );
  if (row === undefined) return null;
  const [pass, oldest, oldestAt, state] = row;
  if (state !== 'clean' || !isContiguous(await readShares(session, feed, pass ?? ''))) return null;
  return {
    snapshot: parseSnapshot(oldest ?? ''),
    at: Number(oldestAt),
    pass: pass ?? '',
    definition: mapping.definition,
  };
}
