import type { StoredPair } from '@falsework/core/evidence';
import { describe, expect, it } from 'vitest';
import { sideBySide } from './side-by-side.ts';

const pair = (legacy: string, candidate: string, over: Partial<StoredPair> = {}): StoredPair => ({
  seam: 'GET /quote',
  epoch: 1,
  ids: ['a41f000000000000'],
  at: 1,
  request: null,
  format: 'json',
  legacy,
  candidate,
  ...over,
});
const marked = (legacy: string, candidate: string, over: Partial<StoredPair> = {}): string[] =>
  sideBySide(pair(legacy, candidate, over)).filter((line) => line.startsWith('≠'));
const columnsOf = (line = ''): string[] => line.slice(2).split(/ {2,}/);

describe('both answers side by side', () => {
  it('mark what differs, and only that, whatever the order of members', () => {
    const shown = sideBySide(pair('{"total":10.005,"id":7}', '{"id":7,"total":10.00}'));
    expect(shown.map((line) => line.replace(/ {2,}/g, '  '))).toEqual([
      '  legacy  candidate',
      '  {  {',
      '  "id": 7,  "id": 7,',
      '≠  "total": 10.005  "total": 10.00',
      '  }  }',
    ]);
  });

  it('show lost precision: numbers stand as they were written', () => {
    const [line] = marked('{"id":12345678901234567890}', '{"id":12345678901234567000}');
    expect(line).toContain('12345678901234567890');
    expect(line).toContain('12345678901234567000');
  });

  it('do not mark a number that is only written otherwise', () => {
    expect(marked('{"a":1.0,"b":1}', '{"a":1.00,"b":2}')).toHaveLength(1);
  });

  it('count long stretches that are equal instead of showing them', () => {
    const items = Array.from({ length: 100 }, (_, i) => i);
    const shown = sideBySide(pair(JSON.stringify(items), JSON.stringify(items.with(50, -1))));
    expect(shown.length).toBeLessThan(15);
    expect(shown.filter((line) => line.startsWith('  …'))).toEqual([
      '  … 48 equal lines',
      '  … 47 equal lines',
    ]);
  });

  it('show the place where long lines differ, not only how they begin', () => {
    const begin = 'x'.repeat(200);
    const [line] = marked(`{"a":"${begin}legacy"}`, `{"a":"${begin}other"}`);
    expect(columnsOf(line)).toEqual([
      expect.stringMatching(/^…x+legacy"$/),
      expect.stringMatching(/^…x+other"$/),
    ]);
  });

  it('never make a line wider than two columns', () => {
    const shown = sideBySide(pair(`{"a":"${'x'.repeat(500)}"}`, `{"a":"${'y'.repeat(500)}"}`));
    for (const line of shown) expect(line.length).toBeLessThanOrEqual(2 + 56 + 1 + 56);
  });

  it('show texts and broken JSON line by line', () => {
    expect(marked('one\ntwo', 'one\n2', { format: 'text' })).toHaveLength(1);
    expect(marked('{"a":1}', '<html>').join('\n')).toContain('<html>');
  });
});
