// Random kills over the whole way of a migration with writers at work, and a history that knows
// every write that was acknowledged. Every ten kills are one migration, so that whatever leads to a
// kill can be repeated without what came before.
import { type Counted, Round, type Servers, startServers, type Verdict } from './round.ts';
import type { ChaosResult, ChaosTerms } from './runs.ts';
import { type Kill, killsOf, roundOf } from './schedule.ts';

interface Sums {
  passed: number;
  longestMs: number;
  acknowledged: number;
  inDoubt: number;
  fenced: number;
  tries: number;
}

/** Runs it. */
export async function run(terms: ChaosTerms): Promise<ChaosResult> {
  const sinceMs = performance.now();
  const untilMs = sinceMs + terms.minutes * 60_000;
  const last = terms.only ?? terms.kills;
  const first = terms.only === null ? 1 : roundOf(terms.only);
  const found: string[] = [];
  const sums: Sums = {
    passed: 0,
    longestMs: 0,
    acknowledged: 0,
    inDoubt: 0,
    fenced: 0,
    tries: 0,
  };
  let servers: Servers | null = null;
  let tried = 0;
  try {
    servers = await startServers();
    for (let round = first; round <= roundOf(last); round += 1) {
      const kills = killsOf(terms.seed, round, last);
      const order = { kills, round, untilMs };
      tried += await runRound(servers, order, { terms, sums, found });
    }
  } finally {
    await servers?.legacy.stop();
    await servers?.candidate.stop();
  }
  const seconds = Math.round((performance.now() - sinceMs) / 1_000);
  return {
    figures: { kills: tried, ...sums, longestMs: Math.round(sums.longestMs), seconds },
    found,
  };
}

interface Order {
  readonly kills: readonly Kill[];
  readonly round: number;
  readonly untilMs: number;
}

interface Report {
  readonly terms: ChaosTerms;
  readonly sums: Sums;
  readonly found: string[];
}

/** Gives how many kills were tried: a round is over with the first that fails. */
async function runRound(
  servers: Servers,
  { kills, round, untilMs }: Order,
  { terms, sums, found }: Report,
): Promise<number> {
  const { seed, plant } = terms;
  const migration = await Round.begin(servers, { seed: seed * 1_000 + round, plant });
  let tried = 0;
  try {
    for (const kill of kills) {
      if (performance.now() > untilMs) {
        found.push(`${terms.minutes} minutes are over before kill ${kill.number}`);
        return tried;
      }
      tried += 1;
      const verdict = await migration.go(kill);
      sums.longestMs = Math.max(sums.longestMs, verdict.tookMs);
      terms.say(lineOf(verdict, terms, migration.counted));
      if (verdict.because.length > 0) {
        const { number } = kill;
        const planted = plant === null ? '' : ` --plant ${plant}`;
        const repeat = `npm run chaos -- data --seed ${seed} --kill ${number}${planted}`;
        for (const one of verdict.because) terms.say(`    ${one}`);
        terms.say(`    repeat it: ${repeat}`);
        found.push(`kill ${number}: ${verdict.because.join('; ')} (${repeat})`);
        return tried;
      }
      sums.passed += 1;
    }
    found.push(...(await migration.strike()).map((one) => `round ${round}: ${one}`));
    return tried;
  } finally {
    await migration.end();
    const { acknowledged, inDoubt, fenced, tries } = migration.counted;
    sums.acknowledged += acknowledged;
    sums.inDoubt += inDoubt;
    sums.fenced += fenced;
    sums.tries += tries;
  }
}

function lineOf(
  { kill, because, tookMs }: Verdict,
  { kills }: ChaosTerms,
  counted: Counted,
): string {
  const { number, leg, target, event, nth, afterMs } = kill;
  const when = `${event}${nth > 1 ? ` ${nth}` : ''} + ${afterMs} ms`;
  const verdict = because.length === 0 ? 'passed' : 'FAILED';
  const columns = [
    `kill ${String(number).padStart(String(kills).length)} of ${kills}`,
    leg.padEnd(19),
    target.padEnd(9),
    when.padEnd(20),
    verdict,
    `${(tookMs / 1_000).toFixed(1)} s`.padStart(7),
    `${counted.acknowledged} acknowledged`,
  ];
  return columns.join('  ');
}
