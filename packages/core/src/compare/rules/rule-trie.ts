import { type FilterScope, isInSlice } from '../path/evaluate.ts';
import { isSelected } from '../path/evaluate-filter.ts';
import { parsePath } from '../path/parse-path.ts';
import { hasRootQuery, type Selector } from '../path/path-query.ts';
import type { Rule } from './rule.ts';
import { edgesOf, hasSelector, namesOf, type RuleStates } from './rule-states.ts';
import { type Ruling, rulingOf } from './ruling.ts';
import { TrieBuilder, type TrieNode } from './trie-builder.ts';

/**
 * One step down, on one side: the child's name, or its index among `length` elements, and the child
 * itself.
 */
export interface Step {
  readonly name: string | null;
  readonly index: number;
  readonly length: number;
  readonly child: unknown;
}

// Interned state sets beyond this are rebuilt instead of kept. Real rule sets make a few dozen;
// only paths with many overlapping descendants make more, and those must cost time rather than
// memory.
const INTERNED_MAX = 10_000;

/**
 * All rules' paths compiled into one automaton. A walker holds the {@link RuleStates} of its
 * position and asks for the next ones at each step; no path is ever evaluated from the root again,
 * and a document's size never shows in memory.
 *
 * ```ts
 * const trie = new RuleTrie([ignore('$.lines[*].id')]);
 * const lines = trie.stepToName(trie.root, 'lines', node, scope);
 * trie.stepToIndex(lines, { index: 0, length: 2, child }, scope);
 * ```
 */
export class RuleTrie {
  readonly #rules: readonly Rule[];
  readonly #interned = new Map<string, RuleStates>();

  /** The states at the document's root. */
  readonly root: RuleStates;
  /** No rule can apply here or beneath: a walker may stop asking. */
  readonly dead: RuleStates;
  /** Some filter asks for nodes elsewhere in the document: it has a path that starts with `$`. */
  readonly hasRootQueries: boolean;

  constructor(rules: readonly Rule[]) {
    this.#rules = rules;
    const builder = new TrieBuilder();
    const queries = rules.map((rule) => parsePath(rule.path));
    queries.forEach((query, position) => builder.insert(query.segments, position));
    this.hasRootQueries = queries.some(hasRootQuery);
    this.dead = this.#intern([]);
    this.root = this.#intern([builder.top]);
  }

  /**
   * The states at the member `name`. Symbols have no name in JSONPath: only wildcards and filters
   * reach them.
   */
  stepToName(
    states: RuleStates,
    name: string | symbol,
    child: unknown,
    scope: FilterScope,
  ): RuleStates {
    if (states === this.dead) return states;
    const { taken } = states;
    const isMentioned = typeof name === 'string' && states.names.has(name);
    const known = isMentioned ? taken.byName.get(name) : taken.otherName;
    if (known !== undefined && known !== null && !states.hasFilters) return known;
    const step = { name: typeof name === 'string' ? name : null, index: -1, length: 0, child };
    const next = this.#step(states, step, scope);
    if (states.hasFilters) return next;
    if (isMentioned) taken.byName.set(name, next);
    else taken.otherName = next;
    return next;
  }

  /**
   * The states at element `index` of an array of `length`; negative indices and slices resolve with
   * the length.
   */
  stepToIndex(
    states: RuleStates,
    { index, length, child }: Omit<Step, 'name'>,
    scope: FilterScope,
  ): RuleStates {
    if (states === this.dead) return states;
    const isFixed = !states.hasFilters && !states.hasPositions;
    if (isFixed && states.taken.anyIndex !== null) return states.taken.anyIndex;
    const next = this.#step(states, { name: null, index, length, child }, scope);
    if (isFixed) states.taken.anyIndex = next;
    return next;
  }

  /** What applies where either side's states hold. */
  rulingAt(legacy: RuleStates, candidate: RuleStates): Ruling {
    if (legacy === candidate || candidate.rules.length === 0) return legacy.ruling;
    if (legacy.rules.length === 0) return candidate.ruling;
    return this.#rulingOf(new Set([...legacy.rules, ...candidate.rules]));
  }

  #step(states: RuleStates, step: Step, scope: FilterScope): RuleStates {
    const reached = new Set<TrieNode>();
    for (const node of states.nodes) {
      if (node.descent !== null) reached.add(node.descent);
      for (const edge of edgesOf(node)) {
        if (edge.selectors.some((selector) => isStepSelected(selector, step, scope))) {
          reached.add(edge.target);
        }
      }
    }
    return this.#intern([...reached]);
  }

  #intern(reached: readonly TrieNode[]): RuleStates {
    const nodes = reached
      .filter((node) => node.rules.length + node.children.length + node.descendants.length > 0)
      .sort((a, b) => a.id - b.id);
    const key = nodes.map((node) => node.id).join();
    const known = this.#interned.get(key);
    if (known !== undefined) return known;
    const rules = [...new Set(nodes.flatMap((node) => node.rules))];
    const names = namesOf(nodes);
    const states: RuleStates = {
      nodes,
      rules,
      ruling: this.#rulingOf(new Set(rules)),
      hasFilters: hasSelector(nodes, ['filter']),
      hasPositions: hasSelector(nodes, ['index', 'slice']),
      names,
      mentioned: [...names],
      taken: { byName: new Map(), otherName: null, anyIndex: null },
    };
    if (this.#interned.size < INTERNED_MAX) this.#interned.set(key, states);
    return states;
  }

  #rulingOf(positions: ReadonlySet<number>): Ruling {
    const inListOrder = [...positions].sort((a, b) => a - b);
    return rulingOf(inListOrder.flatMap((position) => this.#rules[position] ?? []));
  }
}

function isStepSelected(selector: Selector, step: Step, scope: FilterScope): boolean {
  switch (selector.kind) {
    case 'name':
      return step.name === selector.name;
    case 'wildcard':
      return true;
    case 'index':
      if (step.index < 0) return false;
      return step.index === (selector.index < 0 ? step.length : 0) + selector.index;
    case 'slice':
      return step.index >= 0 && isInSlice(step.index, step.length, selector);
    case 'filter':
      return isSelected(selector.condition, step.child, scope);
  }
}
