/** One of the two implementations that stand behind a seam. */
export type Side = 'legacy' | 'candidate';

/** The side that is not this one. */
export function otherSide(side: Side): Side {
  return side === 'legacy' ? 'candidate' : 'legacy';
}
