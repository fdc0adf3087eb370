import type { Instant } from '@falsework/core/ports';
import { formatSnapshot, type Snapshot } from '../cursor/snapshot.ts';
import type { Feed } from '../drain/feed.ts';
import type { TableMapping } from '../mapping/table-mapping.ts';
import { oneRow, type Session } from '../postgres/session.ts';
import type { DivergenceKind } from './classify.ts';
import type { Hashing } from './hash-sql.ts';
import type { KeyPair } from './keys.ts';
import type { Bound, Range } from './range.ts';
import { reconcileNames } from './reconcile-tables.ts';

/**
 * What became of a pass. `clean`: every row was compared and equal. `diverged`: some were not.
 * `pending`: rows that were in flight have not been compared yet, or the pass was interrupted.
 * `void`: the drifts that were planted were not all found, so what was found otherwise means nothing.
 */
export type PassState = 'running' | 'clean' | 'diverged' | 'pending' | 'void';

/** A part of the keys that is walked by itself. */
export interface Share {
  readonly number: number;
  readonly range: Range;
  /** How far it has been walked; `null` at its beginning. */
  readonly last: Bound | null;
  readonly isDone: boolean;
}

/** A divergence as it is written down. */
export interface FoundDivergence {
  readonly key: readonly string[];
  readonly sourceKey: readonly string[] | null;
  readonly kind: DivergenceKind;
}

/** A pass that is open. */
export interface OpenPass {
  readonly pass: string;
  readonly shares: readonly Share[];
}

/** What one step over a share brought. */
export interface Step {
  readonly share: number;
  readonly last: Bound | null;
  readonly isDone: boolean;
  readonly rows: number;
  readonly watermark: Snapshot;
  readonly at: Instant;
  readonly inFlight: readonly KeyPair[];
  readonly divergences: readonly FoundDivergence[];
}

/** PostgreSQL's text form of an array of texts; the driver prints it for parameters itself. */
export function arrayText(values: readonly string[] | null): string | null {
  if (values === null) return null;
  const quoted = values.map((value) => `"${value.replace(/["\\]/g, '\\$&')}"`);
  return `{${quoted.join(',')}}`;
}

/** Begins a pass. A pass of the same mapping that was left open is given up. */
export async function beginPass(
  session: Session,
  feed: Feed,
  begun: {
    readonly mapping: TableMapping;
    readonly hashing: Hashing;
    readonly ranges: readonly Range[];
    readonly at: Instant;
  },
): Promise<OpenPass> {
  const { mapping, hashing, ranges, at } = begun;
  const names = reconcileNames(feed.schema);
  const [pass] = await oneRow(
    session,
    `insert into ${names.pass} (direction, mapping, definition, hashing, state, started_at)
     values ($1, $2, $3, $4, 'running', $5) returning pass`,
    [feed.direction, mapping.id, mapping.definition, hashing, at],
  );
  const shares = ranges.map((range, number) => ({ number, range, last: null, isDone: false }));
  for (const { number, range } of shares) {
    await session.run(
      `insert into ${names.share} (pass, number, lower_key, upper_key)
       values ($1, $2, $3::text[], $4::text[])`,
      [pass ?? '', number, range.lower, range.upper],
    );
  }
  return { pass: pass ?? '', shares };
}

/** The newest pass of a mapping that was interrupted, if it can be gone on with. */
export async function openPass(
  session: Session,
  feed: Feed,
  { mapping, hashing }: { readonly mapping: TableMapping; readonly hashing: Hashing },
): Promise<OpenPass | null> {
  const names = reconcileNames(feed.schema);
  const [row] = await session.rows(
    `select pass, state, definition, hashing from ${names.pass}
      where direction = $1 and mapping = $2 order by pass desc limit 1`,
    [feed.direction, mapping.id],
  );
  if (row === undefined) return null;
  const [pass, state, definition, was] = row;
  if (state !== 'running' || definition !== mapping.definition || was !== hashing) return null;
  return { pass: pass ?? '', shares: await readShares(session, feed, pass ?? '') };
}

/** The shares of a pass in their order. */
export async function readShares(
  session: Session,
  feed: Feed,
  pass: string,
): Promise<readonly Share[]> {
  const rows = await session.rows(
    `select number, to_json(lower_key), to_json(upper_key), to_json(last_key), is_done
       from ${reconcileNames(feed.schema).share} where pass = $1 order by number`,
    [pass],
  );
  return rows.map(([number, lower, upper, last, isDone]) => ({
    number: Number(number),
    range: { lower: boundOf(lower), upper: boundOf(upper) },
    last: boundOf(last),
    isDone: isDone === 't',
  }));
}

function boundOf(text: string | null | undefined): Bound | null {
  return text === null || text === undefined ? null : (JSON.parse(text) as Bound);
}

/** Writes down a step, as a whole: how far, what was found, and what has to be looked at again. */
export async function noteStep(
  session: Session,
  feed: Feed,
  {
    pass,
    mapping,
    step,
  }: { readonly pass: string; readonly mapping: TableMapping; readonly step: Step },
): Promise<void> {
  const names = reconcileNames(feed.schema);
  await session.run(
    `update ${names.share} set last_key = $3::text[], is_done = $4, rows = rows + $5
      where pass = $1 and number = $2`,
    [pass, step.share, step.last, step.isDone, step.rows],
  );
  await session.run(
    `update ${names.pass} set rows = rows + $2, in_flight = in_flight + $3,
       oldest = case when oldest_at <= $5 then oldest else $4 end,
       oldest_at = least(oldest_at, $5) where pass = $1`,
    [pass, step.rows, step.inFlight.length, formatSnapshot(step.watermark), step.at],
  );
  await noteInFlight(session, feed, { mapping, keys: step.inFlight });
  await noteDivergences(session, feed, { pass, mapping, found: step.divergences, at: step.at });
}

/** Adds keys to those that have to be compared later. */
async function noteInFlight(
  session: Session,
  feed: Feed,
  { mapping, keys }: { readonly mapping: TableMapping; readonly keys: readonly KeyPair[] },
): Promise<void> {
  if (keys.length === 0) return;
  await session.run(
    `insert into ${reconcileNames(feed.schema).recheck} as r (direction, mapping, key, source_key)
     select $1, $2, u.k::text[], u.s::text[] from unnest($3::text[], $4::text[]) as u(k, s)
     on conflict (direction, mapping, key) do update set retries = r.retries + 1`,
    [
      feed.direction,
      mapping.id,
      keys.map((key) => arrayText(key.follower)),
      keys.map((key) => arrayText(key.source)),
    ],
  );
}

/** Adds divergences, or says of known ones that they are still there. */
export async function noteDivergences(
  session: Session,
  feed: Feed,
  noted: {
    readonly pass: string;
    readonly mapping: TableMapping;
    readonly found: readonly FoundDivergence[];
    readonly at: Instant;
  },
): Promise<void> {
  const { pass, mapping, found, at } = noted;
  if (found.length === 0) return;
  const names = reconcileNames(feed.schema);
  await session.run(
    `insert into ${names.divergence} as d
       (direction, mapping, key, source_key, kind, first_pass, last_pass, found_at)
     select $1, $2, u.k::text[], u.s::text[], u.kind, $6, $6, $7
       from unnest($3::text[], $4::text[], $5::text[]) as u(k, s, kind)
     on conflict (direction, mapping, key) do update
       set kind = excluded.kind, last_pass = excluded.last_pass, source_key = excluded.source_key,
           first_pass = case when d.resolved_at is null
                             then d.first_pass else excluded.first_pass end,
           found_at = case when d.resolved_at is null then d.found_at else excluded.found_at end,
           resolved_at = null, resolution = null`,
    [
      feed.direction,
      mapping.id,
      found.map(({ key }) => arrayText(key)),
      found.map(({ sourceKey }) => arrayText(sourceKey)),
      found.map(({ kind }) => kind),
      pass,
      at,
    ],
  );
  await session.run(`update ${names.pass} set divergences = divergences + $2 where pass = $1`, [
    pass,
    found.length,
  ]);
}

/**
 * True when the shares follow one another without a gap from the first key to the last, both ends
 * open, and each was walked to its end.
 */
export function isContiguous(shares: readonly Share[]): boolean {
  const sorted = shares.toSorted((a, b) => a.number - b.number);
  if (sorted.length === 0) return false;
  return sorted.every(({ range, isDone }, i) => {
    const next = sorted[i + 1];
    const follows =
      next === undefined
        ? range.upper === null
        : range.upper !== null && JSON.stringify(range.upper) === JSON.stringify(next.range.lower);
    return isDone && follows && (i > 0 || range.lower === null);
  });
}
