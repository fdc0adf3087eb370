import type { Clock } from '@falsework/core/ports';
import { pause } from '@falsework/system';
import type { Feed } from '../drain/feed.ts';
import type { TableMapping } from '../mapping/table-mapping.ts';
import { coded } from '../postgres/failure.ts';
import type { Session } from '../postgres/session.ts';
import { hashesOfKeys } from './compare-carefully.ts';
import { both, type Comparable, call, differences, setOf } from './compare-range.ts';
import { explain } from './explain.ts';
import type { HashedTable } from './hash-sql.ts';
import { type KeyPair, keyText } from './keys.ts';
import { arrayText, type FoundDivergence, noteDivergences } from './pass-record.ts';
import { reconcileNames } from './reconcile-tables.ts';
import { type Round, withSettledRound } from './round.ts';
import { hashedRow, keysHashes } from './statements.ts';

/** What a recheck works with. */
export interface Recheck {
  readonly feed: Feed;
  readonly mapping: TableMapping;
  readonly pass: string;
  readonly tables: { readonly source: HashedTable; readonly follower: HashedTable };
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** How long keys may go on being in flight. */
  readonly timeoutMs: number;
  readonly onLeft: (left: number) => void;
  readonly onDivergences: (found: readonly FoundDivergence[]) => void;
}

/** A key that waits to be compared. */
interface Waiting extends KeyPair {
  readonly retries: number;
}

const PAGE = 1_000;
// Long enough for a drain to bring its next window.
const BREATH_MS = 100;

/**
 * Compares the keys that were in flight, again and again, until each was compared once or the time
 * is up. Gives the number of those that are left: without them the pass is not over.
 */
export async function recheck(work: Recheck): Promise<number> {
  const { clock, signal, timeoutMs } = work;
  const until = clock.monotonicMs() + timeoutMs;
  for (;;) {
    const before = await countWaiting(work);
    if (before === 0 || signal.aborted) return before;
    work.onLeft(before);
    await recheckAll(work);
    const left = await countWaiting(work);
    if (left === 0 || clock.monotonicMs() >= until) return left;
    await pause(clock, BREATH_MS, signal);
  }
}

/** The number of keys of a mapping that wait to be compared. */
export async function countWaiting({
  feed,
  mapping,
}: Pick<Recheck, 'feed' | 'mapping'>): Promise<number> {
  const [row] = await coded({ database: feed.follower.label, operation: 'rechecking' }, () =>
    feed.follower.use((session) =>
      session.rows(
        `select count(*) from ${reconcileNames(feed.schema).recheck} where direction = $1 and mapping = $2`,
        [feed.direction, mapping.id],
      ),
    ),
  );
  return Number(row?.[0] ?? 0);
}

/** Once through everything that waits. */
async function recheckAll(work: Recheck): Promise<void> {
  const { feed, mapping, signal } = work;
  for (let after: string | null = null; !signal.aborted; ) {
    const page: Waiting[] = await readPage(work, after);
    if (page.length === 0) return;
    after = arrayText(page.at(-1)?.follower ?? null);
    const result = await withSettledRound(feed, mapping, (round) => settle(work, { round, page }));
    if ('refused' in result) return;
    await note(work, { ...result.value, page });
  }
}

async function readPage({ feed, mapping }: Recheck, after: string | null): Promise<Waiting[]> {
  const rows = await coded({ database: feed.follower.label, operation: 'rechecking' }, () =>
    feed.follower.use((session) =>
      session.rows(
        `select to_json(key), to_json(source_key), retries from ${reconcileNames(feed.schema).recheck}
          where direction = $1 and mapping = $2 and ($3::text[] is null or key > $3::text[])
          order by key limit ${PAGE}`,
        [feed.direction, mapping.id, after],
      ),
    ),
  );
  return rows.map(([key, sourceKey, retries]) => ({
    follower: JSON.parse(key ?? '[]') as string[],
    source: JSON.parse(sourceKey ?? '[]') as string[],
    retries: Number(retries),
  }));
}

interface Settled {
  /** Keys that were compared, equal or not. */
  readonly settled: ReadonlySet<string>;
  readonly divergences: readonly FoundDivergence[];
  readonly rows: number;
  readonly at: number;
}

async function settle(
  { feed, mapping, tables }: Recheck,
  { round, page }: { readonly round: Round; readonly page: readonly Waiting[] },
): Promise<Settled> {
  const at: Comparable = { ...round, tables };
  const [ofSource, follower] = await both(
    hashesOfKeys(at, page),
    round.follower.rows(...call(keysHashes(tables.follower, setOf(at, page)))),
  );
  const unequal = differences(
    ofSource,
    follower.map((row) => hashedRow(tables.follower, row)),
  );
  const isOpen = ({ key }: { readonly key: readonly string[] }): boolean =>
    round.inFlight.has(keyText(key));
  const open = new Set(unequal.filter(isOpen).map(({ key }) => keyText(key)));
  const differing = unequal.filter((one) => !isOpen(one));
  const settled = page.map((key) => keyText(key.follower)).filter((key) => !open.has(key));
  return {
    settled: new Set(settled),
    divergences: await explain(feed, mapping, { round, differing }),
    rows: ofSource.filter(({ key }) => !open.has(keyText(key))).length,
    at: round.instant.at,
  };
}

/**
 * Takes off each key what it had when it was read. Whoever came by it in the meantime has added to
 * it, and so it stays: the change that made him add is one that we have not compared.
 */
async function note(
  work: Recheck,
  { settled, divergences, rows, at, page }: Settled & { readonly page: readonly Waiting[] },
): Promise<void> {
  const { feed, mapping, pass } = work;
  const names = reconcileNames(feed.schema);
  const done = page.filter(({ follower }) => settled.has(keyText(follower)));
  await coded({ database: feed.follower.label, operation: 'rechecking' }, () =>
    feed.follower.transaction({ reads: 'current' }, async (session: Session) => {
      await session.run(
        `with done as (select u.k::text[] as key, u.n::integer as n from unnest($3::text[], $4::text[]) as u(k, n)),
              kept as (update ${names.recheck} r set retries = r.retries - d.n from done d
                        where r.direction = $1 and r.mapping = $2 and r.key = d.key
                          and r.retries > d.n)
         delete from ${names.recheck} r using done d
          where r.direction = $1 and r.mapping = $2 and r.key = d.key and r.retries <= d.n`,
        [
          feed.direction,
          mapping.id,
          done.map(({ follower }) => arrayText(follower)),
          done.map(({ retries }) => String(retries)),
        ],
      );
      await session.run(`update ${names.pass} set rows = rows + $2 where pass = $1`, [pass, rows]);
      await noteDivergences(session, feed, { pass, mapping, found: divergences, at });
    }),
  );
  work.onDivergences(divergences);
}
