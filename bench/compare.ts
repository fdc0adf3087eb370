// What judging a pair of answers costs: against parsing both and comparing them without any rule,
// and against the libraries that list differences. All on one document, an order of 7 kB. The
// contenders of a group run in turns; every figure is a median over the rounds.
import assert from 'node:assert/strict';
import { type Comparison, createComparator, signaturesOf } from '@falsework/core/compare';
import equal from 'fast-deep-equal';
import * as jsondiffpatch from 'jsondiffpatch';
import microdiff from 'microdiff';
import type { Ratios } from './benches.ts';
import {
  order,
  quotedLater,
  reordered,
  TEN_RULES,
  withFiveFaults,
} from './support/compare-documents.ts';
import { bytesPerCall } from './support/compare-memory.ts';
import { type Contender, microseconds, race, ratio, type Times } from './support/compare-rounds.ts';
import { table } from './support/table.ts';

/** How many times one contender must be as fast as another; null where it is only of interest. */
interface Goal {
  readonly name: string;
  readonly slow: string;
  readonly fast: string;
  readonly least: number | null;
}

interface Group {
  readonly title: string;
  readonly contenders: readonly Contender[];
  readonly goals: readonly Goal[];
}

const DATA = { isData: true };
const PARSE_EQUAL = 'JSON.parse both, fast-deep-equal';
const BYTES = 'json of bytes, 10 rules';
const TEXTS = 'json of texts, 10 rules';
const EQUAL = 'fast-deep-equal, no rules';
const VALUES = 'values that are data, 10 rules';
const ANY_VALUES = 'values of any kind, 10 rules';

interface Document {
  readonly text: string;
  readonly bytes: Buffer;
  readonly value: object;
}

function document(value: unknown, indent?: number): Document {
  const text = JSON.stringify(value, null, indent);
  return { text, bytes: Buffer.from(text), value: JSON.parse(text) as object };
}

const comparator = createComparator({ rules: TEN_RULES });
const differ = jsondiffpatch.create();
const legacy = document(order());
const twin = document(order());
const later = document(quotedLater());
const faulty = document(withFiveFaults());

/** The verdict with everything that is kept of it, signatures included. */
function judged(comparison: Comparison): unknown {
  return signaturesOf(comparison, 'orders.get');
}

const MATCHES: Group = {
  title: 'JSON of which an ignored timestamp differs',
  contenders: [
    { name: PARSE_EQUAL, run: () => equal(JSON.parse(legacy.text), JSON.parse(later.text)) },
    { name: BYTES, run: () => comparator.json(legacy.bytes, later.bytes) },
    { name: TEXTS, run: () => comparator.json(legacy.text, later.text) },
    { name: 'bytes to texts', run: () => legacy.bytes.toString() === later.bytes.toString() },
  ],
  goals: [
    { name: 'jsonBytes', slow: PARSE_EQUAL, fast: BYTES, least: 8 },
    { name: 'jsonTexts', slow: PARSE_EQUAL, fast: TEXTS, least: null },
  ],
};

const VALUE_MATCHES: Group = {
  title: 'Values of which an ignored timestamp differs (fast-deep-equal: none does)',
  contenders: [
    { name: EQUAL, run: () => equal(legacy.value, twin.value) },
    { name: VALUES, run: () => comparator.values(legacy.value, later.value, DATA) },
    { name: ANY_VALUES, run: () => comparator.values(legacy.value, later.value) },
  ],
  goals: [
    { name: 'values', slow: EQUAL, fast: VALUES, least: 0.8 },
    { name: 'valuesOfAnyKind', slow: EQUAL, fast: ANY_VALUES, least: null },
  ],
};

const DIFFS: Group = {
  title: 'Five faults, with paths and signatures',
  contenders: [
    { name: 'jsondiffpatch', run: () => differ.diff(legacy.value, faulty.value) },
    { name: VALUES, run: () => judged(comparator.values(legacy.value, faulty.value, DATA)) },
    { name: ANY_VALUES, run: () => judged(comparator.values(legacy.value, faulty.value)) },
  ],
  goals: [
    { name: 'diffToJsondiffpatch', slow: 'jsondiffpatch', fast: VALUES, least: 3 },
    { name: 'anyDiffToJsondiffpatch', slow: 'jsondiffpatch', fast: ANY_VALUES, least: null },
  ],
};

// By itself: on these documents the engine compiles microdiff and throws the code away again a
// hundred times and more, and in one group with the others that work fell into their rounds.
const MICRODIFFS: Group = {
  title: 'The same five faults, against microdiff',
  contenders: [
    { name: 'microdiff', run: () => microdiff(legacy.value, faulty.value) },
    { name: VALUES, run: () => judged(comparator.values(legacy.value, faulty.value, DATA)) },
  ],
  goals: [{ name: 'diffToMicrodiff', slow: 'microdiff', fast: VALUES, least: 2 }],
};

const PARSE_DIFF = 'JSON.parse both, jsondiffpatch';

const JSON_DIFFS: Group = {
  title: 'The same five faults in JSON',
  contenders: [
    {
      name: PARSE_DIFF,
      run: () => differ.diff(JSON.parse(legacy.text), JSON.parse(faulty.text)),
    },
    { name: BYTES, run: () => judged(comparator.json(legacy.bytes, faulty.bytes)) },
    { name: TEXTS, run: () => judged(comparator.json(legacy.text, faulty.text)) },
  ],
  goals: [{ name: 'jsonDiffToJsondiffpatch', slow: PARSE_DIFF, fast: TEXTS, least: null }],
};

/** Matches that are less alike, byte for byte, than those of one and the same serialiser. */
const OTHERWISE_WRITTEN: readonly (readonly [name: string, candidate: Document])[] = [
  ['timestamp of another length', document({ ...order(), quotedAt: '2026-11-20T14:02:11Z' })],
  ['indented', document(quotedLater(), 2)],
  ['members in another order', document(reordered(quotedLater()))],
  ['every tax off by less than half a cent', document(withEveryTaxOff())],
];

function withEveryTaxOff(): object {
  const { lines, ...rest } = quotedLater();
  return { ...rest, lines: lines.map((line) => ({ ...line, tax: line.tax + 0.001 })) };
}

const WRITINGS: Group = {
  title: 'Legacy against a candidate that is written otherwise, json of bytes, 10 rules',
  contenders: [
    { name: PARSE_EQUAL, run: () => equal(JSON.parse(legacy.text), JSON.parse(later.text)) },
    ...OTHERWISE_WRITTEN.map(([name, { bytes }]) => ({
      name,
      run: () => comparator.json(legacy.bytes, bytes),
    })),
  ],
  goals: [],
};

/** Runs the bench. Rejects when a contender does not find what it is timed to find. */
export async function run(): Promise<Ratios> {
  checkAnswers();
  const ratios: Record<string, number> = {};
  for (const group of [MATCHES, VALUE_MATCHES, DIFFS, MICRODIFFS, JSON_DIFFS, WRITINGS]) {
    const times = race(group.contenders);
    console.log(`${tableOf(group, times)}\n`);
    for (const { name, slow, fast } of group.goals) {
      ratios[name] = Number(ratio(times, slow, fast).median.toFixed(2));
    }
  }
  console.log(memoryTable());
  // Once more, when the engine has seen every shape of document.
  const again = ratio(race(MATCHES.contenders), PARSE_EQUAL, BYTES).median;
  return { ...ratios, jsonBytesAfterAll: Number(again.toFixed(2)) };
}

function checkAnswers(): void {
  const five = comparator.values(legacy.value, faulty.value);
  assert.equal(legacy.text.length > 6_800 && legacy.text.length < 7_200, true);
  assert.deepEqual([five.differenceCount, five.causes.length], [5, 5]);
  assert.deepEqual(comparator.json(legacy.bytes, faulty.bytes), five);
  assert.deepEqual(comparator.values(legacy.value, faulty.value, DATA), five);
  for (const { bytes } of [later, ...OTHERWISE_WRITTEN.map(([, document]) => document)]) {
    assert.equal(comparator.json(legacy.bytes, bytes).result, 'equal');
  }
  assert.equal(comparator.values(legacy.value, later.value, DATA).result, 'equal');
  assert.equal(equal(legacy.value, twin.value), true);
  assert.equal(microdiff(legacy.value, faulty.value).length, 5);
}

function tableOf({ title, contenders, goals }: Group, times: Times): string {
  const slowest = contenders[0]?.name ?? '';
  const rows = contenders.map(({ name }) => {
    const { median, low, high } = ratio(times, slowest, name);
    const goal = goals.find(({ slow, fast }) => slow === slowest && fast === name);
    return [
      name,
      microseconds(times, name),
      `${median.toFixed(2)} ×`,
      `${low.toFixed(2)} – ${high.toFixed(2)}`,
      typeof goal?.least === 'number' ? `≥ ${goal.least}` : '',
    ];
  });
  return table([[title, 'a call', 'as fast', 'half of the rounds', 'goal'], ...rows]);
}

function memoryTable(): string {
  const calls = [...MATCHES.contenders, ...VALUE_MATCHES.contenders];
  const rows = calls.map(({ name, run: call }) => [name, `${bytesPerCall(call).toFixed(1)} B`]);
  return `${table([['left on the heap by a match', 'a call'], ...rows])}\n`;
}
