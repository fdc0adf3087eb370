import type { Narrator } from '../../orders/story/narrator.ts';
import { Auditor, type AuditSums } from './audit.ts';
import type { Bank } from './bank.ts';
import { objectsDifference, readObjects } from './catalogue.ts';
import { finish } from './finish.ts';
import { moveReads, moveWrites, rollBack, seal } from './move.ts';
import { copyThePast, FAULTY_BUILD, findLostEvent, findSubCentFault } from './prove.ts';
import type { Cast } from './stage-hands.ts';
import { CONTROL_URL, type StageSet } from './stage-set.ts';
import { Watcher } from './watcher.ts';

/**
 * What the example ends with. Everything about writes and answers is counted by the bank's own book,
 * never by Falsework.
 */
export interface Summary extends Omit<AuditSums, 'reportLinesChanged'> {
  readonly stage: string;
  readonly answersChanged: number;
  readonly readErrors: number;
  readonly rollbackSeconds: number;
  readonly reads: number;
  readonly monthsClosed: number;
  readonly writesFenced: number;
  readonly lostEventRows: number;
  readonly subCentDifferences: number;
  readonly objectsLeft: number;
  readonly decisions: number;
  readonly logHolds: boolean;
  readonly seconds: number;
}

const DECISIONS_TOLD = 5;

/** Plays the migration from kickoff to strike. Rejects when anything is not as it must be. */
export async function tellStory(set: StageSet, narrator: Narrator): Promise<Summary> {
  const startedMs = performance.now();
  const bank = await set.startBank();
  narrator.tell(`two PostgreSQL servers, two schemas; ${bank.accounts.length} accounts on the old`);
  const clean = await objectsOf(set);
  await set.startControl();
  await bank.deploy(FAULTY_BUILD, set.link());
  bank.open();
  narrator.tell('the bank opens: writers, readers who check every answer, a batch at month end');
  const watcher = new Watcher({
    folder: set.folder,
    url: CONTROL_URL,
    see: (status) => {
      hear(bank, narrator);
      narrator.show(status);
    },
    tell: (line) => {
      narrator.detail(line);
      for (const each of bank.seamReport.split('\n')) narrator.detail(each);
    },
  });
  const cast: Cast = { set, bank, watcher, narrator };
  const play = async (): Promise<Summary> => {
    const auditor = new Auditor(cast);
    await copyThePast(cast);
    const lostEventRows = await findLostEvent(cast);
    const subCentDifferences = await findSubCentFault(cast);
    await moveReads(cast);
    await moveWrites(cast);
    const rollbackSeconds = await rollBack(cast);
    await auditor.audit(['legacy', 'candidate'], 'after the rollback');
    await moveReads(cast);
    await moveWrites(cast);
    await auditor.audit(['candidate', 'legacy'], 'after the second turnover');
    await seal(cast);
    await finish(cast);
    await auditor.audit(['candidate'], 'at the end');
    await bank.close();
    const left = await objectsLeft(set, clean);
    for (const line of left) narrator.detail(line);
    const { reads = 0, stale = 0, changed = 0, errors = 0 } = bank.reads ?? {};
    if (bank.firstWrong !== null) narrator.detail(bank.firstWrong);
    const verified = await set.falsework('decisions', '--verify', '--json');
    const { reportLinesChanged, ...sums } = auditor.sums;
    return {
      stage: (await watcher.status()).stage,
      ...sums,
      stale: sums.stale + stale,
      answersChanged: changed + reportLinesChanged,
      readErrors: errors,
      rollbackSeconds,
      reads,
      monthsClosed: bank.monthsClosed,
      writesFenced: bank.fenced,
      lostEventRows,
      subCentDifferences,
      objectsLeft: left.length,
      decisions: (await watcher.decisions()).length,
      logHolds: verified.result?.['holds'] === true,
      seconds: Math.round((performance.now() - startedMs) / 1_000),
    };
  };
  const ending = Promise.race([play(), set.watch(), bank.watch()]);
  return ending.catch(async (error: unknown) => {
    await tellWhy(cast);
    throw error;
  });
}

/** What was decided last, and what the seam saw: whoever reads that it failed asks for it first. */
async function tellWhy({ bank, watcher, narrator }: Cast): Promise<void> {
  const decisions = await watcher.decisions().catch(() => []);
  for (const { by, because } of decisions.slice(-DECISIONS_TOLD))
    narrator.detail(`${by}: ${because}`);
  for (const line of bank.seamReport.split('\n')) narrator.detail(line);
}

/** True when not one thing is as it must not be. */
export function isFlawless(summary: Summary): boolean {
  const { lost, duplicated, resurrected, stale, balanceDifferenceCents, answersChanged } = summary;
  const faults = lost + duplicated + resurrected + stale + answersChanged + summary.readErrors;
  const isClean = faults + Math.abs(balanceDifferenceCents) + summary.objectsLeft === 0;
  return isClean && summary.stage === 'strike' && summary.logHolds;
}

interface Objects {
  readonly legacy: readonly string[];
  readonly candidate: readonly string[];
}

async function objectsOf({ stores }: StageSet): Promise<Objects> {
  return {
    legacy: await readObjects(stores.legacy),
    candidate: await readObjects(stores.candidate),
  };
}

/** What is in either database that was not there before, or is not there any more. */
async function objectsLeft(set: StageSet, before: Objects): Promise<string[]> {
  const after = await objectsOf(set);
  return (['legacy', 'candidate'] as const).flatMap((side) => {
    const { added, removed } = objectsDifference(before[side], after[side]);
    return [
      ...added.map((line) => `${side} has too much: ${line}`),
      ...removed.map((line) => `${side} lacks: ${line}`),
    ];
  });
}

function hear(bank: Bank, narrator: Narrator): void {
  const { reads = 0, stale = 0, changed = 0, errors = 0 } = bank.reads ?? {};
  narrator.hear({
    requests: reads,
    answersChanged: changed + stale,
    callerErrors: errors,
    p99Ms: '–',
  });
}
