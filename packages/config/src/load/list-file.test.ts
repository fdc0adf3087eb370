import { describe, expect, it } from 'vitest';
import { parseList } from './list-file.ts';

describe('parseList', () => {
  it('reads one key per line, without blanks, empty lines and comments', () => {
    const text = '# staff\nalice\n\n  bob  \r\ncarol # on leave\n\t# nobody\n';
    expect(parseList(text)).toEqual(['alice', 'bob', 'carol']);
  });

  it('keeps a # inside a key', () => {
    expect(parseList('a#b\n#c\nd #e')).toEqual(['a#b', 'd']);
  });

  it('reads nothing from nothing', () => {
    expect(parseList('')).toEqual([]);
  });
});
