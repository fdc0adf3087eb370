import { describe, expect, it } from 'vitest';
import { differences } from './compare-range.ts';
import { inRange } from './range.ts';
import type { HashedRow } from './statements.ts';

const one = { order: ['id'], boundTypes: ['bigint'] };
const two = { order: ['"a" COLLATE "C"', 'b'], boundTypes: ['text', 'integer'] };

describe('a range', () => {
  it('leaves out its lower end, takes in its upper one, and is open where there is none', () => {
    expect(inRange(one, { lower: ['1'], upper: ['9'] })).toEqual({
      conditions: ['id > $1::bigint', 'id <= $2::bigint'],
      params: ['1', '9'],
    });
    expect(inRange(one, { lower: null, upper: null })).toEqual({ conditions: [], params: [] });
  });

  it('compares keys of several columns as one, with parameters numbered from where it is told', () => {
    expect(inRange(two, { lower: ['x', '1'], upper: null }, 4)).toEqual({
      conditions: ['("a" COLLATE "C", b) > ($4::text, $5::integer)'],
      params: ['x', '1'],
    });
  });
});

describe('differences', () => {
  const row = (key: string, hash: string): HashedRow => ({
    key: [key],
    hash,
    sourceKey: [key],
    mark: '1',
  });

  it('are rows on one side only, and rows whose hashes differ', () => {
    const found = differences(
      [row('1', 'a'), row('2', 'b'), row('3', 'c')],
      [row('2', 'x'), row('3', 'c'), row('4', 'd')],
    );
    expect(
      found.map(({ key, source, follower }) => [key[0], source?.hash, follower?.hash]),
    ).toEqual([
      ['2', 'b', 'x'],
      ['4', undefined, 'd'],
      ['1', 'a', undefined],
    ]);
  });

  it('takes keys for what they are, also where joining them would make two of them one', () => {
    const a = { ...row('', 'h'), key: ['a,b', 'c'] };
    const b = { ...row('', 'h'), key: ['a', 'b,c'] };
    expect(differences([a], [b])).toHaveLength(2);
  });
});
