import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { alignLines } from './align-lines.ts';
import { plainLines, type ShownLine } from './lay-out-json.ts';

const rows = (left: string, right: string): string[] =>
  alignLines(plainLines(left), plainLines(right)).map(
    ([a, b]) => `${a?.text ?? '-'} ${b?.text ?? '-'}`,
  );
const word = fc.constantFrom('a', 'b', 'c');
const lines = fc.array(word, { maxLength: 12 }).map((each) => plainLines(each.join('\n')));

describe('lines side by side', () => {
  it('stand on one row when they are equal', () => {
    expect(rows('a\nb', 'a\nb')).toEqual(['a a', 'b b']);
  });

  it('leave a gap where one side has a line more', () => {
    expect(rows('a\nb\nc', 'a\nc')).toEqual(['a a', 'b -', 'c c']);
    expect(rows('a\nc', 'a\nb\nc')).toEqual(['a a', '- b', 'c c']);
  });

  it('show a changed line beside what it became', () => {
    expect(rows('a\nx\nc', 'a\ny\nc')).toEqual(['a a', 'x y', 'c c']);
  });

  it('lose no line of either side and keep their order, whatever the texts', () => {
    fc.assert(
      fc.property(lines, lines, (left, right) => {
        const aligned = alignLines(left, right);
        const isLine = (line: ShownLine | undefined): line is ShownLine => line !== undefined;
        expect(aligned.map(([a]) => a).filter(isLine)).toEqual(left);
        expect(aligned.map(([, b]) => b).filter(isLine)).toEqual(right);
        expect(aligned.every(([a, b]) => isLine(a) || isLine(b))).toBe(true);
      }),
    );
  });

  it('pair as many equal lines as there are, when one side is the other', () => {
    fc.assert(
      fc.property(lines, fc.nat(), (left, at) => {
        const right = left.toSpliced(at % (left.length + 1), 0, ...plainLines('new'));
        const paired = alignLines(left, right).filter(([a, b]) => a?.same === b?.same);
        expect(paired).toHaveLength(left.length);
      }),
    );
  });

  it('of very long texts are aligned where they agree at both ends', () => {
    const many = Array.from({ length: 20_000 }, (_, i) => `line ${i}`);
    const changed = many.with(10_000, 'other');
    const aligned = alignLines(plainLines(many.join('\n')), plainLines(changed.join('\n')));
    const differing = aligned.filter(([a, b]) => a?.same !== b?.same);
    expect(differing.map(([a, b]) => [a?.text, b?.text])).toEqual([['line 10000', 'other']]);
  });
});
