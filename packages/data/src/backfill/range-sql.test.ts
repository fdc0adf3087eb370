import { describe, expect, it } from 'vitest';
import type { ColumnType } from '../catalogue/catalogue.ts';
import type { MappedColumn, TableMapping } from '../mapping/table-mapping.ts';
import { copyOutSql, keyShareSql, rangeCondition, upperKeySql } from './range-sql.ts';

const typeOf = (name: string, isBuiltIn = true): ColumnType => ({
  name,
  full: name,
  kind: 'base',
  isBuiltIn,
  element: null,
  labels: [],
});

function mappingOf(key: readonly (readonly [string, ColumnType])[]): TableMapping {
  const columns = key.map(
    ([name, type]): MappedColumn => ({
      name,
      type,
      expression: `"${name}"`,
      from: name,
      comparison: { cast: null, by: 'value', because: null },
      lossy: null,
      isIdentityAlways: false,
    }),
  );
  return {
    id: 'entries_1',
    source: { schema: 'public', table: 'entries' },
    follower: { schema: 'public', table: 'ledger' },
    sourceKey: key.map(([name, type]) => ({ name, type })),
    key: columns.map((column) => ({
      ...column,
      sourceOrder: column.expression,
      followerOrder: column.expression,
      boundType: column.type.name,
    })),
    columns: [],
    where: null,
    followerWhere: null,
    definition: 'd',
  };
}

const BY_ID = mappingOf([['id', typeOf('bigint')]]);
const BY_TWO = mappingOf([
  ['shop', typeOf('text')],
  ['no', typeOf('integer')],
]);

describe('a range of keys', () => {
  it('is open at its beginning and closed at its end', () => {
    expect(rangeCondition(BY_ID, { after: ['5'], upTo: ['9'] })).toBe(
      `("entries"."id") > ('5'::bigint) and ("entries"."id") <= ('9'::bigint)`,
    );
    expect(rangeCondition(BY_ID, { after: null, upTo: ['9'] })).toBe(
      `("entries"."id") <= ('9'::bigint)`,
    );
  });

  it('compares keys of several columns as a whole, so that an index finds both ends', () => {
    expect(rangeCondition(BY_TWO, { after: ['a', '1'], upTo: ['b', '2'] })).toBe(
      `("entries"."shop", "entries"."no") > ('a'::text, '1'::integer)` +
        ` and ("entries"."shop", "entries"."no") <= ('b'::text, '2'::integer)`,
    );
  });

  it('lets no value of a key end its own quotation', () => {
    const condition = rangeCondition(BY_TWO, { after: null, upTo: [`'; drop table x; --\\`, '2'] });
    expect(condition).toContain(`(E'''; drop table x; --\\\\'::text, '2'::integer)`);
  });

  it('ends with the last of so many rows', () => {
    expect(upperKeySql(BY_ID, { after: null, upTo: ['9'], rows: 100 })).toMatch(
      /order by "entries"\."id" offset 99 limit 1$/,
    );
  });

  it('is read with the condition of the mapping beside its own', () => {
    const range = { after: ['5'], upTo: ['9'] };
    expect(copyOutSql(BY_ID, range)).toMatch(/^copy \(select .* where \("entries"\."id"\) > /);
    expect(copyOutSql({ ...BY_ID, where: 'a or b' }, range)).toContain(
      ' where (a or b) and ("entries"."id") > ',
    );
  });
});

describe('the share of a table that lies behind a key', () => {
  it('is asked of the statistics for types that come with the server, and only those', () => {
    expect(keyShareSql(BY_ID)).toContain('histogram_bounds::text::bigint[]');
    expect(keyShareSql(mappingOf([['id', typeOf('public.mood', false)]]))).toBeNull();
  });
});
