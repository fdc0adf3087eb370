import type { Instant } from '@falsework/core/ports';
import { pause } from '@falsework/system';
import { installCapture } from '../capture/install.ts';
import { prepareFollower, presentInstant } from '../drain/follower.ts';
import { authorityOf, readEpochs } from './authority.ts';
import { compareChanged } from './compare-keys.ts';
import { installFence } from './fence.ts';
import { openProbeFeed } from './probe-feed.ts';
import { noteRehearsal, type Rehearsal } from './rehearsal.ts';
import { tryRows } from './try-rows.ts';
import type { TurnoverParts } from './turnover.ts';

/** A rehearsal that holds, or why it does not. */
export type RehearsalOutcome =
  | { readonly state: 'done'; readonly rehearsal: Omit<Rehearsal, 'isSameShape'> }
  | { readonly state: 'failed'; readonly because: string };

/** How a rehearsal is made. */
export interface RehearseOptions {
  /** Marked rows to be sent. */
  readonly probes?: number;
  /** For how long it is taken for the present state of things. */
  readonly validMs: number;
}

const PROBES = 50;
// Rows that somebody else holds may be refused once; a fault is there every time.
const TRIES = 10;
const BETWEEN_TRIES_MS = 200;

/**
 * Tries the way back on the stores themselves, without moving anything: marked rows go from the
 * candidate's store to legacy's, real rows go back through their mappings in a transaction that is
 * undone, everything is compared, and what a rollback would keep writers waiting for is measured.
 * It is written down with a date of expiry; any change of a mapping or of a column makes it void.
 */
export async function rehearse(
  parts: TurnoverParts,
  { probes = PROBES, validMs }: RehearseOptions,
): Promise<RehearsalOutcome> {
  const { stores, forward, reverse, ports, blockers, acceptsLoss = false } = parts;
  if (blockers.length > 0 && !acceptsLoss) {
    return { state: 'failed', because: `not everything would come back: ${blockers.join('; ')}` };
  }
  const at = ports.clock.now();
  await prepareReturn(parts);
  const isForward = authorityOf(await readEpochs(stores, forward.schema)) !== 'candidate';
  const { divergent } = await ports.verify(isForward ? forward : reverse);
  if (divergent > 0)
    return { state: 'failed', because: `${divergent} rows differ between the stores` };
  const sinceMs = ports.clock.monotonicMs();
  const arrived = await sendProbes(parts, { probes, at });
  if (arrived < probes) {
    return { state: 'failed', because: `${arrived} of ${probes} probes arrived at legacy’s store` };
  }
  const tried = await tryUntilRight(parts, isForward);
  if (tried.wrong > 0) return { state: 'failed', because: `${tried.wrong} rows: ${tried.because}` };
  await measureReturn(parts);
  const rollbackMs = Math.round(ports.clock.monotonicMs() - sinceMs);
  const rowsTried = tried.rows;
  const rehearsal = { at, rollbackMs, expiresAt: at + validMs, probes, arrived, rowsTried };
  await noteRehearsal(stores, forward, rehearsal);
  return { state: 'done', rehearsal };
}

/** Fences and reverse capture as the switch itself would install them; they are left in place. */
async function prepareReturn({
  stores,
  forward,
  reverse,
  captureOf,
}: TurnoverParts): Promise<void> {
  const { schema, migration, mappings, tables } = forward;
  const sources = tables.map((table) => table.relation);
  const followers = mappings.map((mapping) => mapping.follower);
  const { legacy, candidate } = stores;
  await installFence(legacy, { schema, side: 'legacy', tables: sources, accepts: true });
  await installFence(candidate, { schema, side: 'candidate', tables: followers, accepts: false });
  const kind = captureOf.candidate;
  await installCapture(candidate, { migration, kind, tables: reverse.tables });
  await prepareFollower(reverse);
}

async function sendProbes(
  { reverse }: TurnoverParts,
  { probes, at }: { readonly probes: number; readonly at: Instant },
): Promise<number> {
  const feed = await openProbeFeed(reverse, `rehearsal ${at}`);
  try {
    await feed.send(probes);
    return await feed.arrive();
  } finally {
    await feed.remove();
  }
}

async function tryUntilRight(
  { forward, reverse, ports }: TurnoverParts,
  isForward: boolean,
): ReturnType<typeof tryRows> {
  const follows = isForward ? forward : null;
  let tried = await tryRows(reverse, follows);
  for (let tries = 1; tried.wrong > 0 && tries < TRIES; tries += 1) {
    await pause(ports.clock, BETWEEN_TRIES_MS, new AbortController().signal);
    tried = await tryRows(reverse, follows);
  }
  return tried;
}

/** The rest of what would be done behind the fence, on the changes of this moment. */
async function measureReturn({ reverse }: TurnoverParts): Promise<void> {
  const { snapshot } = await presentInstant(reverse);
  await compareChanged(reverse, snapshot);
}
