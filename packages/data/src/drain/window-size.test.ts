import { describe, expect, it } from 'vitest';
import { WindowSize } from './window-size.ts';

describe('the size of a window', () => {
  const after = (size: WindowSize, windows: number, perMs: number): number => {
    for (let i = 0; i < windows; i += 1) size.took(size.next, size.next / perMs);
    return size.next;
  };

  it('settles where one takes about half a second', () => {
    expect(after(new WindowSize(), 20, 10)).toBe(5_000);
  });

  it('never grows beyond its bound, nor shrinks to nothing', () => {
    expect(after(new WindowSize(), 20, 1_000)).toBe(20_000);
    expect(after(new WindowSize(), 20, 0.01)).toBe(200);
    expect(after(new WindowSize(50), 20, 0.01)).toBe(50);
  });

  it('recovers by steps from one window that hung', () => {
    const size = new WindowSize();
    after(size, 20, 10);
    size.took(size.next, 60_000);
    expect(size.next).toBeGreaterThanOrEqual(1_250);
    expect(after(size, 20, 10)).toBeGreaterThan(4_900);
  });

  it('learns nothing from windows that were nearly empty', () => {
    const size = new WindowSize();
    size.took(1, 400);
    expect(size.next).toBe(8_000);
  });
});
