import { LoadBook } from '@falsework/seam/plane';
import { SimClock } from '@falsework/testkit';
import { describe, expect, it } from 'vitest';
import { OwnTime } from './own-time.ts';

describe('what the guard adds on the way in', () => {
  it('is measured for the first request and for each sixteenth after it', () => {
    let nowMs = 0;
    const clock = Object.assign(new SimClock(), { monotonicMs: () => nowMs });
    const load = new LoadBook();
    const taken: string[] = [];
    const take = new OwnTime(clock, load).around((request: string, response: number) => {
      taken.push(`${request} ${response}`);
      nowMs += 2;
    });
    for (let i = 0; i < 33; i += 1) take('r', i);
    expect(taken).toHaveLength(33);
    expect(load.drain().ownTime).toMatchObject({ count: 3, sumMs: 6 });
  });

  it('is not said of a request that fails, and the fault is not kept from whoever takes it', () => {
    const load = new LoadBook();
    const take = new OwnTime(new SimClock(), load).around((fault: Error) => {
      throw fault;
    });
    expect(() => take(new Error('no'), null)).toThrow('no');
    expect(load.drain().ownTime.count).toBe(0);
  });
});
