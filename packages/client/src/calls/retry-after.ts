import type { Instant } from '@falsework/core/ports';

// RFC 9110, section 5.6.7: the only form that may be sent. `Date.parse` alone would also take "7"
// or "tomorrow 5", each in its own way.
const HTTP_DATE = /^[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT$/;

/** The headers of an answer that say when to come again, and what else was needed to read them. */
export interface RetryAfterInput {
  readonly retryAfter: string | null;
  /** The answer's own `Date`: against it a wrong clock on either side does no harm. */
  readonly date: string | null;
  readonly now: Instant;
}

/**
 * How long the server asks to be left alone, in milliseconds; null when it says nothing readable.
 */
export function retryAfterMs({ retryAfter, date, now }: RetryAfterInput): number | null {
  const asked = retryAfter?.trim() ?? '';
  if (/^\d{1,15}$/.test(asked)) return Number(asked) * 1_000;
  const until = httpDate(asked);
  if (until === null) return null;
  return Math.max(0, until - (httpDate(date?.trim() ?? '') ?? now));
}

function httpDate(text: string): Instant | null {
  const instant = HTTP_DATE.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(instant) ? null : instant;
}
