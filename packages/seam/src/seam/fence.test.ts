import type { FenceReason, ReadFence } from '@falsework/core/routing';
import { beforeEach, describe, expect, it } from 'vitest';
import { type SeamWorld, seamWorld } from '../../test/seam-fixtures.ts';
import type { Seam } from './types.ts';

/** Two stores, told about by hand: what is on its way, and what was written since any mark. */
class ScriptedFence implements ReadFence {
  readonly asked: (string | null)[] = [];
  readonly reasons = new Map<string | null, FenceReason>();
  readonly moved = new Set<string | null>();
  marks = 0;
  isBroken = false;

  check(key: string | null): Promise<FenceReason | null> {
    this.asked.push(key);
    if (this.isBroken) throw new Error('broken');
    return Promise.resolve(this.reasons.get(key) ?? null);
  }

  mark(): { readonly position: number } {
    if (this.isBroken) throw new Error('broken');
    this.marks += 1;
    return { position: this.marks };
  }

  hasMoved(_: unknown, key: string | null): Promise<boolean> {
    if (this.isBroken) throw new Error('broken');
    return Promise.resolve(this.moved.has(key));
  }
}

type Read = (key: string) => Promise<{ readonly by: string }>;

const SEPARATE = { stage: 'shift', percent: 100, topology: 'separate' } as const;
let world: SeamWorld;
let fence: ScriptedFence;

const read = (by: string): Read => {
  return async () => ({ by });
};

/** A seam whose sides say who they are. */
const fencedSeam = (candidate: Read = read('candidate')): Seam<Read> =>
  world.seam({ legacy: read('legacy'), candidate, key: ([key]) => key, fence });

beforeEach(() => {
  world = seamWorld(SEPARATE);
  fence = new ScriptedFence();
});

describe('a seam before which a fence stands', () => {
  it.each([
    [null, 'candidate'],
    ['pending', 'legacy'],
    ['every-key', 'legacy'],
    ['too-many', 'legacy'],
    ['unknown', 'legacy'],
  ] as const)('when the fence says %s, is answered by the %s', async (reason, by) => {
    if (reason !== null) fence.reasons.set('a', reason);
    const fn = fencedSeam();
    expect(await fn('a')).toEqual({ by });
    expect(fence.asked).toEqual(['a']);
    const { fence: use } = fn.report();
    expect(use?.passed).toBe(reason === null ? 1 : 0);
    if (reason !== null) expect(use?.fenced[reason]).toBe(1);
  });

  it('is answered by legacy when the fence itself is broken, and keeps count', async () => {
    fence.isBroken = true;
    const fn = fencedSeam();
    expect(await fn('a')).toEqual({ by: 'legacy' });
    expect(fn.report().fence?.fenced.unknown).toBe(1);
  });

  it('asks only for keys in the candidate’s share', async () => {
    world = seamWorld({ ...SEPARATE, percent: 0, cohortKeys: ['moved'] });
    const fn = fencedSeam();
    expect(await fn('stays')).toEqual({ by: 'legacy' });
    expect(await fn('moved')).toEqual({ by: 'candidate' });
    expect(fence.asked).toEqual(['moved']);
  });

  it.each([
    ['both sides share a store', { ...SEPARATE, topology: 'shared' }, 'candidate'],
    ['nothing is fed back any more', { ...SEPARATE, stage: 'seal' }, 'candidate'],
    ['nothing has moved yet', { ...SEPARATE, stage: 'shadow' }, 'legacy'],
  ] as const)('asks nothing where %s', async (_, snapshot, by) => {
    world = seamWorld(snapshot);
    expect(await fencedSeam()('a')).toEqual({ by });
    expect(fence.asked).toEqual([]);
  });

  it.each([
    ['nothing is known of', 'unknown', 'candidate'],
    ['legacy has been written again, of', 'pending', 'legacy'],
    ['so much that it is not listed, of', 'too-many', 'legacy'],
  ] as const)(
    'where the candidate takes the writes and %s a key, has it answered by who has it',
    async (_, reason, by) => {
      // Going back the stores switch first; until a process is told, its reads are the candidate's.
      world = seamWorld({ ...SEPARATE, stage: 'turnover' });
      fence.reasons.set('a', reason);
      expect(await fencedSeam()('a')).toEqual({ by });
      expect(await fencedSeam()('b')).toEqual({ by: 'candidate' });
    },
  );

  it('asks about everything when a call names no key', async () => {
    fence.reasons.set(null, 'pending');
    const fn = world.seam({
      legacy: read('legacy'),
      candidate: read('candidate'),
      key: () => null,
      fence,
    });
    expect(await fn('a')).toEqual({ by: 'legacy' });
    expect(fence.asked).toEqual([null]);
  });

  it('hands on this, arguments and what is thrown as they are', async () => {
    const thrown = new Error('mine');
    const seen: unknown[] = [];
    const side = async function (this: unknown, key: string): Promise<{ readonly by: string }> {
      seen.push(this, key);
      throw thrown;
    };
    const fn = world.seam({ legacy: side, candidate: side, key: ([key]) => key, fence });
    const owner = { fn };
    await expect(owner.fn('a')).rejects.toBe(thrown);
    expect(seen.slice(0, 2)).toEqual([owner, 'a']);
  });

  it('tells people who was let through and who was not', async () => {
    const fn = fencedSeam(read('legacy'));
    fence.reasons.set('b', 'pending').set('c', 'too-many');
    for (const key of ['a', 'b', 'b', 'c']) await fn(key);
    await world.pass();
    expect(String(fn.report())).toContain(
      'fence: 1 let through · 3 kept with legacy (being written 2, too many changes under way 1) · waited p50 0.0 ms, p99 0.0 ms.',
    );
  });

  it('is refused without a key, and with what is no fence', () => {
    const sides = { legacy: read('legacy'), candidate: read('candidate') };
    expect(() => world.seam({ ...sides, fence })).toThrow('key');
    expect(() => world.seam({ ...sides, key: ([key]) => key, fence: {} as ReadFence })).toThrow(
      'fence',
    );
    const sync = { legacy: () => 1, candidate: () => 1, key: () => 'a' };
    // @ts-expect-error Who gets no promise cannot wait.
    world.seam({ ...sync, fence });
  });
});

describe('a difference between two stores', () => {
  const failing: Read = async () => {
    throw new Error('no such account');
  };

  it.each([
    ['the answers differ', read('candidate')],
    ['the candidate does not know the key yet', failing],
  ])('is not counted as one when the key was written meanwhile and %s', async (_, candidate) => {
    world = seamWorld({ ...SEPARATE, stage: 'shadow' });
    fence.moved.add('a');
    const fn = fencedSeam(candidate);
    await fn('a');
    await fn('b');
    await world.pass();
    const { differing, shed, verdicts } = fn.report();
    expect([differing, shed.fenced, verdicts.shed]).toEqual([1, 1, 1]);
  });

  it('stands when that cannot be told: not knowing is no excuse', async () => {
    world = seamWorld({ ...SEPARATE, stage: 'shadow' });
    const fn = fencedSeam();
    fence.isBroken = true;
    await fn('a');
    await world.pass();
    expect(fn.report()).toMatchObject({ differing: 1, shed: { fenced: 0 } });
  });

  it('is looked at again when the key rests, with a mark of its own', async () => {
    world = seamWorld({ ...SEPARATE, stage: 'shadow', shadow: { recheckAfterMs: 100 } });
    const fn = fencedSeam();
    fence.moved.add('a');
    await fn('a');
    await world.pass();
    // Written before the second look begins, and not since: now the difference is the candidate's.
    fence.moved.clear();
    await world.pass(100);
    expect(fence.asked).toEqual(['a']);
    expect(fence.marks).toBe(2);
    expect(fn.report()).toMatchObject({ differing: 1, shed: { fenced: 0 } });
  });

  it('is let go when the key is written at the second look as well', async () => {
    world = seamWorld({ ...SEPARATE, stage: 'shadow', shadow: { recheckAfterMs: 100 } });
    fence.reasons.set('a', 'pending');
    const fn = fencedSeam();
    await fn('a');
    await world.pass(100);
    expect(fn.report()).toMatchObject({ compared: 0, differing: 0, shed: { fenced: 1 } });
  });

  it('is judged by what was written since the first look where the second could not be finished', async () => {
    const shadow = { recheckAfterMs: 100, timeoutMs: 50 };
    world = seamWorld({ ...SEPARATE, stage: 'shadow', shadow });
    // Written before the second look began: only the mark of the first one knows of it.
    fence.hasMoved = (mark) => Promise.resolve((mark as { position: number }).position === 1);
    let calls = 0;
    const fn = fencedSeam(() => {
      calls += 1;
      return calls === 1 ? Promise.resolve({ by: 'candidate' }) : new Promise(() => {});
    });
    await fn('a');
    await world.pass();
    await world.pass(100);
    await world.pass(50);
    expect(calls).toBe(2);
    expect(fn.report()).toMatchObject({ compared: 0, differing: 0, shed: { fenced: 1 } });
  });

  it('is nobody’s either when it is legacy that follows', async () => {
    world = seamWorld({ ...SEPARATE, stage: 'turnover' });
    fence.moved.add('a');
    const fn = fencedSeam();
    await fn('a');
    await fn('b');
    await world.pass();
    expect(fn.report()).toMatchObject({ differing: 1, shed: { fenced: 1 } });
  });

  it('costs no question when there is none', async () => {
    world = seamWorld({ ...SEPARATE, stage: 'shadow' });
    const fn = fencedSeam(read('legacy'));
    fence.moved.add('a');
    await fn('a');
    await world.pass();
    expect(fn.report()).toMatchObject({ compared: 1, verdicts: { match: 1 } });
    expect(fence.asked).toEqual([]);
  });
});
