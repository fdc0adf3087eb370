/**
 * Why a key is read from the authority although its share is the follower's.
 *
 * - `pending`: a change of the key has committed, and is not on the follower yet
 * - `every-key`: a change that concerns each key is not there yet, or a row could not be carried
 *   over
 * - `too-many`: more changes wait than can be told apart, so the key may be among them
 * - `unknown`: a store did not say, or did not say it in time
 */
export type FenceReason = 'pending' | 'every-key' | 'too-many' | 'unknown';

/** Reads that went to the authority instead, by reason. */
export type FenceCounts = Readonly<Record<FenceReason, number>>;

/** No read was. */
export const NOT_FENCED: FenceCounts = Object.freeze({
  pending: 0,
  'every-key': 0,
  'too-many': 0,
  unknown: 0,
});

/** What had committed at the authority, and was not on the follower, when somebody looked. */
export interface PendingKeys {
  readonly keys: ReadonlySet<string>;
  /** True when a change among them concerns every key. */
  readonly concernsEvery: boolean;
  /** True when there may be more than are listed. */
  readonly isCut: boolean;
}

/**
 * Why a key may not be read from the follower; `null` when it may. What is not known for certain is
 * a reason: a fence that guesses is none. A read that names no key may be about any of them.
 */
export function fenceReason(pending: PendingKeys | null, key: string | null): FenceReason | null {
  if (pending === null) return 'unknown';
  if (pending.concernsEvery) return 'every-key';
  const isPending = key === null ? pending.keys.size > 0 : pending.keys.has(key);
  if (isPending) return 'pending';
  return pending.isCut ? 'too-many' : null;
}

/**
 * True when two answers about the key, one of each side, may differ because it was written
 * meanwhile. Only what was seen to be written excuses a difference; what is not known does not, or
 * a fence that cannot look would make every difference go away.
 */
export function canMove(pending: PendingKeys | null, key: string | null): boolean {
  const reason = fenceReason(pending, key);
  return reason === 'pending' || reason === 'every-key';
}

/** A state of the follower, to ask later what has been written since. */
export interface FenceMark {
  readonly position: unknown;
}

/**
 * Read your writes over two stores: which reads the follower may serve without anybody seeing less
 * than what had been acknowledged before the read began, by whichever process.
 */
export interface ReadFence {
  /**
   * Why the authority has to serve this key now; `null` when the follower may. What it tells was
   * read after the call, so nothing that was acknowledged before is missed. Never rejects, and
   * resolves in bounded time.
   */
  check(key: string | null): Promise<FenceReason | null>;
  /**
   * The newest known state of the follower, at once; `null` while none is known. What is on the
   * follower later is no older than that.
   */
  mark(): FenceMark | null;
  /**
   * True when the key was seen to be written after a mark, so that a difference between two answers
   * given since may be nobody's fault. Never rejects; `false` when that cannot be told.
   */
  hasMoved(mark: FenceMark, key: string | null): Promise<boolean>;
}
