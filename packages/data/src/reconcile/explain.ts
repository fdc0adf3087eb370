import type { Feed } from '../drain/feed.ts';
import { followerNames, seenTable } from '../drain/follower-sql.ts';
import type { TableMapping } from '../mapping/table-mapping.ts';
import { quoteRelation } from '../postgres/quote.ts';
import type { Session } from '../postgres/session.ts';
import { classify, type SeenRow } from './classify.ts';
import type { Differing } from './compare-range.ts';
import { keyText } from './keys.ts';
import { arrayText, type FoundDivergence } from './pass-record.ts';
import { reconcileNames } from './reconcile-tables.ts';
import { isWatched } from './rogue-watch.ts';
import type { Round } from './round.ts';

// Keys per statement.
const PAGE = 1_000;

/** What the follower knows of one key. */
interface Known {
  readonly seen: SeenRow | null;
  readonly isRogue: boolean;
  readonly isDeadLetter: boolean;
}

/**
 * Says of every row that differs what is wrong with it, by what the follower noted in that
 * snapshot.
 */
export async function explain(
  feed: Feed,
  mapping: TableMapping,
  {
    round,
    differing,
  }: {
    readonly round: Pick<Round, 'follower' | 'watermark'>;
    readonly differing: readonly Differing[];
  },
): Promise<FoundDivergence[]> {
  const found: FoundDivergence[] = [];
  if (differing.length === 0) return found;
  const isGuarded = await isWatched(round.follower, feed, mapping);
  for (let from = 0; from < differing.length; from += PAGE) {
    const page = differing.slice(from, from + PAGE);
    const known = await readKnown(round.follower, feed, { mapping, page });
    for (const [i, { key, source, follower }] of page.entries()) {
      const { seen, isRogue, isDeadLetter } = known[i] as Known;
      const kind = classify({
        sourceMark: source?.mark ?? null,
        isInFollower: follower !== null,
        seen,
        isRogue: isRogue || (isGuarded ? false : null),
        isDeadLetter,
        started: round.watermark.started,
      });
      found.push({ key, sourceKey: source?.sourceKey ?? sourceKeyOf(mapping, key), kind });
    }
  }
  return found;
}

/**
 * The source's key of a key of the follower, where it is made of nothing but the same columns;
 * `null` where only the source could tell.
 */
function sourceKeyOf(mapping: TableMapping, key: readonly string[]): readonly string[] | null {
  const parts = mapping.sourceKey.map(({ name }) => {
    const at = mapping.key.findIndex((column) => column.from === name);
    return at < 0 ? undefined : key[at];
  });
  return parts.every((part) => part !== undefined) ? parts : null;
}

async function readKnown(
  session: Session,
  feed: Feed,
  { mapping, page }: { readonly mapping: TableMapping; readonly page: readonly Differing[] },
): Promise<readonly Known[]> {
  const width = mapping.key.length;
  const columns = mapping.key.map((_, i) => page.map(({ key }) => key[i] as string));
  const names = [...mapping.key.map((_, i) => `t${i + 1}`), 'key', 'source'];
  const given = names.map((_, i) => `$${i + 1}::text[]`).join(', ');
  const isSame = mapping.key.map(({ type }, i) => `s.fw_k${i + 1} = u.t${i + 1}::${type.name}`);
  const own = (alias: string): string =>
    `${alias}.direction = $${width + 3} and ${alias}.mapping = $${width + 4}`;
  const rows = await session.rows(
    `select s.gone, s.mark,
            exists (select from ${reconcileNames(feed.schema).rogue} r
                     where ${own('r')} and not r.is_repaired
                       and (r.key = u.key::text[] or r.op = 'T')),
            exists (select from ${followerNames(feed.schema).deadLetter} d
                     where ${own('d')} and d.key = u.source::jsonb)
       from unnest(${given}) with ordinality as u(${names.join(', ')}, n)
       left join ${quoteRelation(seenTable(feed.schema, mapping))} s on ${isSame.join(' and ')}
      order by u.n`,
    [
      ...columns,
      page.map(({ key }) => arrayText(key)),
      page.map(({ key, source }) => sourceText(source?.sourceKey ?? sourceKeyOf(mapping, key))),
      feed.direction,
      mapping.id,
    ],
  );
  return rows.map(([gone, mark, isRogue, isDead]) => ({
    seen: gone === null || gone === undefined ? null : { gone: gone === 't', mark: mark ?? null },
    isRogue: isRogue === 't',
    isDeadLetter: isDead === 't',
  }));
}

function sourceText(key: readonly string[] | null): string | null {
  return key === null ? null : keyText(key);
}
