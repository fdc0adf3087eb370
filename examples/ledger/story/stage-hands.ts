import { setTimeout as pause } from 'node:timers/promises';
import type { MigrationStatus } from '@falsework/client/contract';
import type { Narrator } from '../../orders/story/narrator.ts';
import type { Bank } from './bank.ts';
import type { Ended } from './command-line.ts';
import type { StageSet } from './stage-set.ts';
import type { Watcher } from './watcher.ts';

/** Everybody who acts in the story. */
export interface Cast {
  readonly set: StageSet;
  readonly bank: Bank;
  readonly watcher: Watcher;
  readonly narrator: Narrator;
}

/** How long a step may take before the story is over. */
export const PHASE_MS = 120_000;
const RETRY_MS = 500;
const BETWEEN_COMPARISONS_MS = 2_000;
const REFUSED = 3;

/** Runs a command that must be done. Rejects with what it said otherwise. */
export async function mustDo({ set }: Cast, ...args: readonly string[]): Promise<Ended> {
  const ended = await set.falsework(...args);
  if (ended.exit !== 0) throw failure(args, ended);
  return ended;
}

/**
 * Asks again while a gate refuses: evidence takes its time, and that is what gates are for. Rejects
 * when it is still refused after a while, with the last refusal.
 */
export async function onceAllowed(cast: Cast, ...args: readonly string[]): Promise<Ended> {
  const deadline = performance.now() + PHASE_MS;
  for (;;) {
    const ended = await cast.set.falsework(...args);
    if (ended.exit === 0) return ended;
    if (ended.exit !== REFUSED || performance.now() > deadline) throw failure(args, ended);
    await pause(RETRY_MS);
  }
}

/** The same for a step whose evidence goes stale: it is brought about anew before each attempt. */
export async function onceAllowedAfter(
  cast: Cast,
  bringEvidence: (cast: Cast) => Promise<unknown>,
  ...args: readonly string[]
): Promise<Ended> {
  const deadline = performance.now() + PHASE_MS;
  for (;;) {
    await bringEvidence(cast);
    const ended = await cast.set.falsework(...args);
    if (ended.exit === 0) return ended;
    if (ended.exit !== REFUSED || performance.now() > deadline) throw failure(args, ended);
  }
}

/** Two people say yes, by name: it is about money. */
export async function approve(cast: Cast, stage: string, names: readonly string[]): Promise<void> {
  for (const by of names) await onceAllowed(cast, 'approve', stage, '--by', by, '--execute');
  cast.narrator.tell(`${names.join(' and ')} approve: falsework approve ${stage}`);
}

/**
 * Compares both stores again and again, as a schedule would, for as long as `act` takes: evidence
 * of equality goes stale as any other does.
 */
export async function whileComparing<T>(cast: Cast, act: () => Promise<T>): Promise<T> {
  const over = new AbortController();
  const comparing = (async (): Promise<void> => {
    while (!over.signal.aborted) {
      await compareStores(cast);
      await pause(BETWEEN_COMPARISONS_MS);
    }
  })();
  const acting = act().finally(() => over.abort());
  const [result] = await Promise.all([acting, comparing]);
  return result;
}

/** Compares both stores once. Rejects when they differ in a row or in an invariant. */
export async function compareStores({ set }: Cast): Promise<void> {
  const args = ['data', 'reconcile', '--json'];
  const ended = await set.falsework(...args);
  if (ended.exit !== 0) throw failure(args, ended);
}

/** True when nothing is missing for a stage but what people have to say or do. */
export function isReadyFor(
  { next }: MigrationStatus,
  stage: string,
  beside: readonly string[],
): boolean {
  const open = next?.gates.filter((gate) => gate.status !== 'pass') ?? [];
  return next?.stage === stage && open.every(({ gate }) => beside.includes(gate));
}

function failure(args: readonly string[], { exit, out, err }: Ended): Error {
  return new Error(`falsework ${args.join(' ')} ended with ${exit}\n${err}${out}`);
}
