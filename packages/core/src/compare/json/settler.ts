import { Budget } from '../budget.ts';
import { DEFAULT_LIMITS, DEPTH_MAX } from '../limits.ts';
import { RuleTrie } from '../rules/rule-trie.ts';
import { plainJson } from '../values/plain.ts';
import { Walker, type WalkSettings } from '../walk/walker.ts';
import type { Both } from './both.ts';
import { JsonInvalid } from './json-nodes.ts';
import { Judge } from './judge.ts';
import { parseJson } from './parse-json.ts';
import { valueEnd } from './scan.ts';
import { decodeUtf8 } from './utf8.ts';

/** What a walk answers besides a position, in legacy, where a value ends. */
export const WALK = {
  /** Not shown to be equal: different, invalid, too deep, or more than is decided here. */
  unproven: -1,
  /** To be settled at a container further up: {@link Settler.level} says how deep it lies. */
  above: -2,
} as const;

// Settling a container reads it once more, and one around it may have to be settled afterwards.
// Documents in which that goes on and on are not worth it; they are parsed.
const BYTES_READ_AGAIN_MAX = 1 << 20;

const DETACHED = { legacy: undefined, candidate: undefined, userValue: plainJson, isData: true };

/**
 * Decides what becomes of a difference between two texts: whether the rules excuse it, and where
 * the walk goes on. What no rule ignores is parsed, that value only, and given to the full walker.
 */
export class Settler {
  /** How many containers down the value lies that must be settled, after `WALK.above`. */
  level = 0;
  readonly #both: Both;
  readonly #judge: Judge;
  #settings: WalkSettings = {
    trie: new RuleTrie([]),
    limits: DEFAULT_LIMITS,
    areNumbersStrict: false,
    isFast: true,
  };
  #isExcused = false;
  #bytesLeft = 0;
  // Made when they are needed, which is seldom: a match leaves nothing behind.
  #parsing: Budget | null = null;
  #walker: Walker | null = null;

  constructor(both: Both) {
    this.#both = both;
    this.#judge = new Judge(both.trail);
  }

  /** Forgets the last pair of documents. */
  reset(settings: WalkSettings): void {
    this.#settings = settings;
    this.#bytesLeft = BYTES_READ_AGAIN_MAX;
    this.#parsing = null;
    this.#walker = null;
  }

  /** The values at `at`, `depth` containers down, differ. */
  differ(at: number, depth: number): number {
    const stand = this.#judge.look(depth);
    this.level = this.#judge.level;
    this.#isExcused = stand === 'excused';
    return this.level === depth ? this.#settle(at, depth) : WALK.above;
  }

  /** A container that was gone into differs otherwise than in the content of a child. */
  differAsWhole(depth: number): number {
    return this.differ(this.#goBack(depth), depth);
  }

  /** A container that was gone into is where the last difference must be settled. */
  settleWhole(depth: number): number {
    return this.#settle(this.#goBack(depth), depth);
  }

  #goBack(depth: number): number {
    const { trail } = this.#both;
    const at = trail.starts[depth] as number;
    this.#both.goBack(at, trail.shifts[depth] as number);
    return at;
  }

  #settle(at: number, depth: number): number {
    const end = this.#endOf(at);
    const candidateEnd = this.#endOf(at + this.#both.shift);
    if (end < 0 || candidateEnd < 0) return WALK.unproven;
    if (!this.#isExcused && !this.#isExcusedByNodes(at, end, candidateEnd, depth)) {
      return this.#appeal(depth);
    }
    this.#both.align(end, candidateEnd);
    return end;
  }

  #endOf(at: number): number {
    if (this.#bytesLeft < 0) return WALK.unproven;
    const { bytes, origin } = this.#both;
    const end = valueEnd(bytes, at, origin, DEPTH_MAX);
    this.#bytesLeft -= end - at;
    return end;
  }

  /** Nothing here excuses it; a rule that looks at a container as a whole still may. */
  #appeal(depth: number): number {
    this.#judge.look(depth);
    this.#isExcused = false;
    this.level = this.#judge.arbiter;
    return this.level < 0 ? WALK.unproven : WALK.above;
  }

  #isExcusedByNodes(at: number, end: number, candidateEnd: number, depth: number): boolean {
    // A filter may ask for any other part of the document, and only this one is parsed.
    if (this.#settings.trie.hasRootQueries) return false;
    const { bytes, shift, trail } = this.#both;
    const legacy = this.#parse(decodeUtf8(bytes, at, end));
    const candidate = this.#parse(decodeUtf8(bytes, at + shift, candidateEnd));
    if (legacy instanceof JsonInvalid || candidate instanceof JsonInvalid) return false;
    this.#walker ??= new Walker(this.#settings, DETACHED, this.#newBudget());
    const walker = this.#walker;
    const place = trail.placeAt(depth);
    const isEqual = walker.probe(() => walker.compare(legacy, candidate, place));
    return isEqual && walker.stop === undefined;
  }

  #parse(text: string): unknown {
    this.#parsing ??= this.#newBudget();
    return parseJson(text, this.#parsing);
  }

  #newBudget(): Budget {
    return new Budget(this.#settings.limits.nodesMax);
  }
}
