import { describe, expect, expectTypeOf, it } from 'vitest';
import { seamWorld } from '../../test/seam-fixtures.ts';
import { seam } from './seam.ts';
import type { SeamHandle } from './types.ts';

const { plane } = seamWorld();

interface Cart {
  readonly account: string;
}
interface Quote {
  readonly total: number;
}
const price = async (cart: Cart, _at?: Date): Promise<Quote> => ({ total: cart.account.length });
const common = { name: 'types', plane } as const;

// Checked by the compiler; run, they prove no more than that these seams can be defined.
describe('the type of a seam', () => {
  it('is exactly that of legacy, with a handle', () => {
    const fn = seam({ ...common, legacy: price, candidate: price });
    const asLegacy: typeof price = fn;
    const handle: SeamHandle = fn;
    expectTypeOf(fn).returns.toEqualTypeOf<Promise<Quote>>();
    expect([asLegacy, handle]).toEqual([fn, fn]);
    expectTypeOf(fn).parameters.toEqualTypeOf<[cart: Cart, _at?: Date | undefined]>();
    expect(fn.length).toBe(2);
  });

  it('keeps generics', () => {
    const first = <Item>(items: readonly Item[]): Item | undefined => items[0];
    const fn = seam({ ...common, legacy: first, candidate: first });
    expectTypeOf(fn(['a'])).toEqualTypeOf<string | undefined>();
    expectTypeOf(fn([1n])).toEqualTypeOf<bigint | undefined>();
    expect(fn(['a'])).toBe('a');
  });

  it('keeps overloads', () => {
    function parse(text: string): number;
    function parse(text: string, radix: 'big'): bigint;
    function parse(text: string, radix?: 'big'): number | bigint {
      return radix === 'big' ? BigInt(text) : Number(text);
    }
    const fn = seam({ ...common, legacy: parse, candidate: parse });
    expectTypeOf(fn('1')).toEqualTypeOf<number>();
    expectTypeOf(fn('1', 'big')).toEqualTypeOf<bigint>();
    expect([fn('1'), fn('1', 'big')]).toEqual([1, 1n]);
  });

  it('keeps what this must be', () => {
    interface Till {
      readonly rate: number;
    }
    const charge = function (this: Till, amount: number): number {
      return this.rate * amount;
    };
    const fn = seam({ ...common, legacy: charge, candidate: charge });
    // @ts-expect-error Without a till there is no charge.
    expect(() => fn(1)).toThrow(TypeError);
    expect(fn.call({ rate: 2 }, 3)).toBe(6);
  });

  it('refuses a candidate of another type', () => {
    const legacy = (n: number): string => String(n);
    // @ts-expect-error A number is no text.
    expect(seam({ ...common, legacy, candidate: (n: number) => n })(1)).toBe('1');
    // @ts-expect-error Legacy is called without a second argument.
    expect(seam({ ...common, legacy, candidate: (n: number, m: number) => `${n}${m}` })(1)).toBe(
      '1',
    );
    // @ts-expect-error A promise of a text is no text.
    expect(seam({ ...common, legacy, candidate: async (n: number) => String(n) })(1)).toBe('1');
  });

  it('gives the functions for key and stratum the arguments of legacy', () => {
    const legacy = (cart: Cart, _count: number): string => cart.account;
    const fn = seam({
      ...common,
      legacy,
      candidate: legacy,
      key: ([cart]) => {
        expectTypeOf(cart).toEqualTypeOf<Cart>();
        return cart.account;
      },
      stratum: ([, count]) => {
        expectTypeOf(count).toEqualTypeOf<number>();
        return count > 1 ? 'many' : 'one';
      },
    });
    expect(fn({ account: 'a' }, 1)).toBe('a');
  });
});
