import type { Selector } from '../path/path-query.ts';
import type { Ruling } from './ruling.ts';
import type { Edge, TrieNode } from './trie-builder.ts';

/**
 * The set of trie nodes that are live at one position of a document: a state of the automaton.
 * Interned, so two positions with the same rules ahead are the same object, and a step by name is
 * one map lookup once it was taken.
 */
export interface RuleStates {
  readonly nodes: readonly TrieNode[];
  readonly rules: readonly number[];
  readonly ruling: Ruling;
  /** A step from here depends on the child's value: some edge is a filter. */
  readonly hasFilters: boolean;
  /** A step to an element depends on its index: some edge is an index or a slice. */
  readonly hasPositions: boolean;
  /** Names that edges from here mention; every other name leads to one and the same place. */
  readonly names: ReadonlySet<string>;
  /** The same names as a list, which is gone through without making an iterator. */
  readonly mentioned: readonly string[];
  readonly taken: StepCache;
}

/**
 * Where the steps from one state lead, as far as they were taken. Filled lazily; never grows with
 * the document.
 */
export interface StepCache {
  readonly byName: Map<string, RuleStates>;
  otherName: RuleStates | null;
  anyIndex: RuleStates | null;
}

export function edgesOf(node: TrieNode): readonly Edge[] {
  return node.descendants.length === 0 ? node.children : [...node.children, ...node.descendants];
}

export function hasSelector(
  nodes: readonly TrieNode[],
  kinds: readonly Selector['kind'][],
): boolean {
  const selectors = nodes.flatMap(edgesOf).flatMap((edge) => edge.selectors);
  return selectors.some((selector) => kinds.includes(selector.kind));
}

/** All names mentioned by the edges of `nodes`. */
export function namesOf(nodes: readonly TrieNode[]): ReadonlySet<string> {
  const selectors = nodes.flatMap(edgesOf).flatMap((edge) => edge.selectors);
  return new Set(selectors.flatMap((selector) => (selector.kind === 'name' ? selector.name : [])));
}
