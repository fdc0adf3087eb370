import { z } from 'zod';

/** How the API says that a call failed: the catalogue's code, what happened, and what to do. */
export const problem = z.object({
  code: z.string(),
  message: z.string(),
  action: z.string(),
});

/** A failed call's body, as a type. */
export type Problem = z.output<typeof problem>;
