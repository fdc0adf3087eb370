import { setTimeout as pause } from 'node:timers/promises';
import type { MigrationStatus } from '@falsework/client/contract';
import { formatDuration } from '@falsework/core/text';
import {
  approve,
  type Cast,
  compareStores,
  isReadyFor,
  mustDo,
  onceAllowed,
  onceAllowedAfter,
  PHASE_MS,
  whileComparing,
} from './stage-hands.ts';

const TURNOVER = ['data', 'turnover', '--execute', '--json'];
const SEAL = ['data', 'seal', '--by', 'ada', '--execute', '--json'];
const PEOPLE = ['ada', 'grace'];
// What writers write on one authority before it moves again.
const STAY_MS = 3_000;

/** Reads move by account cohort: our own accounts, one in a hundred, one in ten, everybody. */
export async function moveReads(cast: Cast): Promise<void> {
  const { watcher, narrator } = cast;
  let seen = '';
  const isThere = ({ stage, share }: MigrationStatus): boolean => {
    const words = [...share.cohorts, `${share.percent} %`].join(' and ');
    if (stage === 'shift' && words !== seen) {
      narrator.tell(`the gates pass: ${words} of reads by the new ledger`);
      seen = words;
    }
    return stage === 'shift' && share.percent === 100;
  };
  await whileComparing(cast, () => watcher.until('100 % of reads', isThere, 2 * PHASE_MS));
}

/** Tries the way back, has two people approve, and moves the writes. */
export async function moveWrites(cast: Cast): Promise<void> {
  const { bank, watcher, narrator } = cast;
  const rehearsed = await onceAllowed(cast, 'data', 'rehearse', '--execute', '--json');
  const { rollbackMs } = (rehearsed.result?.['rehearsal'] ?? {}) as { rollbackMs?: number };
  narrator.tell(
    `falsework data rehearse: the way back was tried, and takes ${formatDuration(rollbackMs ?? 0)}`,
  );
  const beside = ['approval', 'authority-moved'];
  await whileComparing(cast, async () => {
    await watcher.until('turnover', (now) => isReadyFor(now, 'turnover', beside), PHASE_MS);
    await approve(cast, 'turnover', PEOPLE);
  });
  const over = await onceAllowedAfter(cast, compareStores, ...TURNOVER);
  narrator.tell(`falsework data turnover: ${paused(over.result)}`);
  await until('writes on the new ledger', () => bank.authority === 'candidate');
  await pause(STAY_MS);
}

/** Really goes back, with everything that was written meanwhile. Gives how long it took. */
export async function rollBack(cast: Cast): Promise<number> {
  const { bank, watcher, narrator } = cast;
  const startedMs = performance.now();
  const args = ['--reason', 'to have done it once', '--by', 'ada', '--execute', '--json'];
  const back = await mustDo(cast, 'data', 'rollback', ...args);
  await until('writes on the old ledger', () => bank.authority === 'legacy');
  await watcher.until('legacy serves', ({ share }) => share.percent === 0, PHASE_MS);
  const seconds = (performance.now() - startedMs) / 1_000;
  narrator.tell(`falsework data rollback: ${paused(back.result)}, ${seconds.toFixed(1)} s in all`);
  await pause(STAY_MS);
  return Math.round(seconds * 10) / 10;
}

/** Ends the reverse feed: the old store is written no more. */
export async function seal(cast: Cast): Promise<void> {
  const { watcher, narrator } = cast;
  await onceAllowed(cast, 'data', 'rehearse', '--execute', '--json');
  await whileComparing(cast, async () => {
    // With writers at work something is nearly always on its way back, and runs of the old side are
    // counted when the worker starts: both are for the last moment.
    const beside = ['approval', 'reverse-drained', 'workflows-ended'];
    await watcher.until('seal', (now) => isReadyFor(now, 'seal', beside), PHASE_MS);
    await approve(cast, 'seal', PEOPLE);
  });
  await onceAllowedAfter(cast, renewEvidence, ...SEAL);
  narrator.tell('falsework data seal: the old ledger has taken its last write');
}

/** The worker counts runs of the old side as it starts, and both stores are compared once more. */
async function renewEvidence(cast: Cast): Promise<void> {
  await cast.set.stopDataSide();
  await cast.set.startDataSide();
  await compareStores(cast);
}

function paused(result: Readonly<Record<string, unknown>> | null): string {
  const { run } = (result ?? {}) as { run?: { facts?: { pauseMs?: number; compared?: number } } };
  const { pauseMs = 0, compared = 0 } = run?.facts ?? {};
  return `writers waited ${formatDuration(pauseMs)}, ${compared} keys compared behind the fence`;
}

async function until(what: string, isSo: () => boolean): Promise<void> {
  const deadline = performance.now() + PHASE_MS;
  while (!isSo()) {
    if (performance.now() > deadline) throw new Error(`${what}: did not happen.`);
    await pause(20);
  }
}
