import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TaskQueue } from './task-queue.ts';

describe('the task queue', () => {
  it('gives back what it was given, in order, whatever the mix of adding and taking', () => {
    const steps = fc.array(fc.oneof(fc.constant('take' as const), fc.integer()), {
      maxLength: 200,
    });
    fc.assert(
      fc.property(steps, (mix) => {
        const queue = new TaskQueue<number>();
        const model: number[] = [];
        for (const step of mix) {
          if (step === 'take') expect(queue.shift()).toBe(model.shift());
          else {
            queue.push(step);
            model.push(step);
          }
          expect(queue.length).toBe(model.length);
        }
        while (model.length > 0) expect(queue.shift()).toBe(model.shift());
        expect(queue.shift()).toBeUndefined();
      }),
    );
  });
});
