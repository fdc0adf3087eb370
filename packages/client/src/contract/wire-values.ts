import type { Stage } from '@falsework/core/stage';
import { z } from 'zod';

// Limits on what a plane or a person may send. A batch beyond them is a fault, and a refused batch
// is sent again smaller or not at all: nothing of it is half counted.
const TEXT_MAX = 500;
const FOREIGN_TEXT_MAX = 20_000;

/** A moment, in milliseconds since the Unix epoch. */
export const instant = z.number().int().nonnegative();
/** A count of things. */
export const count = z.number().int().nonnegative().max(Number.MAX_SAFE_INTEGER);
/** A short text from outside. */
export const shortText = z.string().max(TEXT_MAX);
/**
 * A text that a plane was given by somebody else: a stratum from a key function, a build or a
 * header from a service. Nothing that callers or services send may keep evidence from being
 * counted: a batch that is refused is sent again, for ever. As long as Node takes headers to be.
 */
export const foreignText = z.string().max(FOREIGN_TEXT_MAX);
/** The name of a migration, a seam or a person. */
export const name = z.string().min(1).max(TEXT_MAX);
/** The name of a migration as it stands in a path. */
export const migrationName = z
  .string()
  .regex(/^[a-z0-9][a-z0-9-]{0,62}$/, 'a lower-case name with dashes');

/** One of the nine stages. */
export const stage: z.ZodType<Stage> = z.enum([
  'inert',
  'dual-write',
  'backfill',
  'reconcile',
  'shadow',
  'shift',
  'turnover',
  'seal',
  'strike',
]);

/** Legacy or candidate. */
export const side = z.enum(['legacy', 'candidate']);

/** A share of traffic. */
export const share = z.object({ percent: z.number().min(0).max(100), cohorts: z.array(name) });

/** The id of a cause of differences. */
export const signatureId = z.string().regex(/^[0-9a-f]{16}$/, 'sixteen hexadecimal digits');
/** The first digits of such an id. */
export const signaturePrefix = z.string().regex(/^[0-9a-f]{1,16}$/, 'hexadecimal digits');
