import type { RuleStates } from '../rules/rule-states.ts';
import type { Ruling } from '../rules/ruling.ts';
import type { Trail } from './trail.ts';

type Pairing = Ruling['pairing'];

/**
 * What the rules above a difference make of it. `excused`: a container around it, or the value
 * itself, is not looked at. `by-nodes`: a container around it can only be judged when it is parsed.
 * `by-itself`: the value that differs decides.
 */
export type Stand = 'excused' | 'by-nodes' | 'by-itself';

/**
 * Looks from the root down to a difference for the rules that have a say in it. Only ever asked
 * where something differs: rules excuse, so equal bytes need none. What it found is in its fields
 * until it is asked again, so that asking leaves nothing behind.
 */
export class Judge {
  readonly #trail: Trail;
  /** How many containers down the value lies that the answer is about. */
  level = 0;
  /**
   * The outermost container around the difference that has a rule which looks at its whole content
   * (custom, unordered, keyed) and may excuse what nothing beneath it does; -1 when there is none.
   */
  arbiter = -1;

  constructor(trail: Trail) {
    this.#trail = trail;
  }

  /** How the difference of the values that lie `depth` containers down is to be settled. */
  look(depth: number): Stand {
    this.arbiter = -1;
    let states = this.#trail.trie.root;
    for (let level = 0; level < depth; level += 1) {
      const stand = this.#lookAtContainer(states, level, depth);
      if (stand !== 'by-itself') return stand;
      states = this.#trail.rulesAtChild(states, level);
    }
    this.level = depth;
    return states.ruling.isIgnored ? 'excused' : 'by-itself';
  }

  /** Both sides have a container of one kind here, else the walk would not have gone in. */
  #lookAtContainer(states: RuleStates, level: number, depth: number): Stand {
    const { isIgnored, isSameTypeEnough, isSame, pairing } = states.ruling;
    this.level = level;
    if (isIgnored || isSameTypeEnough) return 'excused';
    const isArray = !this.#trail.isObject(level);
    const isPaired = isArray && pairing !== null;
    if (this.arbiter < 0 && (isSame !== null || isPaired)) this.arbiter = level;
    const isFixed = !states.hasFilters && !(isArray && states.hasPositions);
    if (isFixed && (!isPaired || this.#isPairedInOrder(pairing, level, depth))) return 'by-itself';
    if (this.arbiter >= 0) this.level = this.arbiter;
    return 'by-nodes';
  }

  /**
   * Whatever pairs the elements pairs those that stand opposite each other if they are equal: of a
   * keyed array because their keys are, unless the difference may lie in the key itself; of an
   * unordered one because that is a way to pair them all.
   */
  #isPairedInOrder(pairing: NonNullable<Pairing>, level: number, depth: number): boolean {
    if (pairing === 'unordered') {
      this.#trail.assumed[level] = 1;
      return true;
    }
    const element = level + 1;
    if (element >= depth || !this.#trail.isObject(element)) return false;
    return this.#trail.isNamedOtherwise(element, pairing.by);
  }
}
