import type { Clock } from '@falsework/core/ports';
import type { Side } from '@falsework/core/routing';
import type { CaptureKind } from '../capture/registry.ts';
import type { Feed } from '../drain/feed.ts';
import type { Stores } from '../plan/plan-data.ts';
import { authorityOf, readEpochs } from './authority.ts';
import { readRehearsal, rehearsalVoid } from './rehearsal.ts';
import { type Run, type RunKind, readRuns } from './run-journal.ts';
import { withRunLock } from './run-lock.ts';
import { breakSeal, gapLost, readSeal } from './seal.ts';
import { resumeSwitch, runSwitch } from './switch.ts';
import {
  SWITCH_LIMITS,
  type Switch,
  type SwitchLimits,
  type SwitchOutcome,
  type SwitchPorts,
} from './switch-parts.ts';

/** Everything that switching the authority rests on. */
export interface TurnoverParts {
  readonly stores: Stores;
  /** From legacy to candidate. */
  readonly forward: Feed;
  /** From candidate to legacy. */
  readonly reverse: Feed;
  readonly captureOf: Readonly<Record<Side, CaptureKind>>;
  readonly ports: SwitchPorts;
  readonly limits?: Partial<SwitchLimits>;
  /** What would be lost on the way back, in words; the plan says. */
  readonly blockers: readonly string[];
  /** A person's word that what is lost on the way back may be. */
  readonly acceptsLoss?: boolean;
}

const BUSY = {
  state: 'refused',
  because: 'another switch of this migration is at work',
  action: 'Wait for it: `falsework data status`.',
} as const;

/**
 * Makes the candidate's store the one that takes writes, and legacy's the one that is fed. Needs a
 * rehearsal that is fresh. A run that was interrupted is finished or undone first. Rejects with the
 * `FW_DATA_…` errors of databases and with `FW_TURNOVER_ANNOUNCE`; everything else is in the outcome.
 */
export async function turnOver(parts: TurnoverParts): Promise<SwitchOutcome> {
  const { stores, forward, blockers, acceptsLoss = false } = parts;
  const switched = await withRunLock(stores.candidate, forward.schema, async () => {
    const resumed = await finishPending(parts, 'turnover');
    if (resumed !== null) return resumed;
    const authority = authorityOf(await readEpochs(stores, forward.schema));
    if (authority !== 'legacy') return refusedAs(authority, 'candidate');
    if (blockers.length > 0 && !acceptsLoss) {
      const because = `not everything would come back: ${blockers.join('; ')}`;
      const action = 'Give each a column to be parked in, or accept the loss by name.';
      return { state: 'refused', because, action } as const;
    }
    const stale = await unrehearsed(parts);
    if (stale !== null) return stale;
    return runSwitch(switchOf(parts, 'turnover'));
  });
  return switched ?? BUSY;
}

/**
 * Makes legacy's store the one that takes writes again: from turnover by draining what is still on
 * its way back, from seal by replaying everything that was written since, if it is retained. The
 * same proofs stand before the flip as on the way forward.
 */
export async function rollBackStores(parts: TurnoverParts): Promise<SwitchOutcome> {
  const { stores, reverse } = parts;
  const switched = await withRunLock(stores.candidate, reverse.schema, async () => {
    const resumed = await finishPending(parts, 'rollback');
    if (resumed !== null) return resumed;
    const seal = await readSeal(stores.candidate, reverse.schema);
    const authority = authorityOf(await readEpochs(stores, reverse.schema));
    if (authority !== 'candidate') return refusedAs(authority, 'legacy');
    const lost = seal === null ? null : await gapLost(reverse, seal);
    if (lost !== null) {
      const action =
        'There is no way back for the data; go forward, or restore legacy by other means.';
      return { state: 'refused', because: lost, action } as const;
    }
    return unsealed(parts, await runSwitch(switchOf(parts, 'rollback')));
  });
  return switched ?? BUSY;
}

/**
 * Ends a run that was interrupted. Gives its outcome when that is what was asked for; `null` when
 * the way is free for another.
 */
async function finishPending(parts: TurnoverParts, wanted: RunKind): Promise<SwitchOutcome | null> {
  const { stores, forward } = parts;
  const [run] = await stores.candidate.use((session) => readRuns(session, forward.schema, 1));
  if (run === undefined || run.state !== 'under way') return null;
  const outcome = await unsealed(parts, await resumeSwitch(switchOf(parts, run.kind), run));
  return outcome.state === 'done' && run.kind === wanted ? outcome : null;
}

/** A rollback that is done has brought the gap back, so there is nothing left to be sealed. */
async function unsealed(
  { stores, reverse }: TurnoverParts,
  outcome: SwitchOutcome,
): Promise<SwitchOutcome> {
  const isBack = outcome.state === 'done' && outcome.run.kind === 'rollback';
  if (isBack && (await readSeal(stores.candidate, reverse.schema)) !== null) {
    await breakSeal(reverse);
  }
  return outcome;
}

/** Ends a run that was interrupted, whichever it is; `null` when there is none. */
export async function resumePending(parts: TurnoverParts): Promise<SwitchOutcome | null> {
  const { stores, forward } = parts;
  return withRunLock(stores.candidate, forward.schema, async () => {
    const [run] = await stores.candidate.use((session) => readRuns(session, forward.schema, 1));
    if (run === undefined || run.state !== 'under way') return null;
    return unsealed(parts, await resumeSwitch(switchOf(parts, run.kind), run));
  });
}

/** The latest switches, newest first. */
export function listRuns(parts: Pick<TurnoverParts, 'stores' | 'forward'>): Promise<Run[]> {
  const { stores, forward } = parts;
  return stores.candidate.use((session) => readRuns(session, forward.schema, 20));
}

function switchOf(parts: TurnoverParts, kind: RunKind): Switch {
  const { stores, forward, reverse, captureOf, ports } = parts;
  const limits = { ...SWITCH_LIMITS, ...parts.limits };
  const common = { kind, stores, captureOf, ports, limits };
  return kind === 'turnover'
    ? { ...common, feed: forward, opposite: reverse, to: 'candidate' }
    : { ...common, feed: reverse, opposite: forward, to: 'legacy' };
}

function refusedAs(authority: Side | null, wanted: Side): SwitchOutcome {
  if (authority === null) {
    const because = 'neither store takes writes, and no run of ours is under way';
    return { state: 'refused', because, action: 'See both fences: `falsework data status`.' };
  }
  const because = `the store of ${wanted} takes the writes already`;
  return { state: 'refused', because, action: 'Nothing to do.' };
}

async function unrehearsed(parts: TurnoverParts): Promise<SwitchOutcome | null> {
  const { stores, forward, ports } = parts;
  const rehearsal = await readRehearsal(stores, forward);
  const because =
    rehearsal === null
      ? 'the way back was never rehearsed'
      : rehearsalVoid(rehearsal, nowOf(ports));
  if (because === null) return null;
  return { state: 'refused', because, action: 'Rehearse it: `falsework data rehearse --execute`.' };
}

function nowOf({ clock }: { readonly clock: Clock }): number {
  return clock.now();
}
