import { describe, expect, it } from 'vitest';
import type { Comparison } from './comparison.ts';
import { createComparator } from './create-comparator.ts';
import { instant, keyed, pattern, sameType, tolerance, unordered } from './rules/builders.ts';
import { signaturesOf } from './signature.ts';

/** An answer of an order service, with a bit of everything that goes wrong in a rewrite. */
const answer = () => ({
  id: 'ord_81f3',
  createdAt: '2026-03-29T01:30:00+01:00',
  total: 107.1,
  accountId: 9007199254740991,
  note: null as string | null,
  customer: { first: 'Ann', last: 'Lee' },
  lines: [
    { sku: 'A-1', quantity: 2, price: 20, tax: 3.8 },
    { sku: 'B-7', quantity: 1, price: 50, tax: 9.5 },
    { sku: 'C-3', quantity: 5, price: 0.2, tax: 0.19 },
  ],
  tags: ['gift', 'express'],
  balances: { EUR: { amount: 10 }, 'acc-10023': { amount: 5 }, 'acc-10024': { amount: 6 } },
});

type Answer = ReturnType<typeof answer>;
type Plant = (answer: Answer) => unknown;

/** A fault, how a build makes it, and the one cause that must be told: template and kind. */
const FAULTS: readonly [string, Plant, string][] = [
  ['rounding', (a) => ({ ...a, total: 107.09 }), '$.total number'],
  [
    'an hour lost to daylight saving',
    (a) => ({ ...a, createdAt: '2026-03-29T02:30:00+01:00' }),
    '$.createdAt string',
  ],
  ['null become nothing', ({ note, ...rest }) => (note === null ? rest : {}), '$.note null-absent'],
  ['null become an empty string', (a) => ({ ...a, note: '' }), '$.note type'],
  ['lines in another order', (a) => ({ ...a, lines: a.lines.toReversed() }), '$.lines order'],
  ['a line too few', (a) => ({ ...a, lines: a.lines.slice(1) }), '$.lines[*] missing'],
  ['a line twice', (a) => ({ ...a, lines: [...a.lines, a.lines[2]] }), '$.lines[*] extra'],
  ['precision lost', (a) => ({ ...a, accountId: a.accountId - 1 }), '$.accountId number'],
  ['a number become text', (a) => ({ ...a, total: String(a.total) }), '$.total type'],
  [
    'another tax on one line',
    (a) => ({ ...a, lines: a.lines.map((l) => (l.sku === 'B-7' ? { ...l, tax: 9.51 } : l)) }),
    '$.lines[*].tax number',
  ],
  [
    'another amount in every account',
    (a) => ({
      ...a,
      balances: { ...a.balances, 'acc-10023': { amount: 0 }, 'acc-10024': { amount: 0 } },
    }),
    '$.balances[*].amount number',
  ],
  ['a new field', (a) => ({ ...a, debug: true }), '$.debug extra'],
  ['a list become null', (a) => ({ ...a, tags: null }), '$.tags type'],
];

const causesOf = (comparison: Comparison) =>
  signaturesOf(comparison, 'orders').map(({ template, kind }) => `${template} ${kind}`);

describe('a planted fault', () => {
  const plain = createComparator();

  it.each(FAULTS)('is found with its own signature: %s', (_, plant, cause) => {
    const candidate = plant(answer());
    expect(causesOf(plain.values(answer(), candidate))).toEqual([cause]);
    const texts = [JSON.stringify(answer()), JSON.stringify(candidate)] as const;
    expect(causesOf(plain.json(...texts))).toEqual([cause]);
  });

  it('is found with two signatures when two fields were swapped', () => {
    const candidate = { ...answer(), customer: { first: 'Lee', last: 'Ann' } };
    expect(causesOf(plain.values(answer(), candidate))).toEqual([
      '$.customer.first string',
      '$.customer.last string',
    ]);
  });

  it('has a signature that no other fault has', () => {
    const ids = FAULTS.map(([, plant]) => {
      const [signature] = signaturesOf(plain.values(answer(), plant(answer())), 'orders');
      return signature?.id;
    });
    expect(new Set(ids).size).toBe(FAULTS.length);
  });

  it('keeps its signature when the answer around it is another one', () => {
    const other = () => ({ ...answer(), id: 'ord_0000', lines: answer().lines.slice(0, 1) });
    const idOf = (legacy: Answer) =>
      signaturesOf(plain.values(legacy, { ...legacy, total: 1 }), 'orders')[0]?.id;
    expect(idOf(other())).toBe(idOf(answer()));
  });
});

describe('a comparison of one build with itself', () => {
  const rules = [
    pattern('$.id', '^ord_[0-9a-f]{4}$'),
    instant('$.createdAt', { within: '5s' }),
    keyed('$.lines', 'sku'),
    unordered('$.tags'),
    tolerance('$..tax', { abs: 0.005 }),
    sameType('$.accountId'),
  ];
  const comparator = createComparator({ rules });

  /** What differs from run to run without being a fault. */
  const again = () => ({
    ...answer(),
    id: 'ord_0b2c',
    createdAt: '2026-03-29T00:30:04Z',
    accountId: 7,
    lines: answer().lines.toReversed(),
    tags: ['express', 'gift'],
  });

  it('passes once each source of noise has its rule', () => {
    expect(comparator.values(answer(), again()).result).toBe('equal');
    expect(comparator.json(JSON.stringify(answer()), JSON.stringify(again())).result).toBe('equal');
    expect(createComparator().values(answer(), again()).causes).toHaveLength(5);
  });

  it.each(FAULTS.filter(([name]) => !/order|precision|hour|twice/.test(name)))(
    'and still finds beneath the noise: %s',
    (_, plant, cause) => {
      const noisy = again();
      const candidate = plant(noisy);
      expect(causesOf(comparator.values(answer(), candidate))).toEqual([cause]);
    },
  );

  it('finds a line that occurs twice as what it is under the rule: a key that does', () => {
    const candidate = { ...again(), lines: [...again().lines, again().lines[0]] };
    expect(causesOf(comparator.values(answer(), candidate))).toEqual(['$.lines[*] duplicate-key']);
  });

  it('finds the hour that was lost, since five seconds do not excuse it', () => {
    const candidate = { ...again(), createdAt: '2026-03-29T02:30:00+01:00' };
    expect(causesOf(comparator.values(answer(), candidate))).toEqual(['$.createdAt instant']);
  });
});
