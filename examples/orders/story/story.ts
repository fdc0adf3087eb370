import { setTimeout as pause } from 'node:timers/promises';
import { formatCount } from '@falsework/core/text';
import { Callers } from './callers.ts';
import type { Narrator } from './narrator.ts';
import type { StageSet } from './stage-set.ts';
import {
  comparisonsOf,
  differencesOf,
  type Signature,
  stepComparisonsOf,
  Watcher,
} from './watcher.ts';

/**
 * What the demo ends with. Changed answers and errors are counted by the callers, against what they
 * know.
 */
export interface Summary {
  readonly stage: string;
  readonly signatures: number;
  readonly rollbacks: number;
  readonly answersChanged: number;
  readonly callerErrors: number;
  readonly requests: number;
  readonly comparisons: number;
  readonly observationsToRollback: number;
  readonly decisions: number;
  readonly logHolds: boolean;
  readonly seconds: number;
}

const GUARD_URL = 'http://127.0.0.1:7300';
const CONTROL_URL = 'http://127.0.0.1:7370';
const RATE_PER_SECOND = 400;
const PHASE_MS = 60_000;
// Enough of each cause that nobody could call it chance, and few enough that nobody waits for it.
const DIFFERENCES_PER_BUILD = 700;
const FAULTY_BUILDS = 3;
const REGRESSED_BUILD = 4;
const REPAIRED_BUILD = 5;
// Control looks once a second for the consoles, and one needs a moment to draw.
const CONSOLES_HEAR_WITHIN_MS = 2_000;

/**
 * Plays the migration from its kickoff to the strike. Rejects when anything does not happen as it
 * must.
 */
export async function tellStory(set: StageSet, narrator: Narrator): Promise<Summary> {
  const startedMs = performance.now();
  narrator.tell('legacy and candidate 1 start: two processes on one store');
  await set.startLegacy();
  await set.deployCandidate(1);
  narrator.tell('falsework up: guard and control from falsework.config.ts');
  await set.startFalsework();
  narrator.tell(`see it in a browser: ${set.consoleLink(CONTROL_URL)}`);
  const callers = new Callers();
  const load = await set.startLoad(GUARD_URL, RATE_PER_SECOND);
  load.onLine((line) => {
    callers.hear(line);
    narrator.hear(line);
  });
  narrator.tell(
    `callers start: ${RATE_PER_SECOND} requests a second, each answer checked by the caller`,
  );
  const watcher = new Watcher(set.folder, CONTROL_URL, (status) => narrator.show(status));
  const play = async (): Promise<Summary> => {
    const found = await findFaults(set, watcher, narrator);
    const observationsToRollback = await rampAndRegress(set, watcher, narrator);
    await finish(set, watcher, narrator);
    // Whoever watches in a browser is told of the end before everything is taken down.
    await pause(CONSOLES_HEAR_WITHIN_MS);
    await load.stop();
    const decisions = await watcher.decisions();
    const verified = JSON.parse(await set.falsework('decisions', '--verify', '--json')) as {
      holds: boolean;
    };
    return {
      stage: (await watcher.status()).stage,
      signatures: found.length,
      rollbacks: decisions.filter((decision) => decision.action === 'retreat').length,
      ...callers.counts(),
      comparisons: watcher.comparisons,
      observationsToRollback,
      decisions: decisions.length,
      logHolds: verified.holds,
      seconds: Math.round((performance.now() - startedMs) / 1_000),
    };
  };
  return Promise.race([play(), set.watch()]);
}

/**
 * The candidate starts with three faults. Each build fixes one; each build starts its evidence
 * anew.
 */
async function findFaults(
  set: StageSet,
  watcher: Watcher,
  narrator: Narrator,
): Promise<Signature[]> {
  await watcher.until('shadow', ({ stage }) => stage === 'shadow', PHASE_MS);
  narrator.tell('shadow: every read is run on the candidate too, off the path, and compared');
  let found: Signature[] = [];
  for (let build = 1; build <= FAULTY_BUILDS; build += 1) {
    const isSeen = `differences of candidate ${build}`;
    const status = await watcher.until(
      isSeen,
      (now) =>
        now.epoch.candidateBuild === `candidate-${build}` &&
        differencesOf(now) >= DIFFERENCES_PER_BUILD,
      PHASE_MS,
    );
    const causes = await watcher.signatures(status.epoch.ordinal);
    const counts = `${formatCount(differencesOf(status))} of ${formatCount(comparisonsOf(status))}`;
    narrator.tell(`candidate ${build}: ${counts} comparisons differ, ${causes.length} causes`);
    for (const cause of causes) narrator.detail(describe(cause));
    if (build === 1) found = causes;
    narrator.tell(`a fix is deployed: candidate ${build + 1}. Its evidence starts from nothing`);
    await set.deployCandidate(build + 1);
  }
  return found;
}

function describe(cause: Signature): string {
  const example = cause.samples.at(-1);
  const values = example ? `${example.legacy} → ${example.candidate}` : '';
  return `#${cause.id.slice(0, 4)}  ${formatCount(cause.count)}×  ${cause.template}  ${cause.kind}  ${values}`;
}

/** The gates pass, the ramp climbs; at 25 % the candidate regresses, and nobody has to notice. */
async function rampAndRegress(
  set: StageSet,
  watcher: Watcher,
  narrator: Narrator,
): Promise<number> {
  const build = `candidate-${REGRESSED_BUILD}`;
  await watcher.until(`${build} answers`, ({ epoch }) => epoch.candidateBuild === build, PHASE_MS);
  await climb(watcher, narrator, 25);
  const before = await watcher.status();
  await set.breakWarehouse();
  narrator.tell('a dependency of the candidate goes down: some of its answers are errors now');
  await watcher.until('the retreat', ({ retreats }) => retreats === 1, PHASE_MS);
  const retreat = (await watcher.decisions()).find((decision) => decision.action === 'retreat');
  const observed = (retreat?.comparisons ?? 0) - stepComparisonsOf(before);
  narrator.tell(`falsework ${retreat?.because ?? 'retreated'}`);
  narrator.detail(`decided by itself, ${formatCount(observed)} comparisons after the fault began`);
  return observed;
}

/** The fix, the whole ramp, the burn-in, two people’s words, and the end of legacy. */
async function finish(set: StageSet, watcher: Watcher, narrator: Narrator): Promise<void> {
  await set.deployCandidate(REPAIRED_BUILD);
  narrator.tell(
    `the fix is deployed: candidate ${REPAIRED_BUILD}. It has to earn every step again`,
  );
  const build = `candidate-${REPAIRED_BUILD}`;
  await watcher.until(`${build} answers`, ({ epoch }) => epoch.candidateBuild === build, PHASE_MS);
  await climb(watcher, narrator, 100);
  await asPersons(set, watcher, narrator, 'seal');
  await watcher.until(
    'every plane has the seal',
    ({ version, planes }) => {
      return planes.every((plane) => plane.snapshotVersion === version);
    },
    PHASE_MS,
  );
  // Calls that were under way when the snapshot came may still be with legacy.
  await pause(1_000);
  await set.deleteLegacy();
  narrator.tell('sealed: the candidate serves alone. Legacy is stopped and its code deleted');
  await asPersons(set, watcher, narrator, 'strike');
  narrator.tell('strike: the migration is over');
}

async function climb(watcher: Watcher, narrator: Narrator, percent: number): Promise<void> {
  let seen = 0;
  await watcher.until(
    `${percent} %`,
    ({ share }) => {
      if (share.percent > seen)
        narrator.tell(`the gates pass: ${share.percent} % served by the candidate`);
      seen = Math.max(seen, share.percent);
      return share.percent >= percent;
    },
    2 * PHASE_MS,
  );
}

/** Waits until only people are missing, then does through the command line what a person would. */
async function asPersons(
  set: StageSet,
  watcher: Watcher,
  narrator: Narrator,
  stage: 'seal' | 'strike',
): Promise<void> {
  await watcher.until(
    `${stage} is ready for approval`,
    ({ next }) => {
      const open = next?.gates.filter((gate) => gate.status !== 'pass') ?? [];
      const others = open.filter((gate) => gate.gate !== 'approval' && gate.gate !== 'legacy-code');
      return next?.stage === stage && others.length === 0;
    },
    PHASE_MS,
  );
  await set.falsework('approve', stage, '--by', 'ada', '--execute');
  narrator.tell(`ada approves: falsework approve ${stage}`);
  const deadline = performance.now() + PHASE_MS;
  // An approval is a decision too: planes have to take its snapshot before the next step.
  for (;;) {
    // A scan counts for as long as legacy has to be silent: three seconds here, which is not much
    // more than two commands take on a busy machine.
    if (stage === 'strike') await set.falsework('check', '--report');
    const attempt = await set.falsework('advance', '--to', stage, '--by', 'ada', '--execute').then(
      () => null,
      (error: unknown) => error,
    );
    if (attempt === null) return;
    if (performance.now() > deadline) throw attempt;
    await pause(500);
  }
}
