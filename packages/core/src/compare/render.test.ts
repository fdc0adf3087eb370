import { describe, expect, it } from 'vitest';
import { createComparator } from './create-comparator.ts';
import { renderComparison } from './render.ts';

const plain = createComparator();

describe('renderComparison', () => {
  it('shows a line for each difference, in columns', () => {
    const comparison = plain.json(
      '{"lines":[{"discount":10.005}],"date":"2026-11-21","note":null,"n":1}',
      '{"lines":[{"discount":10.00}],"date":"2026-11-20","n":"1"}',
    );
    expect(renderComparison(comparison)).toMatchInlineSnapshot(`
      "$.lines[0].discount   number       10.005 → 10.00
      $.date                string       2026-11-21 → 2026-11-20
      $.note                null-absent  null → absent
      $.n                   type         1 → "1""
    `);
  });

  it('moves long values to a second line and cuts them', () => {
    const comparison = plain.values({ text: 'a'.repeat(300) }, { text: 'b'.repeat(300) });
    const [head, values, ...rest] = renderComparison(comparison).split('\n');
    expect(head).toBe('$.text   string');
    expect(values).toMatch(/^ {4}a{45}… → b{45}…$/);
    expect(rest).toEqual([]);
  });

  it('keeps the quotes that say something', () => {
    expect(renderComparison(plain.values('a', 'a '))).toBe('$   string  a → "a "');
    expect(renderComparison(plain.values('', 'x'))).toBe('$   string  "" → x');
    expect(renderComparison(plain.values('a\nb', 'x'))).toBe('$   string  "a\\nb" → x');
  });

  it('says what was left out, and why', () => {
    const many = Object.fromEntries(Array.from({ length: 150 }, (_, i) => [`f${i}`, 1]));
    expect(renderComparison(plain.values(many, {})).split('\n').at(-1)).toBe('and 50 more');
    const tiny = createComparator({ limits: { nodesMax: 1 } });
    expect(renderComparison(tiny.values([1, 2], [1, 3]))).toBe(
      'incomplete\nthe limit of compared values was reached',
    );
    expect(renderComparison(plain.outcomes(null as never, null as never))).toMatch(
      /^incomplete\nthe comparison itself failed: TypeError: /,
    );
    expect(renderComparison(plain.values(1, 1))).toBe('equal');
  });
});
