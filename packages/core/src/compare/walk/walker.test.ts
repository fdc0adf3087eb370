import { describe, expect, it } from 'vitest';
import type { Comparison } from '../comparison.ts';
import { createComparator } from '../create-comparator.ts';
import { custom, ignore, sameType, unordered } from '../rules/builders.ts';
import type { Rule } from '../rules/rule.ts';

const found = ({ result, differences }: Comparison): string[] =>
  differences.length === 0 ? [result] : differences.map(({ path, kind }) => `${path} ${kind}`);

const compare = (legacy: unknown, candidate: unknown, ...rules: Rule[]) =>
  found(createComparator({ rules }).values(legacy, candidate));

/** A value that contains itself after `length` steps by the name `next`. */
function ring(length: number, label = 'x'): object {
  const first: Record<string, unknown> = { label };
  let last = first;
  for (let i = 1; i < length; i += 1) {
    const link = { label };
    last.next = link;
    last = link;
  }
  last.next = first;
  return first;
}

const nest = (levels: number, inner: unknown): unknown => {
  let value = inner;
  for (let i = 0; i < levels; i += 1) value = { a: value };
  return value;
};

describe('cycles', () => {
  it.each([
    [ring(1), ring(1), ['equal']],
    [ring(3), ring(3), ['equal']],
    [ring(1), ring(2), ['$.next cycle']],
    [ring(2), ring(1), ['$.next cycle']],
    [ring(2, 'x'), ring(2, 'y'), ['$.label string', '$.next.label string']],
    [ring(1), { label: 'x', next: { label: 'x' } }, ['$.next cycle']],
  ])('%o and %o: %j', (legacy, candidate, differences) => {
    expect(compare(legacy, candidate)).toEqual(differences);
  });

  it('may run through arrays, maps, sets and bags', () => {
    const build = () => {
      const list: unknown[] = [1];
      list.push(list, new Map([['self', list]]), new Set([list]));
      return list;
    };
    expect(compare(build(), build())).toEqual(['equal']);
    expect(compare(build(), build(), unordered('$'), unordered('$..*'))).toEqual(['equal']);
  });

  it('are not seen in an object that merely occurs twice', () => {
    const shared = { n: 1 };
    expect(compare({ a: shared, b: shared }, { a: { n: 1 }, b: { n: 1 } })).toEqual(['equal']);
    expect(compare({ a: shared, b: shared }, { a: { n: 1 }, b: { n: 2 } })).toEqual([
      '$.b.n number',
    ]);
  });
});

describe('limits', () => {
  it('leave unseen what is nested too deep, and say so', () => {
    expect(createComparator().values(nest(200, 1), nest(200, 1)).result).toBe('equal');
    const tooDeep = createComparator().values(nest(201, 1), nest(201, 2));
    expect([tooDeep.result, tooDeep.stop]).toEqual(['incomplete', 'depth']);
  });

  it('still report the difference beside what is nested too deep', () => {
    const { result, stop, differences } = createComparator().values(
      { deep: nest(300, 1), near: 1 },
      { deep: nest(300, 1), near: 2 },
    );
    expect([result, stop, differences[0]?.path]).toEqual(['different', 'depth', '$.near']);
  });

  it('bear the deepest setting, with the costliest rules at every level', () => {
    const rules = [unordered('$..*'), custom('$..[?@.never]', () => true)];
    const comparator = createComparator({ rules, limits: { depthMax: 250 } });
    const nestArrays = (inner: unknown) => {
      let value = inner;
      for (let i = 0; i < 240; i += 1) value = [value];
      return value;
    };
    expect(comparator.values(nestArrays(1), nestArrays(1)).failure).toBeUndefined();
    expect(comparator.values(nestArrays(1), nestArrays(1)).result).toBe('equal');
    expect(comparator.values(nestArrays(1), nestArrays(2)).differenceCount).toBe(1);
    expect(comparator.values(nest(240, 1), nest(240, 2)).differenceCount).toBe(1);
  });

  it('end a comparison that costs too much', () => {
    // Sixty levels of a diamond: 2^60 paths through a hundred objects.
    const diamond = () => {
      let value: object = { n: 1 };
      for (let i = 0; i < 60; i += 1) value = { left: value, right: value };
      return value;
    };
    const { result, stop } = createComparator().values(diamond(), diamond());
    expect([result, stop]).toEqual(['incomplete', 'nodes']);
  });

  it('count filters as work: a quadratic rule ends the comparison, not the process', () => {
    const rules = [ignore('$[?count($[*]) < 0]')];
    const list = Array.from({ length: 20_000 }, (_, i) => i);
    const { result, stop } = createComparator({ rules }).values(
      list,
      list.map((n) => -1 - n),
    );
    expect([result, stop]).toEqual(['different', 'nodes']);
  });

  it('end the walk after ten thousand differences', () => {
    const legacy = Array.from({ length: 30_000 }, (_, i) => i);
    const comparison = createComparator().values(
      legacy,
      legacy.map((n) => -1 - n),
    );
    expect(comparison).toMatchObject({
      result: 'different',
      stop: 'differences',
      isTruncated: true,
    });
    expect(comparison.differenceCount).toBe(10_000);
    expect(comparison.causes).toEqual([{ template: '$[*]', kind: 'number', count: 10_000 }]);
  });
});

describe('precedence', () => {
  it('lets ignore win over everything, custom included', () => {
    let calls = 0;
    const veto = custom('$.a', () => {
      calls += 1;
      return false;
    });
    expect(compare({ a: 1 }, { a: 2 }, veto, ignore('$.a'))).toEqual(['equal']);
    expect(calls).toBe(0);
  });

  it('lets custom decide alone, over same-type', () => {
    expect(
      compare(
        { a: 1 },
        { a: 2 },
        sameType('$.a'),
        custom('$.a', () => false),
      ),
    ).toEqual(['equal']);
    expect(
      compare(
        { a: 1 },
        { a: 'x' },
        sameType('$.a'),
        custom('$.a', () => false),
      ),
    ).toEqual(['$.a custom']);
  });

  it('lets same-type excuse content but not a change of type', () => {
    const rule = sameType('$.a');
    expect(compare({ a: [1] }, { a: [2, 3] }, rule)).toEqual(['equal']);
    expect(compare({ a: new Date(1) }, { a: new Date(2) }, rule)).toEqual(['equal']);
    expect(compare({ a: 1 }, { a: '1' }, rule)).toEqual(['$.a type']);
    expect(compare({ a: 1 }, {}, rule)).toEqual(['$.a missing']);
    expect(compare({ a: new Error('x') }, { a: new Error('y') }, rule)).toEqual(['equal']);
    expect(compare({ a: new Error('x') }, { a: new TypeError('x') }, rule)).toEqual(['$.a error']);
  });

  it('applies a rule whose path selects the node on either side', () => {
    const rule = ignore("$.lines[?@.state == 'draft'].total");
    const line = (state: string, total: number) => ({ lines: [{ state, total }] });
    expect(compare(line('draft', 1), line('final', 2), rule)).toEqual(['$.lines[0].state string']);
    expect(compare(line('final', 1), line('draft', 2), rule)).toEqual(['$.lines[0].state string']);
    expect(compare(line('final', 1), line('final', 2), rule)).toEqual(['$.lines[0].total number']);
  });

  it('does not apply a rule to a side that has no node there', () => {
    expect(compare({ list: {} }, { list: { k: { off: 1 } } }, ignore('$.list[?!@.off]'))).toEqual([
      '$.list.k extra',
    ]);
    expect(compare({ list: [] }, { list: [{ off: 1 }] }, ignore('$.list[?!@.off]'))).toEqual([
      '$.list[0] extra',
    ]);
  });

  it('never mixes the two sides within one path', () => {
    // Legacy selects a, not its b; the candidate selects the b, not its a: neither selects $.a.b.
    const rule = ignore('$[?@.on].b[?@.on].c');
    const legacy = { a: { on: 1, b: { x: { c: 1 } } } };
    const candidate = { a: { b: { x: { on: 1, c: 2 } } } };
    expect(compare(legacy, candidate, rule)).toContain('$.a.b.x.c number');
  });
});

describe('custom rules', () => {
  const seen = (rulePath: string, legacy: string, candidate: string) => {
    const calls: unknown[][] = [];
    const rule = custom(rulePath, (...sides) => {
      calls.push(sides);
      return true;
    });
    expect(createComparator({ rules: [rule] }).json(legacy, candidate).result).toBe('equal');
    return calls;
  };

  it('see plain values, big integers whole, and nothing as undefined', () => {
    expect(seen('$.a', '{"a":[1.0]}', '{"a":[9007199254740993]}')).toEqual([
      [[1], [9007199254740993n]],
    ]);
    expect(seen('$.a', '{"a":null}', '{}')).toEqual([[null, undefined]]);
  });

  it('see a getter as undefined: it was not invoked', () => {
    const calls: unknown[][] = [];
    const rule = custom('$.a', (...sides) => {
      calls.push(sides);
      return true;
    });
    const lazy = {
      get a() {
        return 5;
      },
    };
    expect(compare(lazy, { a: 5 }, rule)).toEqual(['equal']);
    expect(calls).toEqual([[undefined, 5]]);
  });

  it('are asked only where something differs', () => {
    expect(seen('$.*', '{"a":1,"b":[1,2]}', '{"a":1.0,"b":[1,3]}')).toEqual([
      [
        [1, 2],
        [1, 3],
      ],
    ]);
  });

  it('see what the other rules beneath them left over', () => {
    const calls: unknown[][] = [];
    const rules = [
      custom('$.a', (...sides) => {
        calls.push(sides);
        return true;
      }),
      ignore('$.a.at'),
    ];
    expect(compare({ a: { at: 1, n: 1 } }, { a: { at: 2, n: 1 } }, ...rules)).toEqual(['equal']);
    expect(calls).toEqual([]);
  });

  it.each([
    ['says no', () => false, '$.a custom'],
    [
      'throws',
      () => {
        throw new Error('no');
      },
      '$.a rule-failed',
    ],
    ['promises', async () => true, '$.a rule-failed'],
    ['returns something truthy', () => 1 as unknown as boolean, '$.a rule-failed'],
    ['returns nothing', () => undefined as unknown as boolean, '$.a rule-failed'],
  ])('make a difference when one %s', (_, isSame, difference) => {
    expect(compare({ a: 1 }, { a: 2 }, custom('$.a', isSame as () => boolean))).toEqual([
      difference,
    ]);
  });
});
