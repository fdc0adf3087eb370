import { z } from 'zod';
import { signatureRecord } from './wire-evidence.ts';
import { instant, name } from './wire-values.ts';

/** Somebody answers for a cause, until a date. */
const acceptance = z.object({
  owner: z.string(),
  reason: z.string(),
  shapes: z.array(z.string()).readonly(),
  acceptedBy: z.string(),
  acceptedAt: instant,
  expiresAt: instant,
});

/** A cause of differences with everything known of it. */
export const cause = z.object({
  /**
   * Of one epoch, or of all epochs together; then `epoch` is the last in which it was seen, and its
   * shapes are those of that epoch.
   */
  record: signatureRecord,
  /** `accepted` only as long as it comes in the shapes that were accepted. */
  state: z.enum(['open', 'explained', 'accepted', 'fixed', 'regressed']),
  acceptance: acceptance.nullable(),
  /** The narrowest rule that would excuse every stored example, as JSON, and why. */
  proposal: z.object({ rule: z.string(), because: z.string() }).nullable(),
  note: z
    .object({ owner: z.string().nullable(), text: z.string(), by: name, at: instant })
    .nullable(),
});

/** A cause, as a type. */
export type WireCause = z.output<typeof cause>;
