import type { Segment, Selector } from '../path/path-query.ts';

/** A way from one trie node to the next: any of the selectors of one segment. */
export interface Edge {
  readonly selectors: readonly Selector[];
  readonly target: TrieNode;
}

/**
 * A node of the trie into which the paths of all rules are merged, shared beginnings once.
 * `children` are tried on the step down from a node in this state; `descendants` too, and on every
 * step below that as well.
 */
export interface TrieNode {
  readonly id: number;
  readonly children: readonly Edge[];
  readonly descendants: readonly Edge[];
  /** Positions in the rule list of the rules whose path ends here. */
  readonly rules: readonly number[];
  /** The state that stays live below, holding only `descendants`; null when there are none. */
  readonly descent: TrieNode | null;
}

interface GrowingNode extends TrieNode {
  readonly children: GrowingEdge[];
  readonly descendants: GrowingEdge[];
  readonly rules: number[];
  descent: GrowingNode | null;
}

interface GrowingEdge extends Edge {
  /**
   * The segment as text. Parsed segments are plain data, so segments that select alike have one
   * text.
   */
  readonly key: string;
  readonly target: GrowingNode;
}

/** Merges rule paths into a trie. */
export class TrieBuilder {
  #nextId = 0;
  readonly #top = this.#node([]);

  get top(): TrieNode {
    return this.#top;
  }

  insert(segments: readonly Segment[], rule: number): void {
    let node = this.#top;
    for (const segment of segments) node = this.#follow(node, segment);
    node.rules.push(rule);
  }

  #follow(node: GrowingNode, segment: Segment): GrowingNode {
    const edges = segment.isDescendant ? node.descendants : node.children;
    const key = JSON.stringify(segment.selectors);
    const known = edges.find((edge) => edge.key === key);
    if (known !== undefined) return known.target;
    const edge = { key, selectors: segment.selectors, target: this.#node([]) };
    edges.push(edge);
    if (segment.isDescendant) node.descent ??= this.#descentOf(node);
    return edge.target;
  }

  /**
   * The list of descendant edges is shared, not copied: edges added later must be live below as
   * well.
   */
  #descentOf(node: GrowingNode): GrowingNode {
    const descent = this.#node(node.descendants);
    descent.descent = descent;
    return descent;
  }

  #node(descendants: GrowingEdge[]): GrowingNode {
    this.#nextId += 1;
    return { id: this.#nextId, children: [], descendants, rules: [], descent: null };
  }
}
