import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Capture, CaptureBudget } from './capture.ts';

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
