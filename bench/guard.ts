// What the guard costs by the request, against other proxies and against none: one worker each, a
// small JSON answer, the origin a process of its own. Everybody is called in turn, a second each,
// round after round, each round beginning with another one. The one that is called has a processor
// to itself; callers and origins share the other one. What counts is the median of the half of the
// rounds during which others did least on that processor: that is chosen by what the system says of
// them, never by what was measured. Requests are counted by the second, and by the second of the
// processor's time that the one who is called had: the same on a quiet machine, and the second one
// still right on one that is not.
import { deepStrictEqual } from 'node:assert/strict';
import { cpus } from 'node:os';
import type { Ratios } from './benches.ts';
import { bodyOf } from './support/answer.ts';
import { stopAll } from './support/child.ts';
import { type CallInTurn, callers } from './support/closed-loop.ts';
import {
  COMPARING,
  MEASURED,
  MIRROR,
  NGINX,
  NODE_PEERS,
  OTHERS,
  startTargets,
  type Target,
  UNSAMPLED,
} from './support/guard-targets.ts';
import { cpuUsOfPid, find } from './support/programs.ts';
import { median } from './support/stats.ts';
import { table } from './support/table.ts';

const ROUNDS = 12;
// By then everything is compiled that ever will be.
const WARM_UP_REQUESTS = 40_000;
const ROUND_SECONDS = 1;
// Some hundred different paths are what a guard learns its routes from.
const CHECKED_ANSWERS = 300;

const US_PER_SECOND = 1e6;

const CLAIMS = [
  { name: 'overNodePeer', one: UNSAMPLED, others: NODE_PEERS, target: 1.5 },
  { name: 'overNginx', one: UNSAMPLED, others: [NGINX], target: 0.45 },
  { name: 'overMirror', one: COMPARING, others: [MIRROR], target: 1 },
] as const;
const PROGRAMS = ['nginx', 'haproxy', 'wrk'];

/** One target in one round. */
interface Turn {
  readonly perSecond: number;
  /** Its own work for one request. */
  readonly cpuUs: number;
  /** How much of its processor it had, 0 to 1, and how much others had. */
  readonly busy: number;
  readonly others: number;
}

type Round = ReadonlyMap<string, Turn>;

/** Runs the bench. Rejects when a caller got a wrong answer: then no figure means anything. */
export async function run(): Promise<Ratios> {
  const absent = PROGRAMS.filter((name) => find(name) === null);
  if (absent.length > 0) {
    console.log(
      `Not installed: ${absent.join(', ')}. As root: apt-get install -y ${absent.join(' ')}`,
    );
  }
  try {
    const targets = await startTargets();
    const call = await callers(OTHERS);
    for (const target of targets) {
      await checkAnswers(target);
      await warmUp(target, call);
    }
    const rounds: Round[] = [];
    for (let i = 0; i < ROUNDS; i += 1) rounds.push(await takeRound(turned(targets, i), call));
    await checkCompared(targets);
    const quiet = quietest(rounds);
    console.log(tableOf(targets, quiet));
    return ratiosOf(quiet);
  } finally {
    await stopAll();
  }
}

/** Callers must get what the origin says, to the last byte, whoever is in between. */
async function checkAnswers({ name, port }: Target): Promise<void> {
  for (let i = 0; i < CHECKED_ANSWERS; i += 1) {
    const path = `/orders/${10_000 + (i % 200)}`;
    const answer = await fetch(`http://127.0.0.1:${port}${path}`);
    const said = { status: answer.status, body: await answer.text() };
    deepStrictEqual(said, { status: 200, body: bodyOf(path).toString() }, name);
  }
}

async function warmUp({ port }: Target, call: CallInTurn): Promise<void> {
  for (let made = 0; made < WARM_UP_REQUESTS; ) made += (await call(port, ROUND_SECONDS)).requests;
}

/** A guard that leaves requests out would be fast for nothing. */
async function checkCompared(targets: readonly Target[]): Promise<void> {
  const comparing = targets.find(({ name }) => name === COMPARING);
  const report = await comparing?.report?.();
  if (report === undefined) return;
  const { compared, shed, requests } = report;
  const share = compared / requests;
  console.log(`Of ${requests} requests ${compared} were compared, ${shed} shed.`);
  if (share < 0.99) throw new Error(`Only ${(100 * share).toFixed(1)} % were compared`);
}

function turned<Item>(items: readonly Item[], by: number): Item[] {
  const at = by % items.length;
  return [...items.slice(at), ...items.slice(0, at)];
}

async function takeRound(targets: readonly Target[], call: CallInTurn): Promise<Round> {
  const round = new Map<string, Turn>();
  for (const target of targets) round.set(target.name, await takeTurn(target, call));
  return round;
}

async function takeTurn({ port, pid }: Target, call: CallInTurn): Promise<Turn> {
  const [beginUs, beforeUs, processor] = [nowUs(), cpuUsOfPid(pid), busyUs()];
  const { requests, perSecond } = await call(port, ROUND_SECONDS);
  const tookUs = nowUs() - beginUs;
  const workedUs = cpuUsOfPid(pid) - beforeUs;
  const busy = workedUs / tookUs;
  // The system counts in hundredths of a second, so a share may come out a little below nothing.
  const others = Math.max(0, (busyUs() - processor) / tookUs - busy);
  return { perSecond, cpuUs: workedUs / requests, busy, others };
}

function nowUs(): number {
  return performance.now() * 1_000;
}

/** The time that the processor of whoever is measured has worked so far. */
function busyUs(): number {
  const { user, nice, sys, irq } = (cpus()[MEASURED] ?? cpus()[0])?.times ?? NOTHING;
  return (user + nice + sys + irq) * 1_000;
}

const NOTHING = { user: 0, nice: 0, sys: 0, irq: 0 };

/** The half of the rounds during which others did least, whatever came of them. */
function quietest(rounds: readonly Round[]): readonly Round[] {
  const othersOf = (round: Round): number =>
    [...round.values()].reduce((sum, { others }) => sum + others, 0);
  return [...rounds]
    .sort((a, b) => othersOf(a) - othersOf(b))
    .slice(0, Math.ceil(rounds.length / 2));
}

type Measure = (turn: Turn) => number;

const PER_SECOND: Measure = ({ perSecond }) => perSecond;
/** What there is in a second of a processor's time, however much of that others took. */
const PER_CPU_SECOND: Measure = ({ cpuUs }) => US_PER_SECOND / cpuUs;

/** How many times as many requests one answers as another, round by round. */
function ratio(rounds: readonly Round[], measure: Measure, one: string, other: string): number {
  return median(rounds.map((round) => measure(of(round, one)) / measure(of(round, other))));
}

function of(round: Round, name: string): Turn {
  const turn = round.get(name);
  if (turn === undefined) throw new Error(`${name} was not measured`);
  return turn;
}

/**
 * Prints the ratios that there are targets for, by both measures, and returns them by the second.
 */
function ratiosOf(rounds: readonly Round[]): Ratios {
  const rows = [['how many times as many requests', 'target', 'a second', 'a CPU second', 'met']];
  const ratios: Record<string, number> = {};
  for (const { name, one, others, target } of CLAIMS) {
    const there = others.filter((other) => rounds[0]?.has(other));
    if (there.length === 0) continue;
    const least = (measure: Measure): number =>
      Math.min(...there.map((other) => ratio(rounds, measure, one, other)));
    const reached = least(PER_CPU_SECOND);
    ratios[name] = Number(reached.toFixed(3));
    const against = others.length > 1 ? 'the best Node peer' : others.join();
    const figures = [target, least(PER_SECOND), reached].map((value) => value.toFixed(2));
    rows.push([`${one} / ${against}`, ...figures, reached >= target ? 'yes' : 'no']);
  }
  console.log(`\n${table(rows)}`);
  return ratios;
}

function tableOf(targets: readonly Target[], rounds: readonly Round[]): string {
  const rows = targets.map(({ name }) => {
    const turns = rounds.map((round) => of(round, name));
    const middle = (field: keyof Turn): number => median(turns.map((turn) => turn[field]));
    const share = (field: 'busy' | 'others'): string => `${(100 * middle(field)).toFixed(0)} %`;
    return [
      name,
      middle('perSecond').toFixed(0),
      `${middle('cpuUs').toFixed(1)} µs`,
      (US_PER_SECOND / middle('cpuUs')).toFixed(0),
      share('busy'),
      share('others'),
    ];
  });
  const titles = ['one worker', 'requests/s', 'own work', 'per CPU second', 'busy', 'others'];
  return table([titles, ...rows]);
}
