import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Capture, CaptureBudget } from './capture.ts';
import { digestOf } from './running-hash.ts';

describe('a capture', () => {
  it('keeps the bytes in order', () => {
    const budget = new CaptureBudget(100);
    const capture = new Capture(budget, 50);
    for (const text of ['one', '', 'two', 'three']) capture.add(Buffer.from(text));
    expect(capture.read()?.toString()).toBe('onetwothree');
    expect(budget.bytes).toBe(11);
  });

  it('is empty and whole when nothing came', () => {
    expect(new Capture(new CaptureBudget(1), 1).read()).toEqual(Buffer.alloc(0));
  });

  it('gives up as a whole what is too large, at once and with all its room', () => {
    const budget = new CaptureBudget(100);
    const capture = new Capture(budget, 5);
    capture.add(Buffer.from('12345'));
    expect(capture.overflow).toBeNull();
    capture.add(Buffer.from('6'));
    expect(capture.overflow).toBe('too-large');
    expect(capture.read()).toBeNull();
    expect(budget.bytes).toBe(0);
    capture.add(Buffer.from('7'));
    expect(budget.bytes).toBe(0);
  });

  it('hashes on what is too large, where that is of use, and holds none of it', () => {
    const budget = new CaptureBudget(100);
    const capture = new Capture(budget, 5, 'hashed');
    for (const text of ['123', '45', '6789', 'abc']) capture.add(Buffer.from(text));
    expect([capture.overflow, capture.isHashed, capture.read()]).toEqual(['too-large', true, null]);
    expect(capture.digest).toEqual(digestOf(Buffer.from('123456789abc')));
    expect(budget.bytes).toBe(0);
    capture.release();
    capture.add(Buffer.from('after'));
    expect(capture.digest?.bytes).toBe(12);
  });

  it('knows of nothing but what it is told to hash', () => {
    const [whole, given] = [
      new Capture(new CaptureBudget(9), 9, 'hashed'),
      new Capture(new CaptureBudget(9), 2),
    ];
    for (const capture of [whole, given]) capture.add(Buffer.from('12345'));
    expect([whole.digest, given.digest, given.isHashed]).toEqual([null, null, false]);
    // Half a body has no hash that anything could be compared with.
    const crowded = new Capture(new CaptureBudget(3), 9, 'hashed');
    crowded.add(Buffer.from('12345'));
    expect([crowded.overflow, crowded.digest]).toEqual(['no-room', null]);
  });

  it('hashes the same whatever pieces the bytes come in', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 6, maxLength: 60 }),
        fc.array(fc.nat(60)),
        (bytes, cuts) => {
          const capture = new Capture(new CaptureBudget(100), 5, 'hashed');
          const places = [...new Set([0, ...cuts, bytes.length])].sort((a, b) => a - b);
          for (const [i, from] of places.entries()) {
            capture.add(Buffer.from(bytes.slice(from, places[i + 1] ?? bytes.length)));
          }
          expect(capture.digest).toEqual(digestOf(Buffer.from(bytes)));
        },
      ),
    );
  });

  it('gives up when all captures together have no room left', () => {
    const budget = new CaptureBudget(10);
    const [first, second] = [new Capture(budget, 8), new Capture(budget, 8)];
    first.add(Buffer.alloc(8));
    second.add(Buffer.alloc(3));
    expect(second.overflow).toBe('no-room');
    expect(first.overflow).toBeNull();
    first.release();
    expect(budget.bytes).toBe(0);
  });

  it('keeps nothing once it was released, however much still comes', () => {
    const budget = new CaptureBudget(100);
    const capture = new Capture(budget, 50);
    capture.add(Buffer.from('before'));
    capture.release();
    capture.add(Buffer.from('after'));
    expect(budget.bytes).toBe(0);
    capture.release();
    expect(budget.bytes).toBe(0);
  });

  it('never holds more than the budget, and gives everything back', () => {
    const size = fc.nat(40);
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(4), size), { maxLength: 60 }), (additions) => {
        const budget = new CaptureBudget(100);
        const captures = Array.from({ length: 5 }, () => new Capture(budget, 60));
        for (const [which, bytes] of additions) {
          captures[which]?.add(Buffer.alloc(bytes));
          expect(budget.bytes).toBeLessThanOrEqual(100);
          const held = captures.reduce((sum, capture) => sum + (capture.read()?.length ?? 0), 0);
          expect(budget.bytes).toBe(held);
        }
        for (const capture of captures) capture.release();
        expect(budget.bytes).toBe(0);
      }),
    );
  });
});
