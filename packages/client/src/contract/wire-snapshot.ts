import type { Snapshot } from '@falsework/core/routing';
import { z } from 'zod';
import { count, instant, name, stage } from './wire-values.ts';

const rate = z.number().min(0).max(1);

/** The routing state that a plane caches, as it travels. */
export const snapshot = z.object({
  migration: name,
  version: count,
  issuedAt: instant,
  stage,
  topology: z.enum(['shared', 'separate']),
  percent: z.number().min(0).max(100),
  cohortKeys: z.array(z.string()).readonly(),
  salt: z.string(),
  epoch: count,
  step: count,
  accepted: z
    .array(z.object({ seam: name, id: z.string(), shapes: z.array(z.string()).readonly() }))
    .readonly(),
  shadow: z.object({
    sample: rate,
    noiseSample: rate,
    timeoutMs: z.number().positive(),
    queueMax: count,
    concurrency: count,
    recheckAfterMs: z.number().nonnegative(),
  }),
  latency: z.object({
    slowerRatioMax: z.number().nonnegative(),
    slowerMsMax: z.number().nonnegative(),
    pairsRateMin: rate,
  }),
  strata: z
    .array(
      z.object({ seam: name, stratum: z.string(), sample: rate.nullable(), comparisons: count }),
    )
    .readonly()
    .optional(),
  alarm: z.object({ rateOk: rate, threshold: z.number().positive() }),
}) satisfies z.ZodType<Snapshot>;
