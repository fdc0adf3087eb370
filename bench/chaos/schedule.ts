import { SeededRandom } from '@falsework/testkit';

/** What is killed: our own process, or one of the servers at once. */
export const TARGETS = ['worker', 'legacy', 'candidate'] as const;

/** What is killed. */
export type Target = (typeof TARGETS)[number];

/** The way of one migration, in its order; in each leg there is one kill. */
export const LEGS = [
  'capture',
  'drain',
  'backfill',
  'backfill to its end',
  'reconcile',
  'turnover',
  'reverse',
  'rollback',
  'turnover again',
  'replay',
] as const;

/** A part of a migration. */
export type Leg = (typeof LEGS)[number];

/** One kill: what, where, and when. */
export interface Kill {
  /** From 1 on. */
  readonly number: number;
  readonly leg: Leg;
  readonly target: Target;
  /** It happens when our process has told of this for the n-th time… */
  readonly event: string;
  readonly nth: number;
  /** …and so many milliseconds after that. */
  readonly afterMs: number;
}

interface Moment {
  readonly event: string;
  readonly nthMax: number;
  readonly afterMsMax: number;
}

// A switch notes twelve steps; catching up is taken twice.
const SWITCH: readonly Moment[] = [{ event: 'step', nthMax: 12, afterMsMax: 15 }];
const COPY: readonly Moment[] = [{ event: 'progress', nthMax: 15, afterMsMax: 10 }];
const FLOW: readonly Moment[] = [{ event: 'began', nthMax: 1, afterMsMax: 600 }];
const MOMENTS: Readonly<Record<Leg, readonly Moment[]>> = {
  capture: [
    { event: 'began', nthMax: 1, afterMsMax: 80 },
    { event: 'captured', nthMax: 1, afterMsMax: 30 },
    { event: 'started', nthMax: 1, afterMsMax: 30 },
  ],
  drain: FLOW,
  backfill: COPY,
  'backfill to its end': COPY,
  reconcile: FLOW,
  // A rehearsal is a part of it, and longer than all the steps together.
  turnover: [...SWITCH, ...SWITCH, ...SWITCH, { event: 'rehearsing', nthMax: 1, afterMsMax: 900 }],
  reverse: FLOW,
  rollback: SWITCH,
  'turnover again': SWITCH,
  replay: SWITCH,
};

/** Kills of one migration. */
export const KILLS_PER_ROUND = LEGS.length;

/** The round in which a kill happens, from 1 on. */
export function roundOf(kill: number): number {
  return Math.ceil(kill / KILLS_PER_ROUND);
}

/** The kills of a round, in order, up to the last one that is wanted. Depends on nothing else. */
export function killsOf(seed: number, round: number, last: number): Kill[] {
  const first = (round - 1) * KILLS_PER_ROUND + 1;
  return LEGS.map((leg, i) => killIn(leg, { seed, number: first + i })).filter(
    ({ number }) => number <= last,
  );
}

/** A source of numbers for one purpose: what is drawn for one changes nothing for another. */
export function randomFor(seed: number, purpose: number): SeededRandom {
  const mixed = new SeededRandom(seed ^ Math.imul(purpose, 0x9e3779b1));
  return new SeededRandom(Math.floor(mixed.next() * 2 ** 32));
}

function killIn(
  leg: Leg,
  { seed, number }: { readonly seed: number; readonly number: number },
): Kill {
  const random = randomFor(seed, number);
  // Half of them meet our own process: there is more of it than of servers.
  const target = random.chance(0.5) ? 'worker' : random.pick(['legacy', 'candidate'] as const);
  const { event, nthMax, afterMsMax } = random.pick(MOMENTS[leg]);
  // Dealt out, not drawn: ten rounds would leave out one step of twelve more often than not.
  const dealt = randomFor(seed, 0).below(nthMax) + 3 * LEGS.indexOf(leg) + roundOf(number);
  const nth = 1 + (dealt % nthMax);
  return { number, leg, target, event, nth, afterMs: random.below(afterMsMax + 1) };
}
