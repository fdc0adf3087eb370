import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createComparator } from './create-comparator.ts';
import { signaturesOf, templateOf } from './signature.ts';

const plain = createComparator();

describe('templateOf', () => {
  it.each([
    [[], '$'],
    [['lines', 3, 'tax'], '$.lines[*].tax'],
    [['a', '17', 'b'], '$.a[*].b'],
    [['a', '-3.5'], '$.a[*]'],
    [['by', '3f2504e0-4f89-11d3-9a0c-0305e82c3301'], '$.by[*]'],
    [['by', '507f1f77bcf86cd799439011'], '$.by[*]'],
    [['by', '0x52908400098527886E0F7030069857D2E4169EE7'], '$.by[*]'],
    [['by', '01ARZ3NDEKTSV4RRFFQ69G5FAV'], '$.by[*]'],
    [['by', '2026-11-20'], '$.by[*]'],
    [['by', '2026-11'], '$.by[*]'],
    [['by', '2026-11-20T14:00:00Z'], '$.by[*]'],
    [['by', 'ann@example.com'], '$.by[*]'],
    [['by', 'order-10234'], '$.by[*]'],
    [['by', 'x'.repeat(65)], '$.by[*]'],
    [['address2', 'line_1', 'sha256', 'deadbeef', 'EUR'], '$.address2.line_1.sha256.deadbeef.EUR'],
    [['first name', '@type'], "$['first name']['@type']"],
    [[Symbol('tag')], '$[Symbol(tag)]'],
    [[Symbol('s'.repeat(100))], '$[*]'],
  ])('generalises %o to %s', (steps, template) => {
    expect(templateOf(steps)).toBe(template);
  });

  it('leaves out the middle of a path that goes round in a tree', () => {
    const path = (rounds: number) => [
      ...Array.from({ length: rounds }, () => ['replies', 0]).flat(),
      'text',
    ];
    expect(templateOf(path(40))).toBe(templateOf(path(99)));
    expect(templateOf(path(3))).not.toBe(templateOf(path(4)));
    expect(templateOf(path(40))).toMatch(/^\$\.replies\[\*\].*\.\..*\.text$/);
  });
});

describe('signaturesOf', () => {
  it('names causes, not differences', () => {
    const legacy = Array.from({ length: 5_000 }, (_, id) => ({ id, tax: 1, note: null, total: 1 }));
    const candidate = legacy.map(({ id, tax }) => ({ id, tax: tax + 1, total: '1' }));
    expect(signaturesOf(plain.values(legacy, candidate), 'orders')).toEqual([
      { id: 'c66ef12d6ed8e73c', template: '$[*].tax', kind: 'number', count: expect.any(Number) },
      {
        id: expect.any(String),
        template: '$[*].note',
        kind: 'null-absent',
        count: expect.any(Number),
      },
      {
        id: expect.any(String),
        template: '$[*].total',
        kind: 'type',
        types: ['number', 'string'],
        count: expect.any(Number),
      },
    ]);
  });

  it('tells scopes, kinds and types apart', () => {
    const ids = [
      signaturesOf(plain.values({ a: 1 }, { a: 2 }), 'x'),
      signaturesOf(plain.values({ a: 1 }, { a: 2 }), 'y'),
      signaturesOf(plain.values({ a: 1 }, { a: '2' })),
      signaturesOf(plain.values({ a: '1' }, { a: 2 })),
      signaturesOf(plain.values({ a: 1 }, {})),
      signaturesOf(plain.values({ b: 1 }, {})),
    ].map(([signature]) => signature?.id);
    expect(new Set(ids).size).toBe(ids.length);
    for (const id of ids) expect(id).toMatch(/^[0-9a-f]{16}$/);
  });

  it('is empty for what is equal, and for what was not seen', () => {
    expect(signaturesOf(plain.values(1, 1))).toEqual([]);
    const tiny = createComparator({ limits: { nodesMax: 1 } });
    expect(signaturesOf(tiny.values([1, 2], [1, 3]))).toEqual([]);
  });

  it('keeps at most a hundred causes, and says that there were more', () => {
    const legacy = Object.fromEntries(Array.from({ length: 150 }, (_, i) => [`field${i}`, i]));
    const comparison = plain.values(legacy, {});
    expect(signaturesOf(comparison)).toHaveLength(100);
    expect(comparison).toMatchObject({ differenceCount: 150, isTruncated: true });
  });

  it('never changes with values, indices or ids', () => {
    const id = fc.oneof(fc.uuid(), fc.nat().map(String), fc.ulid(), fc.emailAddress());
    const order = fc.record({ tax: fc.double({ noNaN: true }), note: fc.string() });
    const book = fc.array(fc.tuple(id, order), { minLength: 1, maxLength: 6 });
    const signatures = (entries: [string, { tax: number; note: string }][]) => {
      const legacy = { byId: Object.fromEntries(entries), list: entries.map(([, value]) => value) };
      const changed = entries.map(
        ([key, { tax, note }]) => [key, { tax: `${tax}`, note: `${note}!` }] as const,
      );
      const candidate = {
        byId: Object.fromEntries(changed),
        list: changed.map(([, value]) => value),
      };
      return signaturesOf(plain.values(legacy, candidate), 'book')
        .map((signature) => signature.id)
        .sort();
    };
    const expected = signatures([['1', { tax: 1, note: 'a' }]]);
    expect(expected).toHaveLength(4);
    fc.assert(
      fc.property(book, (entries) => {
        expect(signatures(entries)).toEqual(expected);
      }),
    );
  });
});
