/** A moment, in milliseconds since the Unix epoch. */
export type Instant = number;

/** Ends what it was handed out for. Calling it again does nothing. */
export type Cancel = () => void;

/** Time as everything that decides sees it, so that a test or a simulation can hand out its own. */
export interface Clock {
  /** The wall clock. */
  now(): Instant;
  /** Milliseconds with fractions from an arbitrary start; never goes back. For durations. */
  monotonicMs(): number;
  /** Calls `run` once, `delayMs` from now, and never before this call has returned. */
  after(delayMs: number, run: () => void): Cancel;
}
