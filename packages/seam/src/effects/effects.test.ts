import { describe, expect, expectTypeOf, it, vi } from 'vitest';
import { effects } from './effects.ts';

class Mailer {
  readonly #sent: string[] = [];
  from = 'shop';
  send(to: string): number {
    return this.#sent.push(to);
  }
  async count(): Promise<number> {
    return this.#sent.length;
  }
  get last(): string | undefined {
    return this.#sent.at(-1);
  }
}

const refusal = (make: () => unknown) => {
  try {
    make();
  } catch (error) {
    return error as { code: string; message: string };
  }
  throw new Error('nothing was refused');
};

describe('a wrapped collaborator, outside of any run', () => {
  const wrap = () => {
    const real = new Mailer();
    return { real, mailer: effects(real, { reads: ['count'], writes: ['send'] }) };
  };

  it('does what it is told, private members and getters included', async () => {
    const { real, mailer } = wrap();
    expect(mailer.send('ann')).toBe(1);
    await expect(mailer.count()).resolves.toBe(1);
    expect([mailer.last, real.last, mailer.from]).toEqual(['ann', 'ann', 'shop']);
  });

  it('looks like the real one: class, members, own properties', () => {
    const { real, mailer } = wrap();
    expect(mailer).toBeInstanceOf(Mailer);
    expect('send' in mailer).toBe(true);
    expect({ ...mailer }).toEqual({ from: 'shop' });
    expect(Object.keys(mailer)).toEqual(Object.keys(real));
    expect(mailer.send).toBe(mailer.send);
    expect(Object.getPrototypeOf(mailer)).toBe(Mailer.prototype);
    expect(String(mailer)).toBe(String(real));
  });

  it('can be changed, and is the same thing as the real one', () => {
    const { real, mailer } = wrap();
    mailer.from = 'desk';
    expect(real.from).toBe('desk');
    expect(Reflect.deleteProperty(mailer, 'from')).toBe(true);
    expect('from' in real).toBe(false);
  });

  it('hands on the very answer, and what is thrown', async () => {
    const promise = Promise.resolve(1);
    const error = new Error('no');
    const real = {
      give: () => promise,
      fail: () => {
        throw error;
      },
    };
    const wrapped = effects(real, { writes: ['give', 'fail'] });
    expect(wrapped.give()).toBe(promise);
    expect(() => wrapped.fail()).toThrow(error);
  });

  it('follows a method that is replaced later, as a test would', () => {
    const { real, mailer } = wrap();
    expect(mailer.send('ann')).toBe(1);
    vi.spyOn(real, 'send').mockReturnValue(99);
    expect(mailer.send('ben')).toBe(99);
  });

  it('may be frozen', () => {
    const frozen = Object.freeze({ look: () => 1, act: () => 2 });
    const wrapped = effects(frozen, { reads: ['look'], writes: ['act'] });
    expect([wrapped.look(), wrapped.act()]).toEqual([1, 2]);
    expect(wrapped.act).not.toBe(frozen.act);
  });

  it('is called with the real one as this, however it is taken off', () => {
    const { mailer } = wrap();
    const { send } = mailer;
    expect(send('ann')).toBe(1);
  });
});

describe('declaring effects', () => {
  const mailer = new Mailer();

  it.each([
    ['a name that is no method', { writes: ['sent'] }, 'it has no method of that name'],
    ['a member that is no method', { reads: ['from'] }, 'it has no method of that name'],
    ['a method in two lists', { reads: ['send'], writes: ['send'] }, 'it is listed twice'],
    [
      'an answer for what is no write',
      { reads: ['count'], answers: { count: () => 1 } },
      'it has an answer but is no write',
    ],
  ])('refuses %s', (_, options, why) => {
    const { code, message } = refusal(() => effects(mailer, options as never));
    expect(code).toBe('FW_SEAM_EFFECTS_METHOD');
    expect(message).toContain(`but ${why}`);
    expect(message).toContain('Mailer');
  });

  it('refuses an option that does not exist, with the nearest that does', () => {
    const { code, message } = refusal(() => effects(mailer, { write: ['send'] } as never));
    expect(code).toBe('FW_SEAM_OPTION_UNKNOWN');
    expect(message).toContain('Did you mean `writes`?');
  });

  it('knows the methods of the collaborator, and what they answer', () => {
    const wrapped = effects(mailer, {
      reads: ['count'],
      writes: ['send'],
      answers: { send: (to) => to.length },
    });
    expectTypeOf(wrapped).toEqualTypeOf<Mailer>();
    // @ts-expect-error There is no method of that name.
    expect(() => effects(mailer, { writes: ['sent'] })).toThrow('sent');
    // @ts-expect-error It is no method.
    expect(() => effects(mailer, { reads: ['from'] })).toThrow('from');
    // @ts-expect-error A number is what it answers.
    effects(mailer, { writes: ['send'], answers: { send: () => 'one' } });
  });
});
