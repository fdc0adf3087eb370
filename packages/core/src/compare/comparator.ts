import { fingerprint } from '../text/index.ts';
import { Budget } from './budget.ts';
import { type Comparison, EQUAL, incomplete, type Outcome } from './comparison.ts';
import { JsonInvalid } from './json/json-nodes.ts';
import { parseJson } from './json/parse-json.ts';
import { type Limits, parseLimits } from './limits.ts';
import { checkOptions, requireObject } from './rules/check-options.ts';
import { parseRules } from './rules/parse-rules.ts';
import type { Rule } from './rules/rule.ts';
import { RuleTrie } from './rules/rule-trie.ts';
import { summarise } from './summary.ts';
import { ABSENT, AccessorProperty } from './values/family.ts';
import { plainJson } from './values/plain.ts';
import { show } from './values/show.ts';
import { type Documents, Walker, type WalkSettings } from './walk/walker.ts';

// Raised whenever the same rules may judge the same pair differently than before: it opens a new
// epoch, because evidence gathered by another judge proves nothing about this one.
const COMPARATOR_VERSION = 1;

export interface ComparatorOptions {
  /** What may differ. Of two rules on one node see {@link Rule} for which counts. */
  readonly rules?: readonly Rule[];
  /** Numbers must be written alike: 1.0 ≠ 1.00, 0 ≠ -0, 5 ≠ 5n. */
  readonly strictNumbers?: boolean;
  readonly limits?: Partial<Limits>;
}

/**
 * Judges pairs of answers. None of its methods ever throws or changes what it is given, whatever
 * that is; a comparison costs at most `limits.nodesMax` visited values and `limits.depthMax` levels
 * of the call stack.
 */
export interface Comparator {
  /**
   * Sixteen hexadecimal digits that change whenever rules, options, limits or the comparator's
   * version do.
   */
  readonly fingerprint: string;
  readonly rules: readonly Rule[];
  /** Compares two JavaScript values. Getters on own properties are not invoked. */
  values(legacy: unknown, candidate: unknown): Comparison;
  /**
   * Compares two JSON texts without loss: numbers as written, repeated names seen, blanks and BOM
   * ignored.
   */
  json(legacyText: string, candidateText: string): Comparison;
  /**
   * Compares how two runs ended. Thrown values are compared at `$.error`, where rules may reach
   * them.
   */
  outcomes(legacy: Outcome, candidate: Outcome): Comparison;
}

/**
 * Compiles rules into a comparator. Throws what {@link parseRules} throws, and
 * FW_RULE_OPTION_UNKNOWN or FW_RULE_OPTION_INVALID for the other options.
 *
 * ```ts
 * const rules = [keyed('$.lines', 'sku'), tolerance('$.lines[*].tax', { abs: 0.005 })];
 * const comparator = createComparator({ rules });
 * const legacy = { lines: [{ sku: 'A', tax: 10.005 }] };
 * comparator.values(legacy, { lines: [{ sku: 'A', tax: 10 }] }).result; // equal
 * ```
 */
export function createComparator(options: ComparatorOptions = {}): Comparator {
  checkOptions(requireObject(options, 'the options of createComparator'), OPTION_SHAPES, {
    at: 'createComparator',
    of: 'the options',
  });
  return new RuleComparator(
    parseRules(options.rules ?? []),
    options.strictNumbers ?? false,
    parseLimits(options.limits),
  );
}

const ANYTHING = { expected: 'given', isValid: () => true, isOptional: true };

const OPTION_SHAPES = {
  rules: ANYTHING,
  limits: ANYTHING,
  strictNumbers: {
    expected: 'true or false',
    isValid: (value: unknown) => typeof value === 'boolean',
    isOptional: true,
  },
};

class RuleComparator implements Comparator {
  readonly fingerprint: string;
  readonly rules: readonly Rule[];
  readonly #limits: Limits;
  readonly #settings: WalkSettings;

  constructor(rules: readonly Rule[], areNumbersStrict: boolean, limits: Limits) {
    this.rules = rules;
    this.#limits = limits;
    this.#settings = { trie: new RuleTrie(rules), limits, areNumbersStrict };
    this.fingerprint = fingerprint(
      JSON.stringify([COMPARATOR_VERSION, areNumbersStrict, limits, rules.map(identityOf)]),
    );
  }

  values(legacy: unknown, candidate: unknown): Comparison {
    return guarded(() =>
      this.#walk({ legacy, candidate, userValue }, (walker) =>
        walker.compare(legacy, candidate, walker.rootPlace),
      ),
    );
  }

  json(legacyText: string, candidateText: string): Comparison {
    return guarded(() => this.#compareTexts(legacyText, candidateText));
  }

  outcomes(legacy: Outcome, candidate: Outcome): Comparison {
    return guarded(() => this.#compareOutcomes(legacy, candidate));
  }

  #compareTexts(legacyText: string, candidateText: string): Comparison {
    // The same bytes are the same answer, even where they are no JSON.
    if (legacyText === candidateText) return EQUAL;
    const budget = new Budget(this.#limits.nodesMax);
    const legacy = parseJson(legacyText, budget);
    const candidate = parseJson(candidateText, budget);
    if (budget.isSpent) return incomplete('nodes');
    const isInvalid = legacy instanceof JsonInvalid || candidate instanceof JsonInvalid;
    return this.#walk({ legacy, candidate, userValue: plainJson }, (walker) => {
      if (isInvalid) walker.report('json-invalid', walker.rootPlace, legacy, candidate);
      else walker.compare(legacy, candidate, walker.rootPlace);
    });
  }

  #compareOutcomes(legacy: Outcome, candidate: Outcome): Comparison {
    if (legacy.ok && candidate.ok) return this.values(legacy.value, candidate.value);
    if (!legacy.ok && !candidate.ok) return this.#compareThrown(legacy.error, candidate.error);
    return differentOutcomes(
      shownOutcome(legacy, this.#limits.textLengthMax),
      shownOutcome(candidate, this.#limits.textLengthMax),
    );
  }

  #compareThrown(legacy: unknown, candidate: unknown): Comparison {
    const documents = { legacy: { error: legacy }, candidate: { error: candidate }, userValue };
    return this.#walk(documents, (walker) =>
      walker.compare(
        legacy,
        candidate,
        walker.memberPlace(walker.rootPlace, 'error', legacy, candidate),
      ),
    );
  }

  #walk(documents: Documents, compare: (walker: Walker) => void): Comparison {
    const walker = new Walker(this.#settings, documents, new Budget(this.#limits.nodesMax));
    compare(walker);
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
    differences: [{ path: '$', kind, legacy, candidate }],
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
function guarded(compare: () => Comparison): Comparison {
  try {
    return compare();
  } catch (error) {
    return incomplete('failure', show(error, 200));
  }
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
