import type { Instant } from '@falsework/core/ports';
import { rotateOutboxes } from '../capture/rotate.ts';
import { covers, formatSnapshot, parseSnapshot, type Snapshot } from '../cursor/snapshot.ts';
import { countDeadLetters } from '../drain/dead-letters.ts';
import type { Feed } from '../drain/feed.ts';
import { presentInstant, readWatermark } from '../drain/follower.ts';
import { leftBehind } from '../drain/left-behind.ts';
import type { Database } from '../postgres/database.ts';
import { coded } from '../postgres/failure.ts';
import { quoteRelation } from '../postgres/quote.ts';
import { oneRow } from '../postgres/session.ts';

/** A store that is fed back no more, and what is kept for coming back all the same. */
export interface Seal {
  readonly sealedAt: Instant;
  /** Up to here legacy has everything; what came later is the gap. */
  readonly snapshot: Snapshot;
  /** Until when the events of the gap are kept. */
  readonly retainUntil: Instant;
}

/** A seal, or why there is none. */
export type SealOutcome =
  | { readonly state: 'done'; readonly seal: Seal }
  | { readonly state: 'refused'; readonly because: string; readonly action: string };

const sealTable = (schema: string): string => quoteRelation({ schema, table: 'seal' });

/** How a store is sealed. */
export interface SealOptions {
  readonly now: Instant;
  /** For how long the gap is kept. */
  readonly retainMs: number;
  /** How long the feed has for what was written before. */
  readonly withinMs?: number;
}

// A feed that is alive needs milliseconds; one that needs longer is not to be ended now.
const DRAINED_WITHIN_MS = 10_000;

/**
 * Ends the reverse feed at a point that is written down, once everything that had been written when
 * this was asked for is on legacy. Writers need not rest: what comes later is the gap. From here on
 * the way back is a replay of what the candidate's store keeps reporting, until `retainUntil`.
 */
export async function sealStores(
  reverse: Feed,
  { now, retainMs, withinMs = DRAINED_WITHIN_MS }: SealOptions,
): Promise<SealOutcome> {
  const { source: candidate, schema } = reverse;
  const instant = await presentInstant(reverse);
  const rows = await leftBehind(reverse, { instant, withinMs });
  const dead = await reverse.follower.use((session) => countDeadLetters(session, reverse));
  if (rows > 0 || dead > 0) {
    const because = `${rows} changes and ${dead} refused rows wait on their way back`;
    return { state: 'refused', because, action: 'Let the reverse feed drain to zero first.' };
  }
  const { snapshot } = await reverse.follower.use((session) => readWatermark(session, reverse));
  const seal: Seal = { sealedAt: now, snapshot, retainUntil: now + retainMs };
  await coded({ database: candidate.label, operation: 'sealing' }, () =>
    candidate.transaction({ reads: 'current' }, async (session) => {
      await session.run(
        `create table if not exists ${sealTable(schema)} (
           one boolean primary key default true check (one),
           sealed_at bigint not null, snapshot text not null, retain_until bigint not null)`,
      );
      await session.run(
        `insert into ${sealTable(schema)} (sealed_at, snapshot, retain_until) values ($1, $2, $3)
         on conflict do nothing`,
        [seal.sealedAt, formatSnapshot(snapshot), seal.retainUntil],
      );
    }),
  );
  return { state: 'done', seal: (await readSeal(candidate, schema)) ?? seal };
}

/** The seal; `null` while there is none. */
export function readSeal(candidate: Database, schema: string): Promise<Seal | null> {
  return coded({ database: candidate.label, operation: 'reading the seal' }, () =>
    candidate.use(async (session) => {
      const table = sealTable(schema);
      const [there] = await oneRow(session, 'select to_regclass($1) is not null', [table]);
      if (there !== 't') return null;
      const [row] = await session.rows(`select sealed_at, snapshot, retain_until from ${table}`);
      if (row === undefined) return null;
      const [sealedAt, snapshot, retainUntil] = row;
      return {
        sealedAt: Number(sealedAt),
        snapshot: parseSnapshot(snapshot ?? ''),
        retainUntil: Number(retainUntil),
      };
    }),
  );
}

/** Why the gap since the seal cannot be replayed; `null` when it can. */
export async function gapLost(reverse: Feed, seal: Seal): Promise<string | null> {
  const { rotated, place } = await presentInstant(reverse);
  if (rotated !== null && !covers(seal.snapshot, rotated)) {
    const until = new Date(seal.retainUntil).toISOString();
    return `writes since the seal are no longer retained; they were kept until ${until}`;
  }
  const watermark = await reverse.follower.use((session) => readWatermark(session, reverse));
  if (watermark.place.captureId !== place.captureId) {
    return 'capture of the candidate’s store was installed anew since the seal';
  }
  return null;
}

/** Takes the seal away: legacy is fed again, from where it was left. */
export function breakSeal({ source: candidate, schema }: Feed): Promise<void> {
  return coded({ database: candidate.label, operation: 'breaking the seal' }, async () => {
    await candidate.use((session) => session.run(`delete from ${sealTable(schema)}`));
  });
}

/**
 * Throws away the gap once its time is over, so that the outbox does not grow for ever. True when
 * there was something to throw away. From then on there is no way back.
 */
export async function forgetGap(
  reverse: Feed,
  { seal, now }: { readonly seal: Seal; readonly now: Instant },
): Promise<boolean> {
  if (now < seal.retainUntil || reverse.changes.kind !== 'outbox') return false;
  const { source, schema } = reverse;
  const { snapshot: consumed } = await presentInstant(reverse);
  return (await rotateOutboxes(source, { schema, consumed })).emptied > 0;
}
