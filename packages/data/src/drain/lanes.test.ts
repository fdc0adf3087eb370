import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { TableMapping } from '../mapping/table-mapping.ts';
import { intoLanes, onlyKeys, together } from './lanes.ts';
import type { RowPage } from './read-rows.ts';

const mapping = { key: [{ name: 'id' }], columns: [{ name: 'n' }] } as unknown as TableMapping;

function pageOf(present: readonly number[], absent: readonly number[]): RowPage {
  return {
    mapping,
    present: {
      columns: [present.map(String), present.map((id) => `n${id}`)],
      marks: present.map((id) => `m${id}`),
      sourceKeys: present.map((id) => [String(id)]),
    },
    absent: { columns: [absent.map(String)], sourceKeys: absent.map((id) => [String(id)]) },
    poisoned: [],
    bytes: 7,
  };
}

const ids = fc.uniqueArray(fc.nat(500));

describe('lanes', () => {
  it('share a page out whole, each row with all that belongs to it', () => {
    fc.assert(
      fc.property(ids, ids, fc.integer({ min: 1, max: 8 }), (present, absent, lanes) => {
        const parts = intoLanes(pageOf(present, absent), lanes);
        expect(parts).toHaveLength(lanes);
        const all = parts.flatMap((part) =>
          part.present.sourceKeys.map(([id], i) => [
            id,
            part.present.columns[0]?.[i],
            part.present.columns[1]?.[i],
            part.present.marks[i],
          ]),
        );
        const wanted = present.map((id) => [`${id}`, `${id}`, `n${id}`, `m${id}`]);
        expect(all.sort()).toEqual(wanted.sort());
        expect(parts.flatMap((part) => part.absent.sourceKeys).sort()).toEqual(
          absent.map((id) => [String(id)]).sort(),
        );
      }),
    );
  });

  it('take the same key into the same lane, whether its row is there or gone', () => {
    fc.assert(
      fc.property(fc.nat(), fc.integer({ min: 2, max: 8 }), (id, lanes) => {
        const lane = (page: RowPage): number =>
          intoLanes(page, lanes).findIndex(
            (part) => part.present.sourceKeys.length + part.absent.sourceKeys.length > 0,
          );
        expect(lane(pageOf([id], []))).toBe(lane(pageOf([], [id])));
      }),
    );
  });

  it('hand back those rows that are asked for by key', () => {
    const part = onlyKeys(pageOf([1, 2, 3], [4, 5]), [['2'], ['5'], ['9']]);
    expect(part.present.sourceKeys).toEqual([['2']]);
    expect(part.present.marks).toEqual(['m2']);
    expect(part.absent.sourceKeys).toEqual([['5']]);
  });

  it('make one page of what was shared out', () => {
    fc.assert(
      fc.property(ids, ids, fc.integer({ min: 1, max: 8 }), (present, absent, lanes) => {
        const whole = together(intoLanes(pageOf(present, absent), lanes));
        const rows = (page: RowPage | null): unknown[] =>
          (page?.present.sourceKeys ?? []).map((key, i) => [
            ...key,
            ...(page?.present.columns ?? []).map((column) => column[i]),
            page?.present.marks[i],
          ]);
        expect(rows(whole).sort()).toEqual(rows(pageOf(present, absent)).sort());
        expect(whole?.absent.columns[0]?.toSorted()).toEqual(absent.map(String).sort());
      }),
    );
    expect(together([])).toBeNull();
  });
});
