/** Which headers of requests pass to a side. `x-internal-*` means all that begin so. */
export interface HeaderList {
  /** What passes; everything when left out. What the request needs to be one passes anyhow. */
  readonly allow?: readonly string[];
  /** What does not, even where it is allowed. */
  readonly deny?: readonly string[];
}

/** Headers, as names and values in turn, without what does not pass. */
export type HeaderFilter = (headers: readonly string[]) => string[];

/**
 * What the candidate is not sent unless its list says otherwise: what proxies and services of one's
 * own tell one another, such as who was let in and why, which is for those that may act on it.
 */
export const INTERNAL_HEADERS: readonly string[] = Object.freeze([
  'x-internal-*',
  'x-envoy-*',
  'x-forwarded-client-cert',
]);

/** Where credentials are. */
const CREDENTIALS = new Set([
  'authorization',
  'proxy-authorization',
  'cookie',
  'x-api-key',
  'x-auth-token',
  'x-goog-api-key',
  'x-amz-security-token',
]);

// Without these a request would be another one, or none: where it goes, what its body is and ends.
const OF_THE_REQUEST = new Set(['host', 'content-length', 'content-type', 'content-encoding']);

// Strangers may send any names; those of one's own callers fit in many times over.
const NAMES_KNOWN_MAX = 1_000;

/** Compiles the lists of one side; `null` when everything passes. A denial wins. */
export function headerFilter({ allow, deny = [] }: HeaderList): HeaderFilter | null {
  if (allow === undefined && deny.length === 0) return null;
  const allows = allow === undefined ? () => true : namesOf(allow);
  const denies = namesOf(deny);
  const decide = (name: string): boolean =>
    OF_THE_REQUEST.has(name) || (allows(name) && !denies(name));
  // Callers send the same names, in the same case, over and over again.
  const known = new Map<string, boolean>();
  const passes = (name: string): boolean => {
    const decided = known.get(name);
    if (decided !== undefined) return decided;
    const isPassed = decide(name.toLowerCase());
    if (known.size < NAMES_KNOWN_MAX) known.set(name, isPassed);
    return isPassed;
  };
  return (headers) => {
    const passed: string[] = [];
    for (let i = 0; i < headers.length; i += 2) {
      const name = headers[i] as string;
      if (passes(name)) passed.push(name, headers[i + 1] as string);
    }
    return passed;
  };
}

/** True when a request says who its caller is, or what it may do. */
export function hasCredentials(headers: readonly string[]): boolean {
  for (let i = 0; i < headers.length; i += 2) {
    if (CREDENTIALS.has((headers[i] as string).toLowerCase())) return true;
  }
  return false;
}

function namesOf(list: readonly string[]): (name: string) => boolean {
  const names = list.map((name) => name.toLowerCase());
  const whole = new Set(names.filter((name) => !name.endsWith('*')));
  const beginnings = names.filter((name) => name.endsWith('*')).map((name) => name.slice(0, -1));
  return (name) => whole.has(name) || beginnings.some((beginning) => name.startsWith(beginning));
}
