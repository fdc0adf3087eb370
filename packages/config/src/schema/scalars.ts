import { z } from 'zod';
import { parseDuration, parseRate, parseSize, sizeText } from '../units/index.ts';
import { type Leaf, leaf, textLeaf, whole } from './leaf.ts';

const DAY_MS = 86_400_000;

/**
 * A timer set for longer than 2^31 - 1 ms fires at once in Node; a day is far below and longer than
 * any of ours.
 */
const TIMER_MS_MAX = DAY_MS;

/** Ten years: a migration that waits longer than that is not one. */
const WAIT_MS_MAX = 3_650 * DAY_MS;

const EXAMPLES = 'such as 500ms, 5s, 10m, 1h or 31d (a bare number is milliseconds)';

/** A duration that something waits for by the wall clock: a hold, a burn-in. */
export const wait: Leaf<number> = duration(`a duration of up to ten years ${EXAMPLES}`, {
  isInRange: (ms) => ms > 0 && ms <= WAIT_MS_MAX,
});

/** A duration for which a timer is set. */
export const timer: Leaf<number> = duration(`a duration above 0 and up to a day ${EXAMPLES}`, {
  isInRange: (ms) => ms > 0 && ms <= TIMER_MS_MAX,
});

/** A duration for which a timer is set, unless it is 0. */
export const timerOrNone: Leaf<number> = duration(`0 or a duration up to a day ${EXAMPLES}`, {
  isInRange: (ms) => ms <= TIMER_MS_MAX,
});

function duration(expects: string, range: { isInRange: (ms: number) => boolean }): Leaf<number> {
  return leaf({
    expects,
    parse: (value) => {
      const ms = parseDuration(value);
      return ms !== undefined && range.isInRange(ms) ? ms : undefined;
    },
  });
}

/** A share that may be nothing or everything, such as a sample. */
export const share: Leaf<number> = leaf({
  expects: 'a share from 0 to 1, or from "0%" to "100%"',
  parse: parseRate,
});

/** A rate that a gate proves: at 0 or 1 there is nothing that evidence could prove. */
export const provableRate: Leaf<number> = leaf({
  expects: 'a rate above 0 and below 1, such as 0.0001 or "0.01%"',
  parse: (value) => {
    const rate = parseRate(value);
    return rate !== undefined && rate > 0 && rate < 1 ? rate : undefined;
  },
});

/** How sure a gate must be. Below one half it would rather be wrong than right. */
export const confidence: Leaf<number> = leaf({
  expects: 'a confidence from 0.5 to below 1, such as 0.95 or "95%"',
  parse: (value) => {
    const rate = parseRate(value);
    return rate !== undefined && rate >= 0.5 && rate < 1 ? rate : undefined;
  },
});

/** A finite number in a range that the sentence names. */
export function number(expects: string, isInRange: (value: number) => boolean) {
  return z.number({ error: expects }).refine(isInRange, { error: expects });
}

/** A TCP port; 0 asks the system for a free one. */
export const port: Leaf<number> = whole('a port from 0 to 65535', { min: 0, max: 65_535 });

const BODY_BYTES_MAX = 64 * 1_048_576;

/** A size of a body that is held in memory, once per side and request. */
export const bodySize: Leaf<number> = leaf({
  expects: `a size from 1B to ${sizeText(BODY_BYTES_MAX)}, such as 64KiB or 1MiB (a bare number is bytes)`,
  parse: (value) => {
    const bytes = parseSize(value);
    return bytes !== undefined && bytes >= 1 && bytes <= BODY_BYTES_MAX ? bytes : undefined;
  },
});

const LINE_LENGTH_MAX = 200;

/** A line of text for people. */
export function line(what: string): z.ZodType<string, string> {
  return textLeaf({
    expects: `${what}: one line of 1 to ${LINE_LENGTH_MAX} characters`,
    parse: (value) => {
      const text = String(value).trim();
      const isLine = text !== '' && text.length <= LINE_LENGTH_MAX && !/\p{Cc}/u.test(text);
      return isLine ? text : undefined;
    },
  });
}

/** A name that ends up in URLs, metrics and file names. */
export const slug: z.ZodType<string, string> = textLeaf({
  expects:
    'a name of lower-case letters, digits and hyphens that starts with a letter, up to 63 long',
  parse: (value) => (/^[a-z][a-z0-9-]{0,62}$/.test(String(value)) ? String(value) : undefined),
});

/** The end, in UTC, of a day of the calendar. */
export const lastDay: z.ZodType<number, string> = textLeaf({
  expects: 'a day of the calendar such as "2027-03-31"',
  parse: (value) => {
    const text = String(value);
    const startsAt = /^\d{4}-\d{2}-\d{2}$/.test(text)
      ? Date.parse(`${text}T00:00:00Z`)
      : Number.NaN;
    // The round trip refuses what Date.parse may roll over: there is no 30th of February.
    const isDay = !Number.isNaN(startsAt) && new Date(startsAt).toISOString().startsWith(text);
    return isDay ? startsAt + DAY_MS : undefined;
  },
});

/** The name of an HTTP header, in lower case. Source of the characters: RFC 9110, token. */
export const headerName: z.ZodType<string, string> = textLeaf({
  expects: 'the name of a header, such as x-account-id',
  parse: (value) =>
    /^[A-Za-z0-9!#$%&'*+\-.^_`|~]{1,256}$/.test(String(value))
      ? String(value).toLowerCase()
      : undefined,
});
