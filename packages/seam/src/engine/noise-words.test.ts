import { describe, expect, it } from 'vitest';
import { noiseLines } from './noise-words.ts';

const path = (template: string, rule: string | null) => ({
  seam: 'quote',
  template,
  kind: 'string',
  count: 3,
  rule,
});

describe('noise, in words', () => {
  it('says how often, where, and which rule would settle it', () => {
    const paths = [path('$.id', '{"rule":"same-type","path":"$.id"}'), path('$.note', null)];
    expect(noiseLines({ pairs: 50, noisy: 12, paths })).toEqual([
      'noise: legacy differs from itself on 12 of 50 runs (24 %)',
      '  $.id   string   rule {"rule":"same-type","path":"$.id"}',
      '  $.note   string   no rule is narrow enough',
    ]);
  });

  it('says nothing where legacy agrees with itself', () => {
    expect(noiseLines({ pairs: 50, noisy: 0, paths: [] })).toEqual([]);
  });

  it('names a few places and counts the rest', () => {
    const paths = Array.from({ length: 9 }, (_, i) => path(`$.p${i}`, null));
    expect(noiseLines({ pairs: 9, noisy: 9, paths }).at(-1)).toBe('  and 4 more');
  });
});
