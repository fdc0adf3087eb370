import { describe, expect, it } from 'vitest';
import { createComparator } from '../create-comparator.ts';
import { areSameInput } from './same-input.ts';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const BROKEN = Uint8Array.of(0x7b, 0xff);
const comparator = createComparator();

describe('the same document twice', () => {
  it('is the same as text, as bytes and as one of each', () => {
    for (const text of ['', '{"é":1}', '😀', '{']) {
      expect(areSameInput(text, text)).toBe(true);
      expect(areSameInput(bytes(text), bytes(text))).toBe(true);
      expect(areSameInput(text, bytes(text))).toBe(true);
      expect(areSameInput(bytes(text), text)).toBe(true);
      expect(areSameInput(text, bytes(`${text} `))).toBe(false);
      expect(areSameInput(bytes(text), bytes(`${text} `))).toBe(false);
    }
    expect(areSameInput(BROKEN, BROKEN.slice())).toBe(true);
    expect(areSameInput(BROKEN, '{\ufffd')).toBe(false);
  });

  it('is no difference, although it is no JSON, no UTF-8, too deep or too long', () => {
    const long = `"${'x'.repeat(9_000_000)}`;
    for (const text of ['{"a":', '['.repeat(1_000), long]) {
      expect(comparator.json(bytes(text), bytes(text)).result).toBe('equal');
      expect(comparator.json(bytes(text), text).result).toBe('equal');
    }
    expect(comparator.json(BROKEN, BROKEN.slice()).result).toBe('equal');
  });

  it('is none when a text has half a character, which no bytes can say', () => {
    const half = '"\ud83d"';
    const made = Uint8Array.of(0x22, 0xed, 0xa0, 0xbd, 0x22);
    expect(comparator.json(half, made).result).toBe('different');
    expect(comparator.json(made, half).result).toBe('different');
    expect(comparator.json(half, `${half}`).result).toBe('equal');
  });
});
