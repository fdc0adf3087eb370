import { CountedFence } from '@falsework/seam/engine';
import { SimClock } from '@falsework/testkit';
import { describe, expect, it } from 'vitest';
import { ScriptedFence } from '../../test/scripted-fence.ts';
import type { JournalFence } from '../writes/journal-fence.ts';
import { KeyMotion } from './key-motion.ts';

const journalWith = (over: Partial<JournalFence>): JournalFence =>
  ({
    reasonFor: () => null,
    mark: () => ({ position: 0 }),
    hasMoved: () => false,
    ...over,
  }) as JournalFence;

const motionOf = (fence: ScriptedFence | null, journal: JournalFence | null = null): KeyMotion => {
  const stores = fence === null ? null : new CountedFence(fence, new SimClock());
  return new KeyMotion({ key: '7', stores }, journal);
};

describe('the key of two answers that differ', () => {
  it('excuses them when either the journal or the stores saw a write of it', async () => {
    const fence = new ScriptedFence();
    const moved = journalWith({ hasMoved: () => true });
    expect(await motionOf(fence, moved).excuse('first')).toBe('fenced');
    expect(await motionOf(null, moved).excuse('first')).toBe('fenced');
    expect(await motionOf(fence, journalWith({})).excuse('first')).toBeNull();
    fence.moved.add('7');
    expect(await motionOf(fence).excuse('first')).toBe('fenced');
  });

  it('excuses nothing where nobody could have seen one', () => {
    expect(motionOf(null, journalWith({})).excuse('first')).toBeNull();
    expect(motionOf(null).excuse('first')).toBeNull();
  });

  it('excuses nothing without a mark from before the sides began', async () => {
    const fence = new ScriptedFence();
    fence.moved.add('7');
    fence.position = null;
    const motion = motionOf(fence);
    fence.position = { position: 1 };
    expect(await motion.excuse('first')).toBeNull();
  });

  it('is judged at the second look by what came after the first one', async () => {
    const fence = new ScriptedFence();
    const since: unknown[] = [];
    fence.hasMoved = ({ position }) => Promise.resolve(since.push(position) > 5);
    const motion = motionOf(fence);
    expect(motion.excuse('second')).toBeNull();
    fence.position = { position: 1 };
    expect(await motion.beforeSecondLook()).toBeNull();
    await motion.excuse('second');
    // What stands after a second look that could not be finished is the first one.
    await motion.excuse('first');
    expect(since).toEqual([1, 0]);
  });

  it('is not worth a second look while it is on its way, by the journal or by the stores', async () => {
    const open = journalWith({ reasonFor: () => 'pending' });
    expect(await motionOf(new ScriptedFence(), open).beforeSecondLook()).toBe('fenced');
    expect(await motionOf(new ScriptedFence('every-key')).beforeSecondLook()).toBe('fenced');
    // What is not known, or too much to tell, excuses nothing.
    for (const reason of ['unknown', 'too-many'] as const) {
      expect(await motionOf(new ScriptedFence(reason)).beforeSecondLook()).toBeNull();
    }
  });
});
