/** What callers may take up. `null` means that nothing bounds it but what stands behind us. */
export interface Limits {
  /** The longest head of a request; one that is longer gets 431. */
  readonly headBytesMax: number;
  /** The longest body of a request; one that is longer gets 413. */
  readonly bodyBytesMax: number | null;
  /** How long the head of a request may take; 408. */
  readonly headTimeoutMs: number;
  /** How long a caller may send nothing of a body that is waited for; 408. */
  readonly bodyTimeoutMs: number;
  /** How long a connection may be kept without a request. */
  readonly idleTimeoutMs: number;
  /** How long a side may take to begin its answer; 504. */
  readonly answerTimeoutMs: number | null;
  /**
   * How long a request may take from its head to the end of its answer, whoever is slow: 504 before
   * an answer began, else it is broken off.
   */
  readonly totalTimeoutMs: number | null;
  /** Connections of callers at once; one more is closed at once. */
  readonly connectionsMax: number | null;
}

/** What holds where nothing else was said. */
export const DEFAULT_LIMITS: Limits = Object.freeze({
  // As in Node, and twice what nginx takes.
  headBytesMax: 16 * 1024,
  // What may be uploaded is for the sides to say, as without us; nothing of it is held here.
  bodyBytesMax: null,
  // As in Node and in nginx.
  headTimeoutMs: 60_000,
  bodyTimeoutMs: 60_000,
  // Longer than the idle time of the load balancers in front (60 s as a rule), so that they close
  // first: a request sent at the moment in which we closed would be lost.
  idleTimeoutMs: 75_000,
  answerTimeoutMs: null,
  totalTimeoutMs: null,
  connectionsMax: null,
});
