import { SimClock } from '@falsework/testkit';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { KeyTurns } from './key-turns.ts';

describe('the turns of a key', () => {
  it('are had by one at a time, first come first, whatever the order of releases', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.constantFrom('a', 'b', 'c'), { maxLength: 30 }),
        async (keys) => {
          const turns = new KeyTurns(new SimClock(), 1_000);
          const holding = new Map<string, number>();
          const order = new Map<string, number[]>();
          await Promise.all(
            keys.map(async (key, i) => {
              const release = await turns.take(key);
              holding.set(key, (holding.get(key) ?? 0) + 1);
              expect(holding.get(key)).toBe(1);
              order.set(key, [...(order.get(key) ?? []), i]);
              await Promise.resolve();
              holding.set(key, 0);
              release();
            }),
          );
          for (const taken of order.values())
            expect(taken).toEqual([...taken].sort((a, b) => a - b));
          expect(turns.taken).toBe(0);
        },
      ),
    );
  });

  it('are not passed on twice by a release that is called twice', async () => {
    const turns = new KeyTurns(new SimClock(), 1_000);
    const first = await turns.take('a');
    const taken: string[] = [];
    const second = turns.take('a').then((release) => {
      taken.push('second');
      return release;
    });
    const third = turns.take('a').then(() => void taken.push('third'));
    first();
    first();
    await second;
    expect(taken).toEqual(['second']);
    (await second)();
    await third;
  });

  it('pass over those who gave up waiting', async () => {
    const clock = new SimClock();
    const turns = new KeyTurns(clock, 100);
    const release = await turns.take('a');
    const impatient = turns.take('a').catch((error: { code: string }) => error.code);
    await clock.advance(60);
    const patient = turns.take('a');
    await clock.advance(40);
    expect(await impatient).toBe('FW_WRITE_KEY_BUSY');
    release();
    (await patient)();
    expect([turns.taken, clock.pending]).toEqual([0, 0]);
  });
});
