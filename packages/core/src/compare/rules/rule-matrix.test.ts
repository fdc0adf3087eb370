import { describe, expect, it } from 'vitest';
import { createComparator } from '../create-comparator.ts';
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
} from './builders.ts';
import type { Rule } from './rule.ts';

/** Each rule on `$.x`, under the heading it has in the table. */
const RULES: Readonly<Record<string, Rule | null>> = {
  none: null,
  ignore: ignore('$.x'),
  tolerance: tolerance('$.x', { abs: 0.5 }),
  instant: instant('$.x', { within: '1s' }),
  unordered: unordered('$.x'),
  keyed: keyed('$.x', 'id'),
  pattern: pattern('$.x', '^id-'),
  'same-type': sameType('$.x'),
  'absent-is-null': absentIsNull('$.x'),
  'custom yes': custom('$.x', () => true),
  'custom no': custom('$.x', () => false),
};

const absent = Symbol('absent');

const PAIRS: readonly (readonly [name: string, legacy: unknown, candidate: unknown])[] = [
  ['1 / 1', 1, 1],
  ['1 / 1.5', 1, 1.5],
  ['1 / 2', 1, 2],
  ['"1" / "1.5"', '1', '1.5'],
  ['"id-1" / "id-2"', 'id-1', 'id-2'],
  ['"id-1" / "no-2"', 'id-1', 'no-2'],
  ['epoch / +1 s', 1_763_647_200, 1_763_647_201],
  ['ISO / +1 s', '2026-11-20T14:00:00Z', '2026-11-20T14:00:01Z'],
  ['ISO / +2 s', '2026-11-20T14:00:00Z', '2026-11-20T14:00:02Z'],
  ['Date / +1 s', new Date(0), new Date(1_000)],
  ['true / false', true, false],
  ['null / absent', null, absent],
  ['undefined / absent', undefined, absent],
  ['null / undefined', null, undefined],
  ['1 / absent', 1, absent],
  ['absent / 1', absent, 1],
  ['null / 0', null, 0],
  ['1 / "1"', 1, '1'],
  ['[1,2] / [2,1]', [1, 2], [2, 1]],
  ['[1,2] / [1]', [1, 2], [1]],
  ['[1] / {"0":1}', [1], { 0: 1 }],
  ['ids 1,2 / 2,1', [{ id: 1 }, { id: 2 }], [{ id: 2 }, { id: 1 }]],
  ['id 1 / id 1, n', [{ id: 1 }], [{ id: 1, n: 1 }]],
  ['{a:1} / {a:2}', { a: 1 }, { a: 2 }],
  ['error a / error b', new Error('a'), new Error('b')],
  ['Error / TypeError', new Error('a'), new TypeError('a')],
  ['Set 1,2 / 2,1', new Set([1, 2]), new Set([2, 1])],
];

const holder = (x: unknown): object => (x === absent ? {} : { x });

function verdict(rule: Rule | null, legacy: unknown, candidate: unknown): string {
  const comparator = createComparator({ rules: rule === null ? [] : [rule] });
  const { result, differences } = comparator.values(holder(legacy), holder(candidate));
  if (result !== 'different') return result === 'equal' ? '·' : result;
  return differences.map(({ path, kind }) => `${path.slice(3)} ${kind}`.trim()).join(', ');
}

/** One block for each pair: what plain comparison says, then the rules that say something else. */
function describePair([name, legacy, candidate]: (typeof PAIRS)[number]): string {
  const verdicts = Object.entries(RULES).map(
    ([heading, rule]) => [heading, verdict(rule, legacy, candidate)] as const,
  );
  const plain = verdicts[0]?.[1];
  const others = verdicts.filter(([, text]) => text !== plain);
  const excused = others.filter(([, text]) => text === '·').map(([heading]) => heading);
  const renamed = others.filter(([, text]) => text !== '·').map((pair) => pair.join(' → '));
  const lines = [`${name}: ${plain}`];
  if (excused.length > 0) lines.push(`  excused by ${excused.join(', ')}`);
  if (renamed.length > 0) lines.push(`  under ${renamed.join('; ')}`);
  return lines.join('\n');
}

describe('every rule on every kind of pair', () => {
  it('excuses what its name says and nothing else', () => {
    expect(PAIRS.map(describePair).join('\n')).toMatchInlineSnapshot(`
      "1 / 1: ·
      1 / 1.5: number
        excused by ignore, tolerance, instant, same-type, custom yes
        under custom no → custom
      1 / 2: number
        excused by ignore, instant, same-type, custom yes
        under custom no → custom
      "1" / "1.5": string
        excused by ignore, same-type, custom yes
        under instant → instant; pattern → pattern; custom no → custom
      "id-1" / "id-2": string
        excused by ignore, pattern, same-type, custom yes
        under instant → instant; custom no → custom
      "id-1" / "no-2": string
        excused by ignore, same-type, custom yes
        under instant → instant; pattern → pattern; custom no → custom
      epoch / +1 s: number
        excused by ignore, instant, same-type, custom yes
        under custom no → custom
      ISO / +1 s: string
        excused by ignore, instant, same-type, custom yes
        under pattern → pattern; custom no → custom
      ISO / +2 s: string
        excused by ignore, same-type, custom yes
        under instant → instant; pattern → pattern; custom no → custom
      Date / +1 s: date
        excused by ignore, instant, same-type, custom yes
        under custom no → custom
      true / false: boolean
        excused by ignore, same-type, custom yes
        under custom no → custom
      null / absent: null-absent
        excused by ignore, absent-is-null, custom yes
        under custom no → custom
      undefined / absent: undefined-absent
        excused by ignore, absent-is-null, custom yes
        under custom no → custom
      null / undefined: type
        excused by ignore, absent-is-null, custom yes
        under custom no → custom
      1 / absent: missing
        excused by ignore, custom yes
        under custom no → custom
      absent / 1: extra
        excused by ignore, custom yes
        under custom no → custom
      null / 0: type
        excused by ignore, custom yes
        under custom no → custom
      1 / "1": type
        excused by ignore, custom yes
        under custom no → custom
      [1,2] / [2,1]: order
        excused by ignore, unordered, same-type, custom yes
        under keyed → [0] number, [1] number; custom no → custom
      [1,2] / [1]: [1] missing
        excused by ignore, same-type, custom yes
        under keyed → missing-key; custom no → custom
      [1] / {"0":1}: type
        excused by ignore, custom yes
        under custom no → custom
      ids 1,2 / 2,1: order
        excused by ignore, unordered, keyed, same-type, custom yes
        under custom no → custom
      id 1 / id 1, n: [0].n extra
        excused by ignore, same-type, custom yes
        under custom no → custom
      {a:1} / {a:2}: .a number
        excused by ignore, same-type, custom yes
        under custom no → custom
      error a / error b: .message string
        excused by ignore, same-type, custom yes
        under custom no → custom
      Error / TypeError: error
        excused by ignore, custom yes
        under custom no → custom
      Set 1,2 / 2,1: ·"
    `);
  });

  it('gives the same verdict with the sides exchanged', () => {
    for (const [, legacy, candidate] of PAIRS) {
      for (const rule of Object.values(RULES)) {
        const forward = verdict(rule, legacy, candidate);
        const backward = verdict(rule, candidate, legacy);
        expect(backward === '·').toBe(forward === '·');
      }
    }
  });
});
