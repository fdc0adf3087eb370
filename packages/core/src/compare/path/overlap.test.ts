import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Budget } from '../budget.ts';
import { selectNodes } from './evaluate.ts';
import { isSelected } from './evaluate-filter.ts';
import { overlapOf } from './overlap.ts';
import { parsePath } from './parse-path.ts';

const between = (first: string, second: string): string => {
  const { isAtOrBeneath, isAtOrAbove } = overlapOf(parsePath(first), parsePath(second));
  if (isAtOrBeneath && isAtOrAbove) return 'both';
  return isAtOrBeneath ? 'beneath' : isAtOrAbove ? 'above' : 'apart';
};

describe('the nodes of a second path, seen from a first', () => {
  it.each([
    ['$.a', '$.a', 'both'],
    ['$.a', '$.b', 'apart'],
    ['$.a', '$.a.b', 'beneath'],
    ['$.a.b', '$.a', 'above'],
    ['$', '$.a', 'beneath'],
    ['$.a', '$', 'above'],
    ['$.a', '$.*', 'both'],
    ['$.a', '$[*].x', 'beneath'],
    ["$['a','b']", '$.b.c', 'beneath'],
    ["$['a','b']", "$['c','d']", 'apart'],
    ['$.a', '$..a', 'both'],
    ['$.a.b', '$..c', 'beneath'],
    ['$..a', '$.b', 'above'],
    ['$.b', '$..a.b', 'beneath'],
    ['$..a.b', '$..b.a', 'both'],
    ['$.a', '$.a[?@.x > 1]', 'beneath'],
    ['$.a.b', '$[?@.x].c', 'apart'],
    ['$.lines[0]', '$.lines[1]', 'both'],
    ['$.lines[-1]', '$.lines[5:7]', 'both'],
    ['$.lines[*].tax', '$.lines[0].id', 'apart'],
    ['$.lines[0]', '$.lines.length', 'apart'],
    ['$.lines[1:]', '$.lines["1"]', 'apart'],
    ['$.a', '$.a[::0]', 'apart'],
    ['$.a[::0].b', '$.a', 'apart'],
    ['$.a[::0,1].b', '$.a', 'above'],
    ['$..*', '$.a', 'both'],
  ])('%s and %s are %s', (first, second, relation) => {
    expect(between(first, second)).toBe(relation);
  });
});

const selector = fc.constantFrom(
  "'a'",
  "'b'",
  "'c'",
  '*',
  '0',
  '1',
  '-1',
  '1:',
  ':1',
  '::2',
  '-2:',
  '::-1',
  '::0',
  '?@.a',
  '?length(@) > 1',
);
const segment = fc
  .tuple(fc.boolean(), fc.array(selector, { minLength: 1, maxLength: 2 }))
  .map(([isDescendant, selectors]) => `${isDescendant ? '..' : ''}[${selectors.join()}]`);
const path = fc.array(segment, { maxLength: 4 }).map((segments) => `$${segments.join('')}`);

/** Containers only, so that every node is an object of its own and can be told by identity. */
const document = fc.letrec<{ node: object }>((tie) => ({
  node: fc.oneof(
    { maxDepth: 4, depthSize: 'medium' },
    fc.constantFrom('o', 'a').map((kind) => (kind === 'o' ? {} : [])),
    fc.array(tie('node'), { minLength: 1, maxLength: 3 }),
    fc.dictionary(fc.constantFrom('a', 'b', 'c'), tie('node'), { minKeys: 1, maxKeys: 3 }),
  ),
})).node;

function nodesOf(text: string, root: object): readonly object[] {
  const scope = { root, budget: new Budget(1e6) };
  const query = { kind: 'query', from: '$', ...parsePath(text) } as const;
  const found = selectNodes(query, root, scope, (selector, child, within) => {
    return selector.kind === 'filter' && isSelected(selector.condition, child, within);
  });
  return found as object[];
}

/** The node and all that lies beneath it. */
function family(node: object): object[] {
  return [node, ...Object.values(node).flatMap((child: object) => family(child))];
}

describe('two paths that are called apart', () => {
  it('select nothing that meets, in any document', () => {
    let met = 0;
    fc.assert(
      fc.property(path, path, fc.array(document, { minLength: 5, maxLength: 5 }), (a, b, roots) => {
        const overlap = overlapOf(parsePath(a), parsePath(b));
        for (const root of roots) {
          const [first, second] = [nodesOf(a, root), nodesOf(b, root)];
          const beneath = new Set(first.flatMap(family));
          const around = new Set(second.flatMap(family));
          const isBeneath = second.some((node) => beneath.has(node));
          const isAround = first.some((node) => around.has(node));
          if (isBeneath || isAround) met += 1;
          if (isBeneath) expect(overlap.isAtOrBeneath).toBe(true);
          if (isAround) expect(overlap.isAtOrAbove).toBe(true);
        }
      }),
      { numRuns: 1_000 },
    );
    // Otherwise the documents have nothing to do with the paths.
    expect(met).toBeGreaterThan(500);
  });
});
