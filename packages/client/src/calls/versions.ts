import { fault } from '@falsework/core/errors';
import type { Clock } from '@falsework/core/ports';

/** How long and of how many origins the client remembers which versions they speak. */
export interface VersionMemoryOptions {
  /** Default 600,000, ten minutes: after a deployment, callers move up within that time. */
  readonly rememberMs?: number;
  /** Default 1,000. The one that was asked longest ago is forgotten first. */
  readonly originsMax?: number;
}

interface Spoken {
  readonly versions: readonly string[];
  readonly untilMs: number;
}

// A version goes into a header and comes back in one, so it is a short token.
const VERSION = /^[A-Za-z0-9][A-Za-z0-9._-]{0,31}$/;

// A server decides how long its header is; nobody speaks more versions than this.
const SERVER_VERSIONS_MAX = 64;

/** Throws `FW_CLIENT_OPTION` unless these can be negotiated: tokens, each of them once. */
export function checkVersions(versions: readonly string[]): readonly string[] {
  const wrong = versions.find((v, at) => !VERSION.test(v) || versions.indexOf(v) !== at);
  if (wrong === undefined) return Object.freeze([...versions]);
  throw fault('FW_CLIENT_OPTION', {
    option: 'versions',
    got: JSON.stringify(wrong.slice(0, 40)),
    expected: 'different tokens of letters, digits, ".", "_" and "-", the best first',
  });
}

/** The versions that an answer names, in its order; null when it names none. */
export function readVersions(header: string | null): readonly string[] | null {
  if (header === null) return null;
  const named = header.split(',', SERVER_VERSIONS_MAX).map((version) => version.trim());
  const versions = named.filter((version) => VERSION.test(version));
  return versions.length === 0 ? null : versions;
}

/**
 * What each origin speaks, as far as it has said so. Expires, so that a server that learned a new
 * version is asked for it; bounded, so that a caller of many origins does not grow. O(1) each.
 */
export class VersionMemory {
  readonly #ours: readonly string[];
  readonly #clock: Clock;
  readonly #rememberMs: number;
  readonly #originsMax: number;
  // A Map keeps the order of insertion, which makes it its own list of what was used last.
  readonly #origins = new Map<string, Spoken>();

  constructor(
    ours: readonly string[],
    clock: Clock,
    { rememberMs, originsMax }: Required<VersionMemoryOptions>,
  ) {
    this.#ours = ours;
    this.#clock = clock;
    this.#rememberMs = rememberMs;
    this.#originsMax = originsMax;
  }

  /** Origins that are remembered. */
  get size(): number {
    return this.#origins.size;
  }

  /**
   * The best version that both sides speak, but for those already refused. While nothing is known
   * of an origin it is our best one; null when none is left. What the origin `told` within this
   * call counts before what is remembered.
   */
  choose(
    origin: string,
    refused: ReadonlySet<string>,
    told: readonly string[] | null = null,
  ): string | null {
    const theirs = told ?? this.#recall(origin);
    const left = this.#ours.filter((version) => !refused.has(version));
    const common = left.find((version) => theirs?.includes(version));
    if (common !== undefined) return common;
    // With nothing in common the first try still asks for our best: what was remembered may be old,
    // and the server's own refusal tells more than ours could. After a refusal, there is no more.
    return refused.size === 0 ? (left[0] ?? null) : null;
  }

  /** Notes what an origin says that it speaks. */
  learn(origin: string, versions: readonly string[]): void {
    this.#origins.delete(origin);
    this.#origins.set(origin, { versions, untilMs: this.#clock.monotonicMs() + this.#rememberMs });
    if (this.#origins.size <= this.#originsMax) return;
    const [oldest] = this.#origins.keys();
    this.#origins.delete(oldest as string);
  }

  #recall(origin: string): readonly string[] | null {
    const spoken = this.#origins.get(origin);
    if (spoken === undefined) return null;
    this.#origins.delete(origin);
    if (spoken.untilMs <= this.#clock.monotonicMs()) return null;
    this.#origins.set(origin, spoken);
    return spoken.versions;
  }
}
