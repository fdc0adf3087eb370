import { describe, expect, it } from 'vitest';
import { PathReader } from './path-reader.ts';

describe('PathReader', () => {
  it('reads tokens, expressions and blanks, and knows where it is', () => {
    const reader = new PathReader('$ \t\r\n[12]');
    reader.expect('$');
    reader.skipBlanks();
    expect(reader.at).toBe(5);
    expect([reader.take(']'), reader.take('['), reader.match(/[0-9]+/y)]).toEqual([
      false,
      true,
      '12',
    ]);
    expect([reader.peek(), reader.peek(1), reader.isAtEnd]).toEqual([']', '', false]);
    reader.rewind(6);
    expect(reader.match(/x/y)).toBe('');
    expect(reader.match(/[0-9]/y)).toBe('1');
  });

  it('knows the four blanks of RFC 9535 and no others', () => {
    for (const other of ['\u00a0', '\u2028', '\v', '\f', '\ufeff']) {
      const reader = new PathReader(other);
      reader.skipBlanks();
      expect(reader.at).toBe(0);
    }
  });

  it('counts characters from one in what people read', () => {
    const reader = new PathReader('$x');
    reader.expect('$');
    expect(() => reader.expect('.')).toThrow(
      'The path "$x" does not parse at character 2: expected ".".',
    );
  });

  it('shows no more of a long path than one can read', () => {
    expect(() => new PathReader(`$.${'x'.repeat(5_000)}`)).toThrow(/^The path "\$\.x{118}…" does/);
  });

  it('counts levels open at once, not levels opened', () => {
    const reader = new PathReader('$');
    for (let i = 0; i < 100; i += 1) expect(reader.nested(() => i)).toBe(i);
    const dive = (levels: number): number =>
      levels === 0 ? 0 : reader.nested(() => dive(levels - 1));
    expect(dive(32)).toBe(0);
    expect(() => dive(33)).toThrow(/at most 32 levels of nesting/);
  });
});
