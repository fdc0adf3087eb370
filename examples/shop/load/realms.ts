import type { Customer, Product } from '../data/world.ts';

/** Customers from this one on write, and nobody reads what is theirs. */
const FIRST_WRITER = 100_031;

/**
 * True for what only writers touch. The candidate has a database of its own, which nobody keeps
 * equal here: what legacy was told since the beginning it cannot know. So writers and readers live
 * apart, and every difference that is found is one of the two programs, not of their data.
 */
export function isOfWriters(thing: Customer | Product): boolean {
  return 'number' in thing ? thing.number >= FIRST_WRITER : thing.slug.endsWith('-lantern');
}
