import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SharedLook } from './shared-look.ts';

/** Looks that end when they are told to, and see what was the case when they began. */
class Looks {
  now = 0;
  begun = 0;
  underWay = 0;
  most = 0;
  readonly #endings: (() => void)[] = [];

  readonly look = (): Promise<number> => {
    const seen = this.now;
    this.begun += 1;
    this.underWay += 1;
    this.most = Math.max(this.most, this.underWay);
    return new Promise((resolve, reject) => {
      this.#endings.push(() => {
        this.underWay -= 1;
        // Every third fails, and that must not hold up the ones behind it.
        if (this.begun % 3 === 0) reject(new Error('no answer'));
        else resolve(seen);
      });
    });
  };

  end(): void {
    this.#endings.shift()?.();
  }
}

const turn = async (): Promise<void> => {
  for (let i = 0; i < 5; i += 1) await Promise.resolve();
};

describe('a shared look', () => {
  it('never tells what was seen before it was asked for, and looks once at a time', async () => {
    const steps = fc.array(fc.constantFrom('ask', 'change', 'end', 'turn'), { maxLength: 60 });
    await fc.assert(
      fc.asyncProperty(steps, async (plan) => {
        const looks = new Looks();
        const shared = new SharedLook(looks.look);
        const asked: Promise<void>[] = [];
        for (const step of plan) {
          if (step === 'change') looks.now += 1;
          else if (step === 'end') looks.end();
          else if (step === 'turn') await turn();
          else {
            const { now } = looks;
            const told = shared.see().then(
              (seen) => expect(seen).toBeGreaterThanOrEqual(now),
              (error) => expect(error).toMatchObject({ message: 'no answer' }),
            );
            asked.push(told);
          }
        }
        for (let i = 0; i < plan.length; i += 1) {
          looks.end();
          await turn();
        }
        await Promise.all(asked);
        expect(looks.most).toBeLessThanOrEqual(1);
      }),
    );
  });

  it('is one look for all who ask while another is under way', async () => {
    const looks = new Looks();
    const shared = new SharedLook(looks.look);
    const first = shared.see();
    looks.now = 1;
    const others = [shared.see(), shared.see(), shared.see()];
    looks.end();
    expect(await first).toBe(0);
    await turn();
    looks.end();
    expect(await Promise.all(others)).toEqual([1, 1, 1]);
    expect(looks.begun).toBe(2);
  });
});
