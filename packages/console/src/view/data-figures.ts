import type { DataHeard } from '@falsework/client/contract';
import type { Instant } from '@falsework/core/ports';
import { formatCount, formatCounted, formatDuration, formatRate } from '@falsework/core/text';

/** One thing that is known of the stores, how it stands, and what is behind it. */
export interface DataFigure {
  readonly name: string;
  readonly value: string;
  readonly detail: string | null;
  /** `unknown` is never good: what was not measured proves nothing. */
  readonly tone: 'good' | 'warn' | 'bad' | 'unknown';
}

// A day: time enough to decide whether the way back is still wanted.
const RETAINED_SHORT_MS = 86_400_000;

type Make = (data: DataHeard, now: Instant) => DataFigure;

const unknown = (name: string): DataFigure => ({
  name,
  value: 'not known',
  detail: null,
  tone: 'unknown',
});

/** Everything that the data side reports, in the order in which a migration goes through it. */
export function dataFigures(data: DataHeard, now: Instant): DataFigure[] {
  return MAKERS.map((make) => make(data, now));
}

/**
 * How long the rest of a copy takes at the rate since its beginning; `null` while nothing is
 * copied, or when nothing is left.
 */
export function backfillEtaMs(
  backfill: NonNullable<DataHeard['backfill']>,
  now: Instant,
): number | null {
  const { rowsCopied, rowsTotal, cutoffAt, isComplete } = backfill;
  const left = rowsTotal - rowsCopied;
  if (isComplete || left <= 0 || rowsCopied === 0) return null;
  return (left * Math.max(0, now - cutoffAt)) / rowsCopied;
}

const capture: Make = ({ capture: seen }, now) => {
  const name = 'Capture';
  if (seen === null) return unknown(name);
  if (seen.bypassed > 0) {
    const value = `${formatCounted(seen.bypassed, 'write')} not captured`;
    return {
      name,
      value,
      detail: 'written past the capture: they are on one store only',
      tone: 'bad',
    };
  }
  if (seen.provenAt === null)
    return {
      name,
      value: 'not proven',
      detail: 'no write of our own came out of it yet',
      tone: 'warn',
    };
  const detail = `a write of our own was seen ${formatDuration(now - seen.provenAt)} ago`;
  return { name, value: 'proven', detail, tone: 'good' };
};

const backfill: Make = ({ backfill: copy }, now) => {
  const name = 'Backfill';
  if (copy === null) return unknown(name);
  const { rowsCopied, rowsTotal, isComplete, isDrainedPastCutoff } = copy;
  const rows = `${formatCount(rowsCopied)} of ${formatCounted(rowsTotal, 'row')}`;
  if (isComplete) {
    const detail = isDrainedPastCutoff
      ? 'drained past its cutoff'
      : 'not drained past its cutoff yet';
    return {
      name,
      value: 'complete',
      detail: `${rows}; ${detail}`,
      tone: isDrainedPastCutoff ? 'good' : 'warn',
    };
  }
  const etaMs = backfillEtaMs(copy, now);
  const eta = etaMs === null ? '' : `, about ${formatDuration(etaMs)} left`;
  const value = rowsTotal === 0 ? '0 %' : formatRate(rowsCopied / rowsTotal);
  return { name, value, detail: `${rows}${eta}`, tone: 'warn' };
};

const drain: Make = ({ drain: lag }) => {
  const name = 'Drain lag';
  if (lag === null) return unknown(name);
  const detail = `${formatCounted(lag.lagRows, 'row')} on their way to the follower`;
  return { name, value: formatDuration(lag.lagMs), detail, tone: 'good' };
};

const deadLetters: Make = ({ drain: lag }) => {
  const name = 'Dead letters';
  if (lag === null) return unknown(name);
  const isNone = lag.deadLetters === 0;
  const detail = isNone ? null : 'the follower refused them; they are missing there';
  const value = formatCounted(lag.deadLetters, 'row');
  return { name, value, detail, tone: isNone ? 'good' : 'bad' };
};

const divergence: Make = ({ divergence: found }, now) => {
  const name = 'Divergence';
  if (found === null) return unknown(name);
  const { rows, zeroSince, byKind = {} } = found;
  if (rows > 0) {
    const kinds = Object.entries(byKind).sort(([, a], [, b]) => b - a);
    const counted = kinds.map(([kind, count]) => `${formatCount(count)} ${kind.replace('-', ' ')}`);
    const shows = '`falsework data reconcile` shows them';
    const detail = [...counted, shows].join(' · ');
    return { name, value: formatCounted(rows, 'row'), detail, tone: 'bad' };
  }
  const detail =
    zeroSince === null ? 'no whole pass yet' : `for ${formatDuration(now - zeroSince)}`;
  return { name, value: 'zero', detail, tone: zeroSince === null ? 'warn' : 'good' };
};

const coverage: Make = ({ divergence: found }) => {
  const name = 'Coverage';
  if (found?.coverage === undefined) return unknown(name);
  const { rowsCompared, tablesWhole, tables } = found.coverage;
  const value = `${tablesWhole} of ${formatCounted(tables, 'table')} whole`;
  const rows = `${formatCounted(rowsCompared, 'row')} in the last pass of each`;
  const isWhole = tablesWhole === tables;
  const detail = isWhole ? rows : `${rows}; of the others, zero divergence says nothing`;
  return { name, value, detail, tone: isWhole ? 'good' : 'warn' };
};

const verified: Make = ({ divergence: found }, now) => {
  const name = 'Verified through';
  if (found === null || found.verifiedThrough === null) return unknown(name);
  const ago = formatDuration(now - found.verifiedThrough);
  const detail = 'every row written before has been compared';
  return { name, value: `${ago} ago`, detail, tone: 'good' };
};

const canaries: Make = ({ divergence: found }) => {
  const name = 'Canaries';
  if (found === null || found.canariesPlanted === 0) return unknown(name);
  const { canariesFound, canariesPlanted } = found;
  const value = `${canariesFound} of ${canariesPlanted} found`;
  const isBlind = canariesFound < canariesPlanted;
  const detail = isBlind ? 'the comparison did not see faults that were planted' : null;
  return { name, value, detail, tone: isBlind ? 'bad' : 'good' };
};

const invariants: Make = ({ invariants: checked }, now) => {
  const name = 'Invariants';
  if (checked === null) return unknown(name);
  const { total, unequal, evaluatedAt } = checked;
  const value = `${total - unequal.length} of ${total} agree`;
  const ago = `evaluated ${formatDuration(now - evaluatedAt)} ago`;
  const detail = unequal.length === 0 ? ago : `${unequal.join(', ')} do not; ${ago}`;
  return { name, value, detail, tone: unequal.length === 0 ? 'good' : 'bad' };
};

const reverse: Make = ({ reverse: feed, authority }) => {
  const name = 'Reverse feed';
  if (feed === null) {
    // Before the stores turn over there is nothing to feed back.
    return authority === 'candidate' ? { ...unknown(name), tone: 'bad' } : unknown(name);
  }
  if (feed.deadBecause !== null)
    return { name, value: 'dead', detail: feed.deadBecause, tone: 'bad' };
  const detail = `${formatCounted(feed.lagRows, 'row')} on their way to legacy`;
  return { name, value: 'alive', detail, tone: 'good' };
};

const rehearsal: Make = ({ rehearsal: tried }, now) => {
  const name = 'Rehearsal of the way back';
  if (tried === null) return unknown(name);
  const took = `took ${formatDuration(tried.rollbackMs)}`;
  const value = `${formatDuration(now - tried.at)} old`;
  if (tried.voidBecause !== null) {
    return { name, value, detail: `void: ${tried.voidBecause}`, tone: 'bad' };
  }
  const leftMs = tried.expiresAt - now;
  if (leftMs <= 0) return { name, value, detail: `expired; ${took}`, tone: 'bad' };
  return {
    name,
    value,
    detail: `${took}; counts for another ${formatDuration(leftMs)}`,
    tone: 'good',
  };
};

const workflows: Make = ({ workflows: counted }, now) => {
  const name = 'Workflows begun on the old side';
  if (counted === null) return unknown(name);
  const detail = `counted ${formatDuration(now - counted.countedAt)} ago`;
  const value = formatCount(counted.inFlight);
  return { name, value, detail, tone: counted.inFlight === 0 ? 'good' : 'warn' };
};

/** Shown where it is: before the seal, the way back is the reverse feed. */
const retained: Make = ({ seal, authority }, now) => {
  const name = 'Retained gap';
  if (seal === undefined) return unknown(name);
  if (seal === null) {
    const detail = 'the reverse feed is the way back until then';
    const value = 'not sealed';
    return { name, value, detail, tone: authority === 'candidate' ? 'good' : 'unknown' };
  }
  const leftMs = seal.retainUntil - now;
  const sealed = `sealed ${formatDuration(now - seal.sealedAt)} ago`;
  if (leftMs <= 0) {
    const detail = `${sealed}; what was written since cannot be replayed to legacy any more`;
    return { name, value: 'over', detail, tone: 'bad' };
  }
  const detail = `${sealed}; until then the way back is a replay of what was written since`;
  const isShort = leftMs < RETAINED_SHORT_MS;
  return {
    name,
    value: `${formatDuration(leftMs)} left`,
    detail,
    tone: isShort ? 'warn' : 'good',
  };
};

const MAKERS: readonly Make[] = [
  capture,
  backfill,
  drain,
  deadLetters,
  divergence,
  coverage,
  verified,
  canaries,
  invariants,
  reverse,
  rehearsal,
  retained,
  workflows,
];
