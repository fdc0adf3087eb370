import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Budget } from '../budget.ts';
import { createComparator } from '../create-comparator.ts';
import {
  absentIsNull,
  custom,
  ignore,
  instant,
  keyed,
  pattern,
  sameType,
  strict,
  tolerance,
  unordered,
} from './builders.ts';
import { parseRules } from './parse-rules.ts';
import type { Rule } from './rule.ts';
import { RuleTrie } from './rule-trie.ts';

const MAKERS: Readonly<Record<string, (path: string) => Rule>> = {
  ignore,
  custom: (path) => custom(path, () => true),
  'same-type': sameType,
  unordered,
  tolerance: (path) => tolerance(path, { abs: 1e9 }),
  instant: (path) => instant(path, { within: '1d' }),
  pattern: (path) => pattern(path, ''),
  'absent-is-null': absentIsNull,
  keyed: (path) => keyed(path, 'id'),
};

const isRefused = (...rules: Rule[]): boolean => {
  try {
    parseRules(rules);
    return false;
  } catch (error) {
    expect(error).toMatchObject({ code: 'FW_RULE_STRICT' });
    return true;
  }
};

describe('a strict path', () => {
  it.each([
    // Rule, at the strict path, beneath it, above it.
    ['ignore', true, true, true],
    ['custom', true, true, true],
    ['same-type', true, true, true],
    ['unordered', true, true, true],
    ['tolerance', true, true, false],
    ['instant', true, true, false],
    ['pattern', true, true, false],
    ['absent-is-null', true, true, false],
    ['keyed', false, false, false],
  ])('refuses %s: at it %s, beneath %s, above %s', (name, at, beneath, above) => {
    const make = (path: string): Rule => MAKERS[name]?.(path) ?? ignore(path);
    const found = ['$.a.b', '$.a.b.c', '$.a'].map((path) => isRefused(strict('$.a.b'), make(path)));
    expect(found).toEqual([at, beneath, above]);
    expect(isRefused(strict('$.a.b'), make('$.a.c'))).toBe(false);
  });

  it('refuses whatever the order in the list', () => {
    expect(isRefused(ignore('$.a'), strict('$.a'))).toBe(true);
    expect(isRefused(strict('$.a'), ignore('$.b'), ignore('$..a'))).toBe(true);
  });

  it('without a path is the whole answer', () => {
    expect(strict()).toEqual({ rule: 'strict', path: '$' });
    expect(isRefused(strict(), ignore('$.quotedAt'))).toBe(true);
    expect(isRefused(strict(), keyed('$.lines', 'sku'))).toBe(false);
  });

  it('is refused with the rule, both paths, and what to do', () => {
    const rules = [
      strict('$.lines[*].tax'),
      keyed('$.lines', 'sku'),
      tolerance('$..tax', { abs: 1 }),
    ];
    expect(() => createComparator({ rules })).toThrow(
      'rules[2]: the rule tolerance at "$..tax" can apply at or beneath "$.lines[*].tax", which rules[0] declares strict: nothing there may be excused.',
    );
    expect(() =>
      createComparator({ rules: [ignore('$.lines'), strict('$.lines[0].tax')] }),
    ).toThrow(
      'rules[0]: the rule ignore at "$.lines" can apply around "$.lines[0].tax", which rules[1] declares strict',
    );
  });

  it('changes no verdict, so that the evidence gathered without it still holds', () => {
    const [lax, exact] = [createComparator(), createComparator({ rules: [strict()] })];
    expect(exact.values({ a: 1 }, { a: 1.0 }).result).toBe('equal');
    expect(exact.json('{"a":1.0}', '{"a":1.00}').result).toBe('equal');
    expect(exact.json('{"a":1.0}', '{"a":1.001}').result).toBe('different');
    expect(exact.fingerprint).toBe(lax.fingerprint);
    expect(exact.rules).toEqual([{ rule: 'strict', path: '$' }]);
  });
});

const step = fc.constantFrom(
  '.a',
  '.b',
  '.id',
  '.*',
  '[*]',
  '[0]',
  '[-1]',
  '[1:]',
  '..a',
  '..b',
  '[?@.a]',
);
const path = fc.array(step, { maxLength: 3 }).map((steps) => `$${steps.join('')}`);
const excuse = fc
  .tuple(fc.constantFrom(...Object.values(MAKERS)), path)
  .map(([make, at]) => make(at));

type Json = null | boolean | number | string | Json[] | { [name: string]: Json };
const leaf = fc.constantFrom<Json>(null, true, 1, 2, 'x', '2026-11-20T14:00:00Z');
const document = fc.letrec<{ node: Json }>((tie) => ({
  node: fc.oneof(
    { maxDepth: 3, depthSize: 'large' },
    leaf,
    fc.array(tie('node'), { minLength: 1, maxLength: 3 }),
    fc.dictionary(fc.constantFrom('a', 'b', 'id'), tie('node'), { minKeys: 1, maxKeys: 3 }),
  ),
})).node;

/** Every copy of the document in which one thing at or beneath the strict path was changed. */
function changedCopies(root: Json, strictPath: string): Json[] {
  const trie = new RuleTrie([ignore(strictPath)]);
  const scope = { root, budget: new Budget(1e6) };
  const visit = (node: Json, states: typeof trie.root, isAbove: boolean): Json[] => {
    const isStrict = isAbove || states.ruling.isIgnored;
    if (Array.isArray(node)) {
      const copies = node.flatMap((child, index) => {
        const below = trie.stepToIndex(states, { index, length: node.length, child }, scope);
        return visit(child, below, isStrict).map((copy) => node.with(index, copy));
      });
      return isStrict ? [...copies, [...node, 'fresh'], node.slice(1)] : copies;
    }
    if (typeof node === 'object' && node !== null) {
      const copies = Object.entries(node).flatMap(([name, child]) => {
        const below = trie.stepToName(states, name, child, scope);
        return visit(child, below, isStrict).map((copy) => ({ ...node, [name]: copy }));
      });
      return isStrict ? [...copies, { ...node, fresh: 1 }, {}] : copies;
    }
    if (!isStrict) return [];
    const other =
      typeof node === 'number' ? node + 0.001 : typeof node === 'string' ? `${node} ` : 5;
    return [other, 'fresh', { fresh: 1 }];
  };
  return visit(root, trie.root, false);
}

describe('rules that are accepted beside a strict path', () => {
  it('excuse nothing at it or beneath it, in any document', () => {
    let tried = 0;
    fc.assert(
      fc.property(
        path,
        fc.array(excuse, { minLength: 1, maxLength: 3 }),
        fc.array(document, { minLength: 4, maxLength: 4 }),
        (strictPath, excuses, documents) => {
          fc.pre(!isRefused(strict(strictPath), ...excuses));
          const comparator = createComparator({ rules: [strict(strictPath), ...excuses] });
          for (const legacy of documents) {
            for (const candidate of changedCopies(legacy, strictPath)) {
              if (JSON.stringify(legacy) === JSON.stringify(candidate)) continue;
              tried += 1;
              expect(comparator.values(legacy, candidate).result).toBe('different');
              expect(comparator.json(...texts(legacy, candidate)).result).toBe('different');
            }
          }
        },
      ),
      { numRuns: 500 },
    );
    expect(tried).toBeGreaterThan(1_000);
  });
});

const texts = (a: Json, b: Json): [string, string] => [JSON.stringify(a), JSON.stringify(b)];
