import { fingerprint } from '../text/index.ts';
import { Budget } from './budget.ts';
import type { Comparator, ValuesOptions } from './comparator.ts';
import { type Comparison, EQUAL, incomplete, type Outcome } from './comparison.ts';
import type { JsonInput } from './json/both.ts';
import { JsonInvalid } from './json/json-nodes.ts';
import { areEqualInLockStep } from './json/lock-step.ts';
import { parseJsonInput } from './json/parse-json.ts';
import { areSameInput } from './json/same-input.ts';
import type { Limits } from './limits.ts';
import type { Rule } from './rules/rule.ts';
import { RuleTrie } from './rules/rule-trie.ts';
import { summarise } from './summary.ts';
import { ABSENT, AccessorProperty } from './values/family.ts';
import { plainJson } from './values/plain.ts';
import { show } from './values/show.ts';
import { type Documents, Walker, type WalkSettings } from './walk/walker.ts';

// Raised whenever the same rules may judge the same pair differently than before: it opens a new
// epoch, because evidence gathered by another judge proves nothing about this one.
const COMPARATOR_VERSION = 3;

/** The comparator's settings, checked. */
export interface RuleComparatorSettings {
  readonly rules: readonly Rule[];
  readonly areNumbersStrict: boolean;
  readonly limits: Limits;
  /** See {@link WalkSettings}. */
  readonly isFast: boolean;
}

/** The comparator that {@link createComparator} makes. */
export class RuleComparator implements Comparator {
  readonly fingerprint: string;
  readonly rules: readonly Rule[];
  readonly #limits: Limits;
  readonly #settings: WalkSettings;

  constructor({ rules, areNumbersStrict, limits, isFast }: RuleComparatorSettings) {
    this.rules = rules;
    this.#limits = limits;
    // A strict path has done its work once the rules are accepted: a walk has nothing to ask there,
    // and declaring one is no reason to gather the evidence again.
    const excuses = rules.filter(({ rule }) => rule !== 'strict');
    this.#settings = { trie: new RuleTrie(excuses), limits, areNumbersStrict, isFast };
    this.fingerprint = fingerprint(
      JSON.stringify([COMPARATOR_VERSION, areNumbersStrict, limits, excuses.map(identityOf)]),
    );
  }

  values(legacy: unknown, candidate: unknown, { isData = false }: ValuesOptions = {}): Comparison {
    try {
      const walker = this.#walker({ legacy, candidate, userValue, isData });
      walker.compare(legacy, candidate, walker.rootPlace);
      return this.#summary(walker);
    } catch (error) {
      return failed(error);
    }
  }

  json(legacy: JsonInput, candidate: JsonInput): Comparison {
    try {
      // The same text is the same answer, even where it is no JSON.
      if (legacy === candidate) return EQUAL;
      const isProven =
        this.#settings.isFast && areEqualInLockStep(legacy, candidate, this.#settings);
      return isProven ? EQUAL : this.#compareParsed(legacy, candidate);
    } catch (error) {
      return failed(error);
    }
  }

  outcomes(legacy: Outcome, candidate: Outcome): Comparison {
    try {
      return this.#compareOutcomes(legacy, candidate);
    } catch (error) {
      return failed(error);
    }
  }

  #compareParsed(legacyInput: JsonInput, candidateInput: JsonInput): Comparison {
    if (areSameInput(legacyInput, candidateInput)) return EQUAL;
    const budget = new Budget(this.#limits.nodesMax);
    const legacy = parseJsonInput(legacyInput, budget);
    const candidate = parseJsonInput(candidateInput, budget);
    if (budget.isSpent) return incomplete('nodes');
    const walker = this.#walker({ legacy, candidate, userValue: plainJson, isData: true });
    const place = walker.rootPlace;
    const isInvalid = legacy instanceof JsonInvalid || candidate instanceof JsonInvalid;
    if (isInvalid) walker.report('json-invalid', place, legacy, candidate);
    else walker.compare(legacy, candidate, place);
    return this.#summary(walker);
  }

  #compareOutcomes(legacy: Outcome, candidate: Outcome): Comparison {
    const isData = legacy.isData === true && candidate.isData === true;
    if (legacy.ok && candidate.ok) return this.values(legacy.value, candidate.value, { isData });
    if (!legacy.ok && !candidate.ok) {
      return this.#compareThrown(legacy.error, candidate.error, isData);
    }
    return differentOutcomes(
      shownOutcome(legacy, this.#limits.textLengthMax),
      shownOutcome(candidate, this.#limits.textLengthMax),
    );
  }

  #compareThrown(legacy: unknown, candidate: unknown, isData: boolean): Comparison {
    const documents = { legacy: { error: legacy }, candidate: { error: candidate } };
    const walker = this.#walker({ ...documents, userValue, isData });
    const place = walker.memberPlace(walker.rootPlace, 'error', legacy, candidate);
    walker.compare(legacy, candidate, place);
    return this.#summary(walker);
  }

  #walker(documents: Documents): Walker {
    return new Walker(this.#settings, documents, new Budget(this.#limits.nodesMax));
  }

  #summary(walker: Walker): Comparison {
    return summarise(walker.findings, walker.stop, this.#limits);
  }
}

/**
 * Success against failure. No rule excuses it: rules speak of what an answer holds, not of whether
 * there is one.
 */
function differentOutcomes(legacy: string, candidate: string): Comparison {
  const kind = 'outcome';
  return {
    result: 'different',
    differences: [{ path: '$', kind, cause: 0, legacy, candidate }],
    differenceCount: 1,
    causes: [{ template: '$', kind, count: 1 }],
    isTruncated: false,
  };
}

function shownOutcome(outcome: Outcome, lengthMax: number): string {
  return outcome.ok
    ? `returned ${show(outcome.value, lengthMax)}`
    : `threw ${show(outcome.error, lengthMax)}`;
}

/**
 * A failure of ours is an incomplete comparison: it is counted and shown, and is never taken for a
 * match.
 */
function failed(error: unknown): Comparison {
  return incomplete('failure', show(error, 200));
}

function userValue(node: unknown): unknown {
  return node === ABSENT || node instanceof AccessorProperty ? undefined : node;
}

/**
 * What of a rule counts for the fingerprint. A function is known by its source; what it closes over
 * stays unseen.
 */
function identityOf(rule: Rule): unknown {
  if (rule.rule !== 'custom') return rule;
  return [rule.rule, rule.path, Function.prototype.toString.call(rule.isSame)];
}
