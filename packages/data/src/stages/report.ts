import { isFalseworkError } from '@falsework/core/errors';
import type {
  BackfillEvidence,
  DataReport,
  DivergenceEvidence,
  DrainEvidence,
  RehearsalEvidence,
} from '@falsework/core/evidence';
import type { Instant } from '@falsework/core/ports';
import { backfillStatus } from '../backfill/backfill-status.ts';
import type { Feed } from '../drain/feed.ts';
import { measureLag } from '../drain/lag.ts';
import type { Stores } from '../plan/plan-data.ts';
import { coded } from '../postgres/failure.ts';
import { oneRow } from '../postgres/session.ts';
import { reconcileNames } from '../reconcile/reconcile-tables.ts';
import { reconcileStatus } from '../reconcile/status.ts';
import { authorityOf, readEpochs } from '../turnover/authority.ts';
import { readRehearsal, rehearsalVoid } from '../turnover/rehearsal.ts';
import { readSeal } from '../turnover/seal.ts';
import { readProofs } from './proofs.ts';
import { reverseStanding } from './reverse-standing.ts';

/** What a report is made of. */
export interface ReportParts {
  readonly stores: Stores;
  readonly forward: Feed;
  readonly reverse: Feed;
}

/**
 * Everything that control is told of the two stores, read from them now. What was never measured is
 * `null`, and so is what cannot be read because it is not there yet; a store that cannot be reached
 * rejects, and then nothing is reported.
 */
export async function dataReport(
  { stores, forward, reverse }: ReportParts,
  now: Instant,
): Promise<DataReport> {
  const { schema } = forward;
  const authority = authorityOf(await readEpochs(stores, schema));
  const proofs = await readProofs(stores.candidate, schema);
  const feed = authority === 'candidate' ? reverse : forward;
  const seal = await readSeal(stores.candidate, schema);
  const isSealed = seal !== null;
  return {
    authority,
    capture: proofs.capture ?? null,
    drain: isSealed ? { lagMs: 0, lagRows: 0, deadLetters: 0 } : await started(() => drainOf(feed)),
    backfill: await started(() => backfillOf(forward)),
    divergence: await divergenceOf(forward, reverse),
    reverse: authority === 'candidate' && !isSealed ? await reverseStanding(reverse) : null,
    rehearsal: await rehearsalOf(stores, forward, now),
    workflows: proofs.workflows ?? null,
    invariants: proofs.invariants ?? null,
    seal: seal && { sealedAt: seal.sealedAt, retainUntil: seal.retainUntil },
  };
}

/** What `read` gives; `null` where that part of the apparatus is not there yet. */
async function started<T>(read: () => Promise<T | null>): Promise<T | null> {
  try {
    return await read();
  } catch (error) {
    if (isFalseworkError(error) && error.code === 'FW_DATA_NOT_INSTALLED') return null;
    throw error;
  }
}

async function drainOf(feed: Feed): Promise<DrainEvidence> {
  const { rows, seconds, deadLetters } = await measureLag(feed, null);
  return { lagMs: Math.round(seconds * 1_000), lagRows: rows, deadLetters };
}

async function backfillOf(feed: Feed): Promise<BackfillEvidence | null> {
  const { tables, isComplete, isDrainedPastCutoff } = await backfillStatus(feed);
  const starts = tables.map(({ startedAt }) => startedAt).filter((at) => at !== null);
  if (starts.length === 0) return null;
  const rowsCopied = tables.reduce((sum, { rows }) => sum + rows, 0);
  const estimated = tables.reduce((sum, one) => sum + Math.max(one.estimatedRows, one.rows), 0);
  // Statistics are an estimate; of a backfill that is complete the number is known.
  const rowsTotal = isComplete ? rowsCopied : Math.round(estimated);
  return { cutoffAt: Math.min(...starts), rowsCopied, rowsTotal, isComplete, isDrainedPastCutoff };
}

interface Compared {
  /** When the newest pass ended that did. */
  readonly endedAt: Instant;
  readonly evidence: DivergenceEvidence;
}

/**
 * What is known of the stores being equal, by whichever comparison ended last. Equality has no
 * direction: right after a switch it is known by the passes of the feed that ran until then, and by
 * what the switch itself compared at rest. Without them control could never follow a switch, whose
 * own feed nobody has compared yet.
 */
async function divergenceOf(...feeds: readonly Feed[]): Promise<DivergenceEvidence | null> {
  let newest: Compared | null = null;
  for (const feed of feeds) {
    const found = await started(() => comparedBy(feed));
    if (found !== null && found.endedAt > (newest?.endedAt ?? 0)) newest = found;
  }
  return newest?.evidence ?? null;
}

async function comparedBy(feed: Feed): Promise<Compared | null> {
  // Reading the status would create what it reads, and whoever only looks must change nothing.
  const { pass } = reconcileNames(feed.schema);
  const [isThere] = await coded(
    { database: feed.follower.label, operation: 'reading passes' },
    () =>
      feed.follower.use((session) => oneRow(session, 'select to_regclass($1) is not null', [pass])),
  );
  if (isThere !== 't') return null;
  const { mappings, verifiedAt } = await reconcileStatus(feed);
  if (mappings.every(({ lastPass }) => lastPass === null)) return null;
  const byKind: Record<string, number> = {};
  for (const [kind, count] of mappings.flatMap((each) => Object.entries(each.divergences))) {
    byKind[kind] = (byKind[kind] ?? 0) + count;
  }
  const rows = Object.values(byKind).reduce((sum, count) => sum + count, 0);
  const [zeroSince, planted, found] = await coded(
    { database: feed.follower.label, operation: 'reading passes' },
    () => feed.follower.use((session) => oneRow(session, streak(feed.schema), [feed.direction])),
  );
  const isZero = rows === 0 && verifiedAt !== null && zeroSince !== null && zeroSince !== undefined;
  const evidence = {
    rows,
    zeroSince: isZero ? Number(zeroSince) : null,
    verifiedThrough: verifiedAt,
    canariesPlanted: Number(planted ?? 0),
    canariesFound: Number(found ?? 0),
    byKind,
    coverage: {
      rowsCompared: mappings.reduce((sum, { lastPass }) => sum + (lastPass?.rows ?? 0), 0),
      tablesWhole: mappings.filter(({ verifiedThrough }) => verifiedThrough !== null).length,
      tables: mappings.length,
    },
  };
  return {
    endedAt: Math.max(...mappings.map(({ lastPass }) => lastPass?.finishedAt ?? 0)),
    evidence,
  };
}

/**
 * Since when each mapping has been clean in every pass, the latest of all mappings, and what became
 * of the canaries in the last finished pass of each.
 */
const streak = (schema: string): string => {
  const { pass } = reconcileNames(schema);
  return `
    with p as (select * from ${pass} where direction = $1 and finished_at is not null),
    dirty as (select mapping, max(pass) as pass from p where state in ('diverged', 'void') group by 1),
    clean as (
      select p.mapping, min(p.oldest_at) as since from p left join dirty d on d.mapping = p.mapping
       where p.state = 'clean' and p.pass > coalesce(d.pass, 0) group by 1),
    last as (select distinct on (mapping) * from p order by mapping, pass desc)
    select (select max(since) from clean), (select sum(canaries_planted) from last),
           (select sum(canaries_found) from last)`;
};

async function rehearsalOf(
  stores: Stores,
  forward: Feed,
  now: Instant,
): Promise<RehearsalEvidence | null> {
  const rehearsal = await readRehearsal(stores, forward);
  if (rehearsal === null) return null;
  const { at, rollbackMs, expiresAt } = rehearsal;
  // That it has expired is for the gate to say; here is only what makes it void.
  const voidBecause = rehearsalVoid({ ...rehearsal, expiresAt: now + 1 }, now);
  return { at, rollbackMs, expiresAt, voidBecause };
}
