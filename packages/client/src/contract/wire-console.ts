import { z } from 'zod';
import { dataReport } from './wire-data.ts';
import { verdictCounts } from './wire-evidence.ts';
import { count, instant, name } from './wire-values.ts';

// A token of at least sixteen characters is asked for where it is configured; nobody types more
// than a few hundred.
const TOKEN_LENGTH_MAX = 500;

/** What signing in takes. */
export const signIn = z.object({
  token: z.string().min(1).max(TOKEN_LENGTH_MAX),
  /** Who signs in with a token that is shared; the owner of any other token is known. */
  name: name.trim().min(1).nullable(),
});

/** Who is signed in, what they may do, and until when. */
export const session = z.object({
  role: z.enum(['viewer', 'operator']),
  name: z.string(),
  expiresAt: instant,
});

/** A stretch of comparisons, with the rates that everything up to its end does not exclude. */
const historyPoint = z.object({
  fromAt: instant,
  toAt: instant,
  epoch: count,
  step: count,
  trials: count,
  hits: count,
  rateLow: z.number(),
  rateHigh: z.number(),
});

/** Comparisons over time against the limit of the policy. */
export const history = z.object({
  /** The limit on the rate of differences, 0 to 1. */
  rateMax: z.number(),
  confidence: z.number(),
  /** Oldest first. Evidence counts within an epoch, so every epoch begins anew. */
  points: z.array(historyPoint),
  /** Verdicts of each epoch, oldest first. */
  epochs: z.array(z.object({ epoch: count, verdicts: verdictCounts })),
  /** True when there were more strata than are read at once; the latest are shown then. */
  isPartial: z.boolean(),
});

/** Latencies of one side: how many of all were at most so long, in rising order. */
const curve = z.array(z.tuple([z.number(), z.number()]));

/** Latencies of both sides of one stratum in the present epoch. */
export const distribution = z.object({
  seam: z.string(),
  stratum: z.string(),
  count,
  legacy: curve,
  candidate: curve,
});

/** A cause in one line: what a list of ten thousand of them needs, and nothing else. */
export const causeLine = z.object({
  seam: z.string(),
  id: z.string(),
  template: z.string(),
  kind: z.string(),
  epoch: count,
  isNoise: z.boolean(),
  count,
  state: z.enum(['open', 'explained', 'accepted', 'fixed', 'regressed']),
  firstAt: instant,
  lastAt: instant,
  /** Counts of the last twelve hours in which anything came, the latest last. */
  trend: z.array(count),
  hasRule: z.boolean(),
  /** Who answers for it or looks after it; `null` when nobody does. */
  owner: z.string().nullable(),
});

/** What the data side said last, and when control heard it. */
export const dataHeard = dataReport.extend({ reportedAt: instant });

/** Who is signed in, as a type. */
export type Session = z.output<typeof session>;
/** Comparisons over time, as a type. */
export type History = z.output<typeof history>;
/** One point of a history, as a type. */
export type HistoryPoint = z.output<typeof historyPoint>;
/** Latencies of both sides, as a type. */
export type Distribution = z.output<typeof distribution>;
/** A cause in one line, as a type. */
export type CauseLine = z.output<typeof causeLine>;
/** What the data side said last, as a type. */
export type DataHeard = z.output<typeof dataHeard>;
