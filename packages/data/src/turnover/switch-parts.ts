import type { FalseworkError } from '@falsework/core/errors';
import type { Clock } from '@falsework/core/ports';
import type { Side } from '@falsework/core/routing';
import type { CaptureKind } from '../capture/registry.ts';
import type { Snapshot } from '../cursor/snapshot.ts';
import type { Feed } from '../drain/feed.ts';
import type { Stores } from '../plan/plan-data.ts';
import type { Run, RunFacts, RunKind, Step } from './run-journal.ts';

/** What a whole comparison with writers running has shown. */
export interface Verified {
  readonly divergent: number;
  /** Everything that is visible in it has been compared; only what came later is left to do. */
  readonly through: Snapshot;
}

/** What a switch asks of others. */
export interface SwitchPorts {
  readonly clock: Clock;
  /** Compares everything in the direction of the feed, or says how far that was done before. */
  readonly verify: (feed: Feed) => Promise<Verified>;
  /** Names of business invariants that differ between the stores, asked while both are at rest. */
  readonly invariants: (feed: Feed) => Promise<readonly string[]>;
  /** Tells whoever routes traffic that the authority has moved. */
  readonly announce: (side: Side) => Promise<void>;
  /** Told of each step before it is taken. */
  readonly onStep?: (step: Step, facts: RunFacts) => void;
}

/** Bounds of a switch, in milliseconds. */
export interface SwitchLimits {
  /** All of `prepare` and of `catch-up`, each; neither keeps anybody from writing. */
  readonly catchUpMs: number;
  /** The comparison before the fence. */
  readonly verifyMs: number;
  /** How long it is tried to close the fence; writers go on between two tries. */
  readonly fenceMs: number;
  /** How long one try waits for writers under way, and others behind it. */
  readonly patienceMs: number;
  /** When the fence falls by itself. Everything behind it must be done well before. */
  readonly fallsAfterMs: number;
}

/*
 * A writer that waits a quarter of a second notices nothing; ten seconds is what most pools wait
 * for a connection before they fail, so a fence that stands longer than that has become an outage.
 */
export const SWITCH_LIMITS: SwitchLimits = {
  catchUpMs: 600_000,
  verifyMs: 24 * 3_600_000,
  fenceMs: 60_000,
  patienceMs: 250,
  fallsAfterMs: 10_000,
};

/** A switch of the authority from the source of `feed` to its follower. */
export interface Switch {
  readonly kind: RunKind;
  readonly stores: Stores;
  readonly feed: Feed;
  /** The way back. */
  readonly opposite: Feed;
  /** The side that is to take the writes. */
  readonly to: Side;
  /** How the changes of each store are caught while it takes the writes. */
  readonly captureOf: Readonly<Record<Side, CaptureKind>>;
  readonly ports: SwitchPorts;
  readonly limits: SwitchLimits;
}

/** How a switch ended. */
export type SwitchOutcome =
  | { readonly state: 'done'; readonly run: Run }
  /** Nothing has changed but the journal: the authority is where it was. */
  | { readonly state: 'undone'; readonly run: Run; readonly error: FalseworkError }
  /** Nothing was begun. */
  | { readonly state: 'refused'; readonly because: string; readonly action: string };
