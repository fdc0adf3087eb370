import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Comparison, DifferenceKind } from './comparison.ts';
import { createComparator } from './create-comparator.ts';
import { formatNormalizedPath, formatPath, type PathStep } from './path/format-path.ts';
import {
  absentIsNull,
  custom,
  ignore,
  instant,
  keyed,
  pattern,
  sameType,
  tolerance,
  unordered,
} from './rules/builders.ts';
import type { Rule } from './rules/rule.ts';

const plain = createComparator();

/** Values of every family that fast-check can make, cycles and functions apart. */
const anything = fc.anything({
  withBigInt: true,
  withBoxedValues: true,
  withDate: true,
  withMap: true,
  withNullPrototype: true,
  withObjectString: true,
  withSet: true,
  withSparseArray: true,
  withTypedArray: true,
  maxDepth: 3,
});

const number = fc.oneof(
  fc.integer({ min: -3, max: 3 }),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.constantFrom(0.005, 10.005, 1e21, 1e-7, 2 ** 53),
);
const text = fc.constantFrom('', 'x', 'id-1', 'id-2', '2026-11-20', '2026-11-21T00:00:01Z');
const name = fc.constantFrom('a', 'b', 'c', 'id');

type Json = null | boolean | number | string | Json[] | { [name: string]: Json };

/**
 * Small documents over few names, so that rules often meet nodes and two documents often nearly
 * agree.
 */
const { json } = fc.letrec<{ json: Json }>((tie) => ({
  json: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.constantFrom(null, true, false),
    // JSON has no -0: JSON.stringify writes it as 0.
    number.map((n) => (Object.is(n, -0) ? 0 : n)),
    text,
    fc.array(tie('json'), { maxLength: 4 }),
    fc.dictionary(name, tie('json'), { maxKeys: 4, noNullPrototype: true }) as fc.Arbitrary<Json>,
  ),
}));

const step = fc.constantFrom(
  '.a',
  '.b',
  '.id',
  '[*]',
  '..a',
  '..*',
  '[0]',
  '[-1]',
  '[1:]',
  '[?@.id]',
  "['b','c']",
);
const path = fc.array(step, { maxLength: 3 }).map((steps) => `$${steps.join('')}`);

const isRoughlySame = (legacy: unknown, candidate: unknown): boolean =>
  typeof legacy === typeof candidate &&
  JSON.stringify(legacy)?.length === JSON.stringify(candidate)?.length;

const rule: fc.Arbitrary<Rule> = path.chain((at) =>
  fc.constantFrom<Rule>(
    ignore(at),
    tolerance(at, { abs: 0.005 }),
    tolerance(at, { abs: 2, rel: 0.5 }),
    instant(at, { within: '1d' }),
    unordered(at),
    keyed(at, 'id'),
    pattern(at, '^id-'),
    sameType(at),
    absentIsNull(at),
    custom(at, isRoughlySame),
  ),
);
const rules = fc.array(rule, { maxLength: 4 });

const MIRRORED: Partial<Record<DifferenceKind, DifferenceKind>> = {
  missing: 'extra',
  extra: 'missing',
};

const kindsOf = ({ differences }: Comparison) => differences.map(({ kind }) => kind).sort();

describe('any value', () => {
  it('is equal to itself and to its clone, under any rules', () => {
    fc.assert(
      fc.property(
        fc.clone(anything, 2),
        rules,
        fc.boolean(),
        ([value, clone], list, strictNumbers) => {
          const comparator = createComparator({ rules: list, strictNumbers });
          expect(comparator.values(value, value).result).toBe('equal');
          expect(comparator.values(value, clone).result).toBe('equal');
        },
      ),
      { numRuns: 1_000 },
    );
  });

  it('is compared with any other without a throw, the same both ways round', () => {
    fc.assert(
      fc.property(anything, anything, rules, (legacy, candidate, list) => {
        const comparator = createComparator({ rules: list });
        const forward = comparator.values(legacy, candidate);
        const backward = comparator.values(candidate, legacy);
        expect(backward.result).toBe(forward.result);
        expect(forward.failure).toBeUndefined();
      }),
      { numRuns: 1_000 },
    );
  });

  it('differs by mirrored kinds when the sides change places', () => {
    fc.assert(
      fc.property(json, json, (legacy, candidate) => {
        const mirrored = kindsOf(plain.values(candidate, legacy)).map(
          (kind) => MIRRORED[kind] ?? kind,
        );
        expect(mirrored.sort()).toEqual(kindsOf(plain.values(legacy, candidate)));
      }),
      { numRuns: 1_000 },
    );
  });

  it('is never made different by a rule: rules only excuse', () => {
    fc.assert(
      fc.property(json, json, rules, (legacy, candidate, list) => {
        const excused = createComparator({ rules: list }).values(legacy, candidate);
        if (plain.values(legacy, candidate).result === 'equal')
          expect(excused.result).toBe('equal');
      }),
      { numRuns: 1_000 },
    );
  });
});

/** All positions of a document, the root included. */
function positionsOf(value: Json, at: PathStep[] = []): PathStep[][] {
  if (Array.isArray(value)) {
    return [at, ...value.flatMap((item, index) => positionsOf(item, [...at, index]))];
  }
  if (typeof value !== 'object' || value === null) return [at];
  return [at, ...Object.entries(value).flatMap(([key, child]) => positionsOf(child, [...at, key]))];
}

/** The document with one position changed by `edit`, which gets the container and the key. */
function edited(
  document: Json,
  steps: readonly PathStep[],
  edit: (container: Record<PathStep, Json> & Json[], key: PathStep) => void,
): Json {
  const root = { document: structuredClone(document) };
  const all = ['document', ...steps];
  let container: unknown = root;
  for (const key of all.slice(0, -1)) container = (container as Record<PathStep, unknown>)[key];
  edit(container as never, all.at(-1) ?? '');
  return root.document;
}

/** A document, one of its positions, and a value that is none of the document's. */
const scenario = json.chain((document) =>
  fc.record({
    document: fc.constant(document),
    steps: fc.constantFrom(...positionsOf(document)),
    planted: fc.constantFrom<Json>('planted', 77, { planted: true }, ['planted']),
  }),
);

/** Both ways of comparing documents, which must agree. */
const compareBoth = (legacy: Json, candidate: Json, list: readonly Rule[] = []): Comparison => {
  const comparator = createComparator({ rules: list });
  const comparison = comparator.values(legacy, candidate);
  expect(comparator.json(JSON.stringify(legacy), `${JSON.stringify(candidate)} `)).toEqual(
    comparison,
  );
  return comparison;
};

describe('a single planted mutation', () => {
  it('is found at its path when a value was replaced', () => {
    fc.assert(
      fc.property(scenario, ({ document, steps, planted }) => {
        const candidate = edited(document, steps, (container, key) => {
          (container as Record<PathStep, Json>)[key] = planted;
        });
        const { differences } = compareBoth(document, candidate);
        // A container that met a container of its own shape is entered, and the difference lies
        // just beneath.
        expect(differences.length).toBeGreaterThan(0);
        for (const difference of differences)
          expect(difference.path.startsWith(formatPath(steps))).toBe(true);
        const isScalar = typeof planted !== 'object';
        if (isScalar)
          expect(differences.map((difference) => difference.path)).toEqual([formatPath(steps)]);
      }),
      { numRuns: 1_000 },
    );
  });

  it('is found at its path when a member is gone, and in its array when an element is', () => {
    fc.assert(
      fc.property(scenario, ({ document, steps }) => {
        fc.pre(steps.length > 0);
        const candidate = edited(document, steps, (container, key) => {
          if (Array.isArray(container)) container.splice(key as number, 1);
          else delete (container as Record<PathStep, Json>)[key];
        });
        const { differences } = compareBoth(document, candidate);
        expect(differences).toHaveLength(1);
        expect(differences[0]?.kind).toMatch(/^missing|null-absent$/);
        expect(differences[0]?.candidate).toBe('absent');
        const isElement = typeof steps.at(-1) === 'number';
        // Which of several equal elements is gone nobody can tell; that one of this array is must
        // be told.
        const expected = formatPath(isElement ? steps.slice(0, -1) : steps);
        expect(differences[0]?.path.startsWith(expected)).toBe(true);
        if (!isElement) expect(differences[0]?.path).toBe(expected);
      }),
      { numRuns: 1_000 },
    );
  });

  it('is found when an element was inserted, as one difference', () => {
    fc.assert(
      fc.property(scenario, ({ document, steps, planted }) => {
        fc.pre(typeof steps.at(-1) === 'number');
        const candidate = edited(document, steps, (container, key) => {
          container.splice(key as number, 0, planted);
        });
        const { differences } = compareBoth(document, candidate);
        expect(differences.map(({ path: at, kind }) => [at, kind])).toEqual([
          [formatPath(steps), 'extra'],
        ]);
      }),
      { numRuns: 1_000 },
    );
  });

  it('is excused by an ignore rule on its path or above it, and by no other', () => {
    fc.assert(
      fc.property(scenario, fc.nat(), ({ document, steps, planted }, cut) => {
        const candidate = edited(document, steps, (container, key) => {
          (container as Record<PathStep, Json>)[key] = planted;
        });
        const above = steps.slice(0, cut % (steps.length + 1));
        expect(compareBoth(document, candidate, [ignore(formatPath(above))]).result).toBe('equal');
        expect(compareBoth(document, candidate, [ignore(formatNormalizedPath(above))]).result).toBe(
          'equal',
        );
        const beside = [...steps.slice(0, -1), 'elsewhere'];
        expect(compareBoth(document, candidate, [ignore(formatPath(beside))]).result).toBe(
          'different',
        );
      }),
      { numRuns: 500 },
    );
  });
});

describe('JSON text', () => {
  it('gets the very verdict that its values get, under any rules', () => {
    fc.assert(
      fc.property(json, json, rules, (legacy, candidate, list) => {
        compareBoth(legacy, candidate, list);
      }),
      { numRuns: 2_000 },
    );
  });

  it('is compared without a throw whatever it is', () => {
    const anyText = fc.oneof(
      fc.json(),
      fc.string({ unit: 'binary' }),
      fc
        .array(fc.constantFrom(...'{}[]",:0.eE-\\u tfn'), { maxLength: 20 })
        .map((list) => list.join('')),
    );
    fc.assert(
      fc.property(anyText, anyText, rules, (legacy, candidate, list) => {
        const comparator = createComparator({ rules: list });
        const forward = comparator.json(legacy, candidate);
        expect(forward.failure).toBeUndefined();
        expect(comparator.json(candidate, legacy).result).toBe(forward.result);
        expect(comparator.json(legacy, legacy).result).toBe('equal');
      }),
      { numRuns: 1_000 },
    );
  });
});

function* permutationsOf<Item>(items: readonly Item[]): Generator<Item[]> {
  if (items.length === 0) yield [];
  for (const [i, item] of items.entries()) {
    const others = items.filter((_, at) => at !== i);
    for (const rest of permutationsOf(others)) yield [item, ...rest];
  }
}

describe('unordered', () => {
  it('excuses exactly what some permutation excuses, whatever the rules beneath', () => {
    const beneath = fc.constantFrom<Rule>(
      tolerance('$[*]', { abs: 2 }),
      tolerance('$[*].a', { abs: 1 }),
      ignore('$[*].b'),
      ignore('$[*]..id'),
      absentIsNull('$[*].c'),
      sameType('$[*].a'),
      pattern('$[*]', '^id-'),
      unordered('$[*].a'),
      keyed('$[*].a', 'id'),
      ignore('$[?@.id].a'),
      custom('$[*].a', isRoughlySame),
    );
    const array = fc.array(json, { maxLength: 4 });
    const pair = fc.oneof(
      fc.tuple(array, array),
      array.chain((list) =>
        fc.tuple(fc.constant(list), fc.shuffledSubarray(list, { minLength: list.length })),
      ),
    );
    fc.assert(
      fc.property(pair, fc.array(beneath, { maxLength: 3 }), ([legacy, candidate], list) => {
        const inOrder = createComparator({ rules: list });
        const isSomeEqual =
          legacy.length === candidate.length &&
          [...permutationsOf(candidate)].some(
            (order) => inOrder.values(legacy, order).result === 'equal',
          );
        const { result } = compareBoth(legacy, candidate, [unordered('$'), ...list]);
        if (isSomeEqual) expect(result).toBe('equal');
        else if (legacy.length === candidate.length) expect(result).toBe('different');
      }),
      { numRuns: 2_000 },
    );
  });
});
