import { SeededRandom } from '@falsework/testkit';
import { describe, expect, it } from 'vitest';
import type { Finding } from '../evidence/observation.ts';
import { proposeRule } from '../evidence/propose-rule.ts';
import { firstSeen, mergeSignatures, type SignatureRecord } from '../evidence/signature-record.ts';
import { compileRedaction, RedactionTokens, redactText } from '../redact/index.ts';
import type { Comparison } from './comparison.ts';
import { createComparator } from './create-comparator.ts';
import type { Rule } from './rules/rule.ts';
import { signaturesOf } from './signature.ts';

const SEAM = 'orders.get';
const PAIRS = 200;
const START = Date.UTC(2026, 10, 20, 14);

/** What a service makes anew for every answer: ids, and readings of its clock. */
class Service {
  readonly #random: SeededRandom;

  constructor(seed: number) {
    this.#random = new SeededRandom(seed);
  }

  order(at: number) {
    // Up to three seconds pass between the two answers to one request.
    const now = at + this.#random.below(3_000);
    return {
      id: 'ord_81f3a9c2',
      requestId: this.#uuid(),
      trace: this.#hex(32),
      span: this.#hex(16),
      etag: `W/"${this.#hex(12)}"`,
      session: { token: `eyJhbGciOiJIUzI1NiJ9.${this.#hex(20)}.${this.#hex(20)}` },
      quotedAt: new Date(now).toISOString(),
      expiresAtMs: now + 900_000,
      servedAtSeconds: Math.floor(now / 1_000),
      deliverBy: '2026-11-25T12:00:00Z',
      total: 812.4,
      lines: [0, 1, 2].map((i) => ({
        sku: `SKU-${i}`,
        tax: 10.005 + i,
        reservation: this.#uuid(),
        reservedAt: new Date(now + i).toISOString(),
      })),
    };
  }

  #uuid(): string {
    const [a, b, c, d, e] = [8, 4, 4, 4, 12].map((digits) => this.#hex(digits));
    return `${a}-${b}-${c}-${d}-${e}`;
  }

  #hex(digits: number): string {
    return Array.from({ length: digits }, () => this.#random.below(16).toString(16)).join('');
  }
}

type Order = ReturnType<Service['order']>;

/** Both answers to each of many requests, of one and the same build. */
function controlRun(seed: number): (readonly [Order, Order])[] {
  const service = new Service(seed);
  return Array.from({ length: PAIRS }, (_, i) => {
    const at = START + i * 1_000;
    return [service.order(at), service.order(at)] as const;
  });
}

/** One finding for each cause, its example redacted as it is before it is kept. */
function findingsOf(comparison: Comparison): Finding[] {
  const [redaction, tokens] = [compileRedaction(), new RedactionTokens()];
  return signaturesOf(comparison, SEAM).map(({ id, template, kind }, cause) => {
    const example = comparison.differences.find((difference) => difference.cause === cause);
    const { path = template, legacy = '', candidate = '' } = example ?? {};
    const [a, b] = [legacy, candidate].map((text) => redactText(text, redaction, tokens));
    return { id, template, kind, example: { path, legacy: a ?? '', candidate: b ?? '' } };
  });
}

/** What is known of the noise after a control run, and the rule proposed for each cause of it. */
function learnFrom(run: readonly (readonly [unknown, unknown])[]): {
  readonly records: readonly SignatureRecord[];
  readonly rules: readonly Rule[];
} {
  const plain = createComparator();
  const known = new Map<string, SignatureRecord>();
  for (const [at, [one, other]] of run.entries()) {
    for (const finding of findingsOf(plain.values(one, other))) {
      const about = { seam: SEAM, epoch: 1, stratum: '', isNoise: true, at, request: null };
      const record = firstSeen(finding, about);
      const before = known.get(finding.id);
      known.set(finding.id, before === undefined ? record : mergeSignatures(before, record));
    }
  }
  const records = [...known.values()];
  return { records, rules: records.flatMap((record) => proposeRule(record)?.rule ?? []) };
}

const { records, rules } = learnFrom(controlRun(1));
const comparator = createComparator({ rules });
const resultsOf = (legacy: unknown, candidate: unknown): string[] => [
  comparator.values(legacy, candidate).result,
  comparator.json(JSON.stringify(legacy), JSON.stringify(candidate)).result,
];

describe('a control run over ids and clocks', () => {
  it('is all differences at first, each of them with a rule proposed', () => {
    const plain = createComparator();
    const results = controlRun(1).map(([one, other]) => plain.values(one, other).result);
    expect(new Set(results)).toEqual(new Set(['different']));
    expect(records.map(({ template }) => template).sort()).toEqual([
      '$.etag',
      '$.expiresAtMs',
      '$.lines[*].reservation',
      '$.lines[*].reservedAt',
      '$.quotedAt',
      '$.requestId',
      '$.servedAtSeconds',
      '$.session.token',
      '$.span',
      '$.trace',
    ]);
    expect(rules).toHaveLength(records.length);
  });

  it('is given the narrowest rule that does: a path is ignored only where nothing can be said', () => {
    const byPath = Object.fromEntries(rules.map(({ path, rule }) => [path, rule]));
    expect(byPath).toEqual({
      '$.etag': 'ignore',
      '$.session.token': 'ignore',
      '$.expiresAtMs': 'instant',
      '$.quotedAt': 'instant',
      '$.lines[*].reservedAt': 'instant',
      '$.servedAtSeconds': 'tolerance',
      '$.lines[*].reservation': 'same-type',
      '$.requestId': 'same-type',
      '$.span': 'same-type',
      '$.trace': 'same-type',
    });
  });

  it('is clean under the proposed rules, on other pairs than they were learned from', () => {
    for (const [one, other] of controlRun(2)) {
      expect(resultsOf(one, other)).toEqual(['equal', 'equal']);
    }
  });
});

const hourLater = (text: string): string => new Date(Date.parse(text) + 3_600_000).toISOString();

const FAULTS: readonly (readonly [
  name: string,
  template: string,
  plant: (order: Order) => object,
])[] = [
  ['a tax rounded half down', '$.lines[*].tax', (order) => withLine(order, { tax: 10 })],
  ['an hour off', '$.deliverBy', (order) => ({ ...order, deliverBy: hourLater(order.deliverBy) })],
  [
    'an hour off on a noisy clock',
    '$.quotedAt',
    (order) => ({ ...order, quotedAt: hourLater(order.quotedAt) }),
  ],
  ['a clock in seconds', '$.expiresAtMs', (order) => ({ ...order, expiresAtMs: START / 1_000 })],
  ['an id that is null', '$.requestId', (order) => ({ ...order, requestId: null })],
  ['an id that is gone', '$.trace', (order) => ({ ...order, trace: undefined })],
  [
    'an id that became a number',
    '$.lines[*].reservation',
    (order) => withLine(order, { reservation: 7 }),
  ],
  ['a line too few', '$.lines[*]', (order) => ({ ...order, lines: order.lines.slice(0, 2) })],
  ['a lost cent', '$.total', (order) => ({ ...order, total: 812.39 })],
];

function withLine({ lines, ...order }: Order, over: object): object {
  return { ...order, lines: lines.map((line, i) => (i === 0 ? { ...line, ...over } : line)) };
}

describe('a real difference beside the noise', () => {
  it.each(FAULTS)('is found under the proposed rules: %s', (_, template, plant) => {
    for (const [one, other] of controlRun(3).slice(0, 20)) {
      const faulty = plant(other);
      expect(resultsOf(one, faulty)).toEqual(['different', 'different']);
      const { causes } = comparator.values(one, faulty);
      expect(causes.map((cause) => cause.template)).toEqual([template]);
    }
  });

  it('has another signature than the noise, so that nobody takes it for that', () => {
    const noise = new Set(records.map(({ id }) => id));
    const [one, other] = controlRun(4)[0] ?? [];
    for (const [, , plant] of FAULTS) {
      const found = signaturesOf(comparator.values(one, plant(other as Order)), SEAM);
      expect(found.filter(({ id }) => noise.has(id)).map(({ template }) => template)).toEqual([]);
    }
  });
});
