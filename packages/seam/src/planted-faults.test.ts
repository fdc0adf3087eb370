import { describe, expect, it } from 'vitest';
import { seamWorld } from '../test/seam-fixtures.ts';
import { effects } from './effects/effects.ts';
import { createComparator } from './index.ts';
import type { SeamCause } from './seam/report-data.ts';

interface Entry {
  readonly account: string;
  readonly cents: number;
}

interface Invoice {
  net: number;
  tax: number | string | bigint;
  dueAt: string;
  note?: string | null;
  lines: { sku: string; price: number }[];
}

/** What both sides write to; one each, so that writes of a shadow would be seen. */
class Ledger {
  readonly written: string[] = [];

  debit(entry: Entry): void {
    this.written.push(`debit ${entry.account}`);
  }

  credit(entry: Entry): void {
    this.written.push(`credit ${entry.account}`);
  }
}

const invoice = (): Invoice => ({
  net: 1_012.345,
  tax: 9_007_199_254_740_993n,
  dueAt: '2026-03-29T00:00:00Z',
  note: null,
  lines: [
    { sku: 'lamp', price: 49.9 },
    { sku: 'shelf', price: 80 },
  ],
});

class CardError extends Error {}
class LimitError extends Error {}

interface Side {
  readonly answer?: (right: Invoice) => unknown;
  readonly writes?: (ledger: Ledger) => void;
}

const ENTRIES = [
  { account: 'a', cents: 100 },
  { account: 'b', cents: 100 },
] as const;

function bookRight(ledger: Ledger): void {
  ledger.debit(ENTRIES[0]);
  ledger.credit(ENTRIES[1]);
}

/** Charges once with this fault in the candidate; the causes found. */
async function causesOf(fault: Side, legacy: Side = {}): Promise<readonly SeamCause[]> {
  // A world of its own for each: the same seam, which has seen nothing else.
  const world = seamWorld();
  const ledger = new Ledger();
  const wrapped = effects(ledger, { writes: ['debit', 'credit'] });
  const run =
    ({ answer = (right) => right, writes = bookRight }: Side) =>
    (): unknown => {
      writes(wrapped);
      return answer(invoice());
    };
  const fn = world.seam({
    name: 'charge',
    legacy: run(legacy),
    candidate: run(fault),
    effects: 'recorded',
    compare: createComparator({ strictNumbers: true }),
  });
  try {
    fn();
  } catch {
    // The caller's own error; what is compared is how the sides ended.
  }
  await world.pass();
  expect(ledger.written).toEqual(['debit a', 'credit b']);
  expect(fn.report().compared).toBe(1);
  return fn.report().causes;
}

const failing = (error: Error) => (): never => {
  throw error;
};

const FAULTS: readonly [name: string, fault: Side, legacy?: Side][] = [
  ['rounding', { answer: (right) => ({ ...right, net: 1_012.35 }) }],
  ['an hour off', { answer: (right) => ({ ...right, dueAt: '2026-03-28T23:00:00Z' }) }],
  [
    'absent instead of null',
    {
      answer: ({ net, tax, dueAt, lines }) => ({ net, tax, dueAt, lines }),
    },
  ],
  [
    'a list in another order',
    { answer: (right) => ({ ...right, lines: right.lines.toReversed() }) },
  ],
  ['lost precision', { answer: (right) => ({ ...right, tax: BigInt(Number(right.tax)) }) }],
  ['two fields swapped', { answer: (right) => ({ ...right, net: right.tax, tax: right.net }) }],
  [
    'another class of error',
    { answer: failing(new LimitError('refused')) },
    { answer: failing(new CardError('refused')) },
  ],
  [
    'an effect too many',
    {
      writes: (ledger) => {
        bookRight(ledger);
        ledger.credit(ENTRIES[1]);
      },
    },
  ],
  ['an effect missing', { writes: (ledger) => ledger.debit(ENTRIES[0]) }],
  [
    'effects out of order',
    {
      writes: (ledger) => {
        ledger.credit(ENTRIES[1]);
        ledger.debit(ENTRIES[0]);
      },
    },
  ],
];

describe('a fault planted in the candidate', () => {
  it('is none where there is none', async () => {
    expect(await causesOf({})).toEqual([]);
  });

  it.each(FAULTS)('is found: %s', async (_, fault, legacy) => {
    expect((await causesOf(fault, legacy)).length).toBeGreaterThan(0);
  });

  it('is told apart from every other one by what is found', async () => {
    const told = new Map<string, string>();
    const ids = new Set<string>();
    for (const [name, fault, legacy] of FAULTS) {
      const causes = await causesOf(fault, legacy);
      const signature = causes
        .map(({ template, kind }) => `${template} ${kind}`)
        .sort()
        .join(' | ');
      expect(told.get(signature)).toBeUndefined();
      for (const { id } of causes) {
        // Fields that were swapped are two causes, and may not be those of another fault either.
        expect(ids.has(id)).toBe(false);
        ids.add(id);
      }
      told.set(signature, name);
    }
    expect(
      Object.fromEntries([...told].map(([signature, name]) => [name, signature])),
    ).toMatchInlineSnapshot(`
      {
        "a list in another order": "$.lines order",
        "absent instead of null": "$.note null-absent",
        "an effect missing": "$.effects[?@.effect=="Ledger.credit"] effect-missing",
        "an effect too many": "$.effects[?@.effect=="Ledger.credit"] effect-extra",
        "an hour off": "$.dueAt string",
        "another class of error": "$.error error",
        "effects out of order": "$.effects[?@.effect=="Ledger.debit"] effect-order",
        "lost precision": "$.tax bigint",
        "rounding": "$.net number",
        "two fields swapped": "$.net type | $.tax type",
      }
    `);
  });
});
