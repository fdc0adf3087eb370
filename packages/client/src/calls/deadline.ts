import type { Clock } from '@falsework/core/ports';
import { systemClock } from '@falsework/system';
import { HEADERS } from './header-names.ts';

/**
 * The moment at which an answer is of no use any more. It is counted on the monotonic clock and
 * travels as "so much is left", never as a time of day: clocks of two machines differ.
 *
 * ```ts
 * const deadline = Deadline.fromHeaders(request.headers);   // when a request came in
 * await call(url, { falsework: { deadline } });             // for what it needs from others
 * ```
 */
export class Deadline {
  readonly #clock: Clock;
  readonly #atMs: number;

  private constructor(clock: Clock, atMs: number) {
    this.#clock = clock;
    this.#atMs = atMs;
  }

  /** The deadline that lies this many milliseconds ahead. */
  static in(ms: number, clock: Clock = systemClock): Deadline {
    return new Deadline(clock, clock.monotonicMs() + ms);
  }

  /**
   * The deadline of a request that came in, by its header; null when it has none that can be read.
   * Ask at once: what passes before is not counted.
   */
  static fromHeaders(
    headers: Headers | Readonly<Record<string, string | readonly string[] | undefined>>,
    clock: Clock = systemClock,
  ): Deadline | null {
    const value =
      headers instanceof Headers ? headers.get(HEADERS.deadlineMs) : headers[HEADERS.deadlineMs];
    if (typeof value !== 'string' || !/^\d{1,12}$/.test(value)) return null;
    return Deadline.in(Number(value), clock);
  }

  /** Milliseconds that are left; below zero once it has passed. */
  get leftMs(): number {
    return this.#atMs - this.#clock.monotonicMs();
  }
}
