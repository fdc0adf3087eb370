import fc from 'fast-check';
import { compile } from 'json-p3';
import { describe, expect, it } from 'vitest';
import { Budget } from '../budget.ts';
import type { PathStep } from '../path/format-path.ts';
import { ignore, keyed, unordered } from './builders.ts';
import type { RuleStates } from './rule-states.ts';
import { RuleTrie } from './rule-trie.ts';

/** Walks a whole document with the trie and lists the nodes at which the rule applies. */
function selectedByTrie(document: unknown, path: string): string[] {
  const trie = new RuleTrie([ignore(path)]);
  const scope = { root: document, budget: new Budget(1e9) };
  const selected: string[] = [];
  const visit = (node: unknown, steps: PathStep[], states: RuleStates): void => {
    if (states.ruling.isIgnored) selected.push(JSON.stringify(steps));
    if (Array.isArray(node)) {
      node.forEach((child, index) => {
        const next = trie.stepToIndex(states, { index, length: node.length, child }, scope);
        visit(child, [...steps, index], next);
      });
    } else if (typeof node === 'object' && node !== null) {
      for (const [name, child] of Object.entries(node)) {
        visit(child, [...steps, name], trie.stepToName(states, name, child, scope));
      }
    }
  };
  visit(document, [], trie.root);
  return selected.sort();
}

function selectedByOracle(document: unknown, path: string): string[] {
  const nodes = compile(path).query(document as never).nodes;
  return [...new Set(nodes.map((node) => JSON.stringify(node.location)))].sort();
}

// Few names and small numbers, so that random paths often select something in random documents.
const name = fc.constantFrom('a', 'b', 'c', 'sku', "it's", 'ä', '');
const scalar = fc.oneof(
  fc.constantFrom(null, true, false, 0, 1, 2, -1, 1.5, 'a', 'b', 'A1', '', 'ab'),
  fc.integer({ min: -3, max: 3 }),
);
const { document } = fc.letrec<{ document: unknown }>((tie) => ({
  document: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    scalar,
    fc.array(tie('document'), { maxLength: 4 }),
    fc.dictionary(name, tie('document'), { maxKeys: 4, noNullPrototype: true }),
  ),
}));

const bound = fc.option(fc.integer({ min: -4, max: 4 }), { nil: undefined });
const quotedName = name.map((text) => `'${text.replace("'", "\\'")}'`);
const slice = fc
  .tuple(bound, bound, bound)
  .map(
    ([start, end, step]) => `${start ?? ''}:${end ?? ''}${step === undefined ? '' : `:${step}`}`,
  );
const literal = fc.constantFrom(
  '0',
  '1',
  '-1',
  '1.5',
  '1e0',
  "'a'",
  '"ab"',
  'null',
  'true',
  'false',
);
const singular = fc
  .tuple(
    fc.constantFrom('@', '@', '$'),
    fc.array(
      fc.oneof(
        quotedName.map((n) => `[${n}]`),
        fc.integer({ min: -2, max: 2 }).map((i) => `[${i}]`),
      ),
      {
        maxLength: 2,
      },
    ),
  )
  .map(([from, steps]) => from + steps.join(''));
const query = fc.oneof(
  singular,
  fc
    .tuple(singular, fc.constantFrom('.*', '..a', '[0:2]', "['a','b']", '..*'))
    .map(([q, more]) => q + more),
);
const operator = fc.constantFrom('==', '!=', '<', '<=', '>', '>=');
const operand = fc.oneof(
  literal,
  singular,
  singular.map((q) => `length(${q})`),
  query.map((q) => `count(${q})`),
  query.map((q) => `value(${q})`),
);
const comparison = fc.tuple(operand, operator, operand);
const { condition } = fc.letrec<{ condition: string }>((tie) => ({
  condition: fc.oneof(
    { depthSize: 'small', maxDepth: 3 },
    query,
    comparison.map((p) => p.join(' ')),
    fc
      .tuple(
        fc.constantFrom('match', 'search'),
        singular,
        fc.constantFrom("'a.?'", "'[A-Z]'", "'b'"),
      )
      // The oracle lets an array of one string pass for that string; the comparison keeps it to
      // strings.
      .map(([f, subject, pattern]) => `(${subject} >= '' && ${f}(${subject}, ${pattern}))`),
    tie('condition').map((c) => `!(${c})`),
    fc
      .tuple(tie('condition'), fc.constantFrom('&&', '||'), tie('condition'))
      .map((p) => `(${p.join(' ')})`),
  ),
}));
const selector = fc.oneof(
  quotedName,
  fc.constant('*'),
  fc.integer({ min: -3, max: 3 }).map(String),
  slice,
  condition.map((c) => `?${c}`),
);
const segment = fc.oneof(
  fc.array(selector, { minLength: 1, maxLength: 3 }).map((list) => `[${list.join(', ')}]`),
  fc.array(selector, { minLength: 1, maxLength: 2 }).map((list) => `..[${list.join(',')}]`),
  fc.constantFrom('.a', '.b', '.*', '..a', '..*', '..sku'),
);
const path = fc.array(segment, { maxLength: 4 }).map((segments) => `$${segments.join('')}`);

describe('the rule trie', () => {
  it('selects exactly the nodes that an independent RFC 9535 implementation selects', () => {
    fc.assert(
      fc.property(document, path, (doc, text) => {
        expect(selectedByTrie(doc, text)).toEqual(selectedByOracle(doc, text));
      }),
      { numRuns: 3_000 },
    );
  });

  it('shares a beginning, and is the same state wherever the same rules lie ahead', () => {
    const trie = new RuleTrie([
      ignore('$.a.b'),
      ignore("$['a']['c']"),
      ignore('$.d.b'),
      ignore('$.d.c'),
    ]);
    const scope = { root: null, budget: new Budget(10) };
    const a = trie.stepToName(trie.root, 'a', null, scope);
    expect(a.nodes).toHaveLength(1);
    expect(trie.stepToName(trie.root, 'a', null, scope)).toBe(a);
    expect([...a.names]).toEqual(['b', 'c']);
    expect(trie.stepToName(trie.root, 'x', null, scope)).toBe(trie.dead);
    expect(trie.stepToIndex(trie.root, { index: 0, length: 1, child: null }, scope)).toBe(
      trie.dead,
    );
  });

  it('keeps a descendant rule alive at every depth without growing', () => {
    const trie = new RuleTrie([ignore('$..id')]);
    const scope = { root: null, budget: new Budget(10) };
    let states = trie.stepToName(trie.root, 'a', null, scope);
    const first = states;
    for (let depth = 0; depth < 1_000; depth += 1) {
      states = trie.stepToName(states, `level-${depth}`, null, scope);
      states = trie.stepToIndex(states, { index: depth, length: 1_000, child: null }, scope);
    }
    expect(states).toBe(first);
    expect(trie.stepToName(states, 'id', null, scope).ruling.isIgnored).toBe(true);
  });

  it('resolves negative indices with the length of the array at hand', () => {
    const trie = new RuleTrie([ignore('$[-1]')]);
    const scope = { root: null, budget: new Budget(10) };
    const at = (index: number, length: number) =>
      trie.stepToIndex(trie.root, { index, length, child: null }, scope).ruling.isIgnored;
    expect([at(2, 3), at(2, 4), at(3, 4), at(0, 1)]).toEqual([true, false, true, true]);
    expect(trie.stepToName(trie.root, '-1', null, scope)).toBe(trie.dead);
  });

  it('lets a symbol be reached by wildcards and filters only', () => {
    const key = Symbol('a');
    const scope = { root: null, budget: new Budget(10) };
    const isReached = (path: string) => {
      const trie = new RuleTrie([ignore(path)]);
      return trie.stepToName(trie.root, key, 5, scope).ruling.isIgnored;
    };
    expect(['$.a', '$.*', '$..*', '$[?@ == 5]', '$[?@ == 6]'].map(isReached)).toEqual([
      false,
      true,
      true,
      true,
      false,
    ]);
  });

  it('unites the rules of both sides in list order', () => {
    const trie = new RuleTrie([keyed('$.a', 'id'), unordered('$.b')]);
    const scope = { root: null, budget: new Budget(10) };
    const a = trie.stepToName(trie.root, 'a', null, scope);
    const b = trie.stepToName(trie.root, 'b', null, scope);
    expect(trie.rulingAt(b, a).pairing).toBe('unordered');
    expect(trie.rulingAt(a, trie.dead).pairing).toEqual({ by: 'id' });
    expect(trie.rulingAt(trie.dead, b).pairing).toBe('unordered');
  });
});
