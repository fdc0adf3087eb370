/**
 * Why a sampled run was not compared. Every one of them is counted, and none is ever taken for a
 * match.
 *
 * - `queue-full`: shadows arrive faster than they run
 * - `hanging`: too many earlier runs never ended, though their time was up
 * - `not-answering`: the other side fails to answer so often that it is only tried now and then
 * - `too-large`: the input or the answer is too large to be copied while the caller waits
 * - `not-copyable`: the input or the answer cannot be copied, such as a stream or a lazy query
 * - `incomplete`: the comparison reached a limit before it found a difference
 * - `cpu`: the event loop is busy with callers, and a guest waits outside
 * - `blocking`: an earlier run kept the event loop to itself; none is started before it has cooled
 * - `gave-way`: the run would have held up the authority, and the database gave it up first
 * - `stopped`: an earlier run did what the declared effects do not allow; there will be no other
 * - `fault`: something of ours, or a function given to us, threw
 * - `fenced`: the sides differ, and the key was written while they answered, so they may
 * - `closing`: the process is going down
 */
export type ShedReason =
  | 'queue-full'
  | 'hanging'
  | 'not-answering'
  | 'too-large'
  | 'not-copyable'
  | 'incomplete'
  | 'cpu'
  | 'blocking'
  | 'gave-way'
  | 'stopped'
  | 'fault'
  | 'fenced'
  | 'closing';

/** A count per reason. */
export type ShedCounts = Readonly<Record<ShedReason, number>>;

/** All reasons at zero. */
export const NOTHING_SHED: ShedCounts = Object.freeze({
  'queue-full': 0,
  hanging: 0,
  'not-answering': 0,
  'too-large': 0,
  'not-copyable': 0,
  incomplete: 0,
  cpu: 0,
  blocking: 0,
  'gave-way': 0,
  stopped: 0,
  fault: 0,
  fenced: 0,
  closing: 0,
});

const WORDS: Readonly<Record<ShedReason, string>> = {
  'queue-full': 'queue full',
  hanging: 'earlier runs hang',
  'not-answering': 'side does not answer',
  'too-large': 'too large to isolate',
  'not-copyable': 'cannot be copied',
  incomplete: 'comparison incomplete',
  cpu: 'event loop busy',
  blocking: 'earlier run blocked the event loop',
  'gave-way': 'gave way in the database',
  stopped: 'stopped for an undeclared effect',
  fault: 'internal fault',
  fenced: 'written meanwhile',
  closing: 'closing',
};

/** A reason as people read it: `too large to isolate`. */
export function shedWords(reason: ShedReason): string {
  return WORDS[reason];
}
