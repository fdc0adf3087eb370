import { Budget } from '../budget.ts';
import { DEPTH_MAX } from '../limits.ts';
import type { RuleStates } from '../rules/rule-states.ts';
import { RuleTrie } from '../rules/rule-trie.ts';
import { Place } from '../walk/place.ts';
import { stringEnd } from './scan.ts';
import { decodeUtf8 } from './utf8.ts';

const QUOTE = 0x22;
const BACKSLASH = 0x5c;

// Steps that do not depend on the document, since states that do are never asked for them here.
const NOWHERE = { root: undefined, budget: new Budget(0) };
const ANY_ELEMENT = { index: 0, length: 0, child: undefined };
const UNMENTIONED = Symbol('a name that no rule mentions');

/**
 * Where a walk through two texts stands: for each open container, by depth, what it is, where it
 * starts and which child is being looked at. Numbers in arrays that outlive the walk, so that
 * walking leaves nothing behind; names and rules are looked up only where something differs.
 */
export class Trail {
  /** One for an object, zero for an array. */
  readonly kinds = new Uint8Array(DEPTH_MAX);
  /** Where the container starts in legacy, and how much further on it starts in the candidate. */
  readonly starts = new Int32Array(DEPTH_MAX);
  readonly shifts = new Int32Array(DEPTH_MAX);
  /** Of an object where the present member's name starts in legacy, of an array the index. */
  readonly steps = new Int32Array(DEPTH_MAX);
  /** One for an array whose elements a {@link Judge} took for paired in their order. */
  readonly assumed = new Uint8Array(DEPTH_MAX);
  trie = new RuleTrie([]);
  readonly #bytes: Uint8Array;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  isObject(depth: number): boolean {
    return this.kinds[depth] === 1;
  }

  /**
   * The rules at the child that is being looked at, given those at its container. They must not
   * depend on the document: no filters, and no indices of an array.
   */
  rulesAtChild(states: RuleStates, depth: number): RuleStates {
    if (!this.isObject(depth)) return this.trie.stepToIndex(states, ANY_ELEMENT, NOWHERE);
    const name = this.#mentionedName(states, depth) ?? UNMENTIONED;
    return this.trie.stepToName(states, name, undefined, NOWHERE);
  }

  /** The place of the value that lies `depth` containers down. */
  placeAt(depth: number): Place {
    let place = new Place(null, null, this.trie.root, this.trie.root);
    for (let level = 0; level < depth; level += 1) {
      const step = this.isObject(level) ? this.#name(level) : (this.steps[level] as number);
      const states = this.rulesAtChild(place.legacyRules, level);
      place = new Place(place, step, states, states);
    }
    return place;
  }

  /** False when the present member may have this name; true when it certainly has another. */
  isNamedOtherwise(depth: number, name: string): boolean {
    return this.#isNamePlain(depth) && !this.#isNamed(depth, name);
  }

  #mentionedName(states: RuleStates, depth: number): string | null {
    for (const name of states.mentioned) {
      if (this.#isNamed(depth, name)) return name;
    }
    if (states.mentioned.length === 0 || this.#isNamePlain(depth)) return null;
    const name = this.#name(depth);
    return states.names.has(name) ? name : null;
  }

  /** Compares byte by byte, so only names of plain ASCII are recognised, written as they are. */
  #isNamed(depth: number, name: string): boolean {
    const start = (this.steps[depth] as number) + 1;
    for (let i = 0; i < name.length; i += 1) {
      const unit = name.charCodeAt(i);
      if (unit !== this.#bytes[start + i] || !isPlainByte(unit)) return false;
    }
    return this.#bytes[start + name.length] === QUOTE;
  }

  #isNamePlain(depth: number): boolean {
    let at = (this.steps[depth] as number) + 1;
    while (isPlainByte(this.#bytes[at] as number)) at += 1;
    return this.#bytes[at] === QUOTE;
  }

  #name(depth: number): string {
    const start = this.steps[depth] as number;
    const end = stringEnd(this.#bytes, start, 'string');
    return JSON.parse(decodeUtf8(this.#bytes, start, end)) as string;
  }
}

/** A byte that means itself in a JSON string, and is a character of its own. */
function isPlainByte(byte: number): boolean {
  return byte >= 0x20 && byte < 0x80 && byte !== QUOTE && byte !== BACKSLASH;
}
