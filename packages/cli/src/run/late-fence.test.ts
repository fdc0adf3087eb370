import type { ReadFence } from '@falsework/core/routing';
import { SimClock } from '@falsework/testkit';
import { describe, expect, it } from 'vitest';
import { LateFence, type OpenFence } from './late-fence.ts';

const MARK = { position: 7 };

/** Stores that can be opened when a test lets them be. */
class Stores {
  readonly clock = new SimClock();
  readonly said: string[] = [];
  because: string | null = null;
  opened = 0;
  closed = 0;

  readonly open = (): Promise<OpenFence> => {
    if (this.because !== null) return Promise.reject(new Error(this.because));
    this.opened += 1;
    const fence: ReadFence = {
      check: (key) => Promise.resolve(key === '1' ? 'pending' : null),
      mark: () => MARK,
      hasMoved: () => Promise.resolve(true),
    };
    const close = (): Promise<void> => {
      this.closed += 1;
      return Promise.resolve();
    };
    return Promise.resolve({ fence, close });
  };

  fence(): LateFence {
    const { clock, open } = this;
    return new LateFence({ clock, open, warn: (words) => void this.said.push(words) });
  }
}

/** Lets everything happen that waits for nothing but its turn. */
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

async function later(stores: Stores, ms: number): Promise<void> {
  await stores.clock.advance(ms);
  await turn();
}

describe('a fence whose stores may come later', () => {
  it('is that of its stores once they are open, and has said nothing', async () => {
    const stores = new Stores();
    const fence = stores.fence();
    await turn();
    expect([await fence.check('1'), await fence.check('2')]).toEqual(['pending', null]);
    expect([fence.mark(), await fence.hasMoved(MARK, '1')]).toEqual([MARK, true]);
    expect(stores.said).toEqual([]);
  });

  it('knows nothing before, which excuses no difference either', async () => {
    const stores = new Stores();
    stores.because = 'refused';
    const fence = stores.fence();
    await turn();
    expect(await fence.check('2')).toBe('unknown');
    expect([fence.mark(), await fence.hasMoved(MARK, '1')]).toEqual([null, false]);
  });

  it('tries again every few seconds, says why once, and says when it is over', async () => {
    const stores = new Stores();
    stores.because = 'refused';
    const fence = stores.fence();
    await turn();
    for (let i = 0; i < 3; i += 1) await later(stores, 5_000);
    expect(stores.said).toHaveLength(1);
    expect(stores.said[0]).toContain('the stores cannot be asked: refused');
    stores.because = 'no such table';
    await later(stores, 5_000);
    expect(stores.said).toHaveLength(2);
    stores.because = null;
    await later(stores, 4_999);
    expect(await fence.check('2')).toBe('unknown');
    await later(stores, 1);
    expect(await fence.check('2')).toBeNull();
    expect(stores.said.at(-1)).toContain('the stores answer now');
    await later(stores, 60_000);
    expect(stores.opened).toBe(1);
  });

  it('gives its stores back when it is closed, also those that were being opened', async () => {
    const stores = new Stores();
    const fence = stores.fence();
    await fence.close();
    expect([stores.opened, stores.closed]).toEqual([1, 1]);
    expect(await fence.check('2')).toBe('unknown');
    await fence.close();
    expect(stores.closed).toBe(1);
  });

  it('opens nothing any more once it is closed', async () => {
    const stores = new Stores();
    stores.because = 'refused';
    const fence = stores.fence();
    await turn();
    await fence.close();
    stores.because = null;
    await later(stores, 60_000);
    expect(stores.opened).toBe(0);
  });
});
