import type { Clock } from '@falsework/core/ports';
import { systemClock } from '@falsework/system';
import { readInstant, secure } from '../capture/instant.ts';
import { actAsDrain } from '../drain/act-as-drain.ts';
import { applyRows } from '../drain/apply-rows.ts';
import { bury, raise } from '../drain/dead-letters.ts';
import type { Feed } from '../drain/feed.ts';
import { lockFollower, readWatermark, versionOf } from '../drain/follower.ts';
import { checkContinuity } from '../drain/window-check.ts';
import type { TableMapping } from '../mapping/table-mapping.ts';
import { coded } from '../postgres/failure.ts';
import type { Session } from '../postgres/session.ts';
import type { DivergenceKind } from './classify.ts';
import { keyText } from './keys.ts';
import { arrayText } from './pass-record.ts';
import { prepareReconcile, reconcileNames } from './reconcile-tables.ts';
import { type Divergent, type RepairRows, readRepairRows } from './repair-rows.ts';
import { keyDigestOf } from './run-pass.ts';

/** What a repair is to do. */
export interface RepairOptions {
  /** Without it nothing is changed, and the report says what would be. */
  readonly execute?: boolean;
  /** Who ordered it, for the record. */
  readonly by: string;
  /**
   * Which divergences; all but `split-brain` when left out. There the follower has what the source
   * has lost, and a repair would lose it for good.
   */
  readonly kinds?: readonly DivergenceKind[];
  readonly clock?: Clock;
}

/** What is to become, or has become, of one row of the follower. */
export interface RepairedRow {
  readonly mapping: string;
  readonly kind: DivergenceKind;
  /** As in the events; the key itself is in the follower's own table. */
  readonly keyDigest: string;
  /** `write`: the source's row is written. `remove`: the source has none, so it is removed. */
  readonly action: 'write' | 'remove';
  /**
   * `planned` without `execute`; `refused` when the follower or the mapping could not take the row.
   */
  readonly outcome: 'planned' | 'done' | 'refused';
}

/** What a repair did, or would do. */
export interface RepairReport {
  readonly isExecuted: boolean;
  readonly rows: readonly RepairedRow[];
}

const PAGE = 500;
const KINDS: readonly DivergenceKind[] = [
  'lost-event',
  'corruption',
  'missed-insert',
  'missed-delete',
  'rogue-insert',
  'rogue-delete',
  'extra-row',
  'poisoned',
];

/**
 * Makes rows on which the stores disagree equal again: the source's row of now is written to the
 * follower, or removed there, exactly as the drain would do it, in turn with it and under the same
 * guard. What is done is written to the audit table in the same transaction. Only a rehearsal
 * unless
 * `execute` is true. What was repaired counts as equal when the next pass has compared it.
 *
 * Rejects with the `FW_DATA_…` errors of feeds and databases; pages before that stay repaired.
 *
 * ```ts
 * const plan = await repair(feed, { by: 'ada' });
 * console.log(plan.rows.map(({ mapping, kind, action }) => `${mapping}: ${kind}, ${action}`));
 * await repair(feed, { by: 'ada', execute: true });
 * ```
 */
export async function repair(feed: Feed, options: RepairOptions): Promise<RepairReport> {
  await prepareReconcile(feed);
  const rows: RepairedRow[] = [];
  for (const mapping of feed.mappings) {
    for (let after: string | null = null; ; ) {
      const page: Found[] = await readPage(feed, mapping, { kinds: options.kinds ?? KINDS, after });
      if (page.length === 0) break;
      after = arrayText(page.at(-1)?.key ?? null);
      rows.push(...(await repairPage({ feed, mapping, options, page })));
    }
  }
  return { isExecuted: options.execute === true, rows };
}

interface Found extends Divergent {
  readonly kind: DivergenceKind;
}

interface Repairing {
  readonly feed: Feed;
  readonly mapping: TableMapping;
  readonly options: RepairOptions;
  readonly page: readonly Found[];
}

function readPage(
  feed: Feed,
  mapping: TableMapping,
  { kinds, after }: { readonly kinds: readonly DivergenceKind[]; readonly after: string | null },
): Promise<Found[]> {
  return coded({ database: feed.follower.label, operation: 'reading divergences' }, async () => {
    const rows = await feed.follower.use((session) =>
      session.rows(
        `select to_json(key), to_json(source_key), kind
           from ${reconcileNames(feed.schema).divergence}
          where direction = $1 and mapping = $2 and resolved_at is null
            and kind = any ($3::text[]) and ($4::text[] is null or key > $4::text[])
          order by key limit ${PAGE}`,
        [feed.direction, mapping.id, kinds, after],
      ),
    );
    return rows.map(([key, sourceKey, kind]) => ({
      key: JSON.parse(key ?? '[]') as string[],
      sourceKey: JSON.parse(sourceKey ?? 'null') as string[] | null,
      kind: kind as DivergenceKind,
    }));
  });
}

/*
 * The lock comes first and the source is read under it: so whatever the drain has written before
 * was read before, and what it writes after us was read after us or changes again later.
 */
function repairPage(repairing: Repairing): Promise<RepairedRow[]> {
  const { feed, mapping, page, options } = repairing;
  const isExecuted = options.execute === true;
  return coded({ database: feed.follower.label, operation: 'repairing' }, () =>
    feed.follower.transaction({ reads: 'current', isReadOnly: !isExecuted }, async (follower) => {
      if (isExecuted) {
        await lockFollower(follower, feed);
        await actAsDrain(follower, feed);
      }
      const watermark = await readWatermark(follower, feed);
      return feed.source.transaction({ reads: 'snapshot', isReadOnly: true }, async (source) => {
        const { schema, source: database } = feed;
        const instant = await readInstant(source, { schema, database: database.label });
        checkContinuity(feed, watermark, instant);
        const rows = await readRepairRows(source, mapping, page);
        if (!isExecuted) return reported(repairing, { rows, refused: null });
        const version = versionOf(instant.snapshot);
        const applied = await applyRows(follower, { schema, page: rows.page, version });
        const poisoned = [...rows.page.poisoned, ...applied.poisoned];
        await raise(follower, feed, { page: rows.page, poisoned });
        await bury(follower, feed, { poisoned, at: instant.at });
        // The follower must not be given what the source could still forget in a crash.
        await secure(database, source, instant.lsn);
        const refused = new Set(poisoned.map(({ sourceKey }) => keyText(sourceKey)));
        const done = reported(repairing, { rows, refused });
        await note(follower, repairing, done);
        return done;
      });
    }),
  );
}

/** What is said of each row of a page; `refused` is `null` when nothing was tried. */
function reported(
  { mapping, page }: Repairing,
  { rows, refused }: { readonly rows: RepairRows; readonly refused: ReadonlySet<string> | null },
): RepairedRow[] {
  return page.map(({ key, sourceKey, kind }) => {
    const isRefused = sourceKey !== null && refused?.has(keyText(sourceKey)) === true;
    return {
      mapping: mapping.id,
      kind,
      keyDigest: keyDigestOf(mapping.id, key),
      action: rows.present.has(keyText(key)) || isRefused ? 'write' : 'remove',
      outcome: refused === null ? 'planned' : isRefused ? 'refused' : 'done',
    };
  });
}

async function note(
  follower: Session,
  { feed, mapping, page, options }: Repairing,
  done: readonly RepairedRow[],
): Promise<void> {
  const names = reconcileNames(feed.schema);
  const at = (options.clock ?? systemClock).now();
  const keys = page.map(({ key }) => arrayText(key));
  await follower.run(
    `insert into ${names.repair} (direction, mapping, key, kind, action, outcome, repaired_by, at)
     select $1, $2, u.k::text[], u.kind, u.action, u.outcome, $7, $8
       from unnest($3::text[], $4::text[], $5::text[], $6::text[]) as u(k, kind, action, outcome)`,
    [
      feed.direction,
      mapping.id,
      keys,
      done.map(({ kind }) => kind),
      done.map(({ action }) => action),
      done.map(({ outcome }) => outcome),
      options.by,
      at,
    ],
  );
  const repaired = keys.filter((_, i) => done[i]?.outcome === 'done');
  await follower.run(
    `update ${names.divergence} set resolved_at = $4, resolution = 'repaired'
      where direction = $1 and mapping = $2
        and key in (select u.k::text[] from unnest($3::text[]) as u(k))`,
    [feed.direction, mapping.id, repaired, at],
  );
  // They stay on record, but must not be blamed for what happens to the row from now on.
  await follower.run(
    `update ${names.rogue} set is_repaired = true
      where direction = $1 and mapping = $2
        and key in (select u.k::text[] from unnest($3::text[]) as u(k))`,
    [feed.direction, mapping.id, repaired],
  );
}
