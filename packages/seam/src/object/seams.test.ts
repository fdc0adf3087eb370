import { beforeEach, describe, expect, expectTypeOf, it } from 'vitest';
import { type SeamWorld, seamWorld } from '../../test/seam-fixtures.ts';
import type { SeamHandle } from '../seam/types.ts';
import { seams } from './seams.ts';

interface Cart {
  readonly account: string;
  readonly items: number;
}

interface Gateway {
  readonly region: string;
  quote(cart: Cart): Promise<number>;
  fee(cart: Cart): number;
  close(): string;
}

class RulesGateway implements Gateway {
  region = 'eu';
  readonly calls: string[] = [];
  #open = true;
  readonly #rate = 2;

  async quote(cart: Cart): Promise<number> {
    this.calls.push('quote');
    return cart.items * this.#rate;
  }

  fee(cart: Cart): number {
    this.calls.push('fee');
    return cart.items;
  }

  get isOpen(): boolean {
    return this.#open;
  }

  close(): string {
    this.#open = false;
    return 'closed';
  }

  in(region: string): this {
    this.region = region;
    return this;
  }
}

class EngineGateway {
  readonly calls: string[] = [];
  readonly #rate = 3;

  async quote(cart: Cart): Promise<number> {
    this.calls.push('quote');
    return cart.items * this.#rate;
  }

  fee(cart: Cart): number {
    return cart.items;
  }
}

let world: SeamWorld;
let legacy: RulesGateway;
let candidate: EngineGateway;

beforeEach(() => {
  world = seamWorld();
  legacy = new RulesGateway();
  candidate = new EngineGateway();
});

const cart: Cart = { account: 'a', items: 2 };

function gatewayOf() {
  return seams(
    legacy,
    candidate,
    { quote: { effects: 'none' }, fee: { effects: 'none' } },
    { plane: world.plane },
  );
}

describe('an object behind seams', () => {
  it('answers like legacy, and compares each named method under a name of its own', async () => {
    const gateway = gatewayOf();
    expect(await gateway.quote(cart)).toBe(4);
    expect(gateway.fee(cart)).toBe(2);
    await world.pass();
    expect(gateway.quote.report()).toMatchObject({
      seam: 'RulesGateway.quote',
      compared: 1,
      differing: 1,
      causes: [{ legacy: '4', candidate: '6' }],
    });
    expect(gateway.fee.report()).toMatchObject({
      seam: 'RulesGateway.fee',
      compared: 1,
      differing: 0,
    });
  });

  it('calls each side on its own object, private members included', async () => {
    const gateway = gatewayOf();
    await gateway.quote(cart);
    await world.pass();
    expect([legacy.calls, candidate.calls]).toEqual([['quote'], ['quote']]);
  });

  it('calls a method on legacy however it was taken from the object', async () => {
    const { quote, close } = gatewayOf();
    expect(await quote(cart)).toBe(4);
    expect(close()).toBe('closed');
    expect(legacy.isOpen).toBe(false);
  });

  it('goes to legacy for everything that is not named', () => {
    const gateway = gatewayOf();
    expect([gateway.region, gateway.isOpen]).toEqual(['eu', true]);
    expect(gateway.close()).toBe('closed');
    expect(gateway.isOpen).toBe(false);
    expect(gateway.close).toBe(gateway.close);
    gateway.region = 'us';
    expect(legacy.region).toBe('us');
  });

  it('is what legacy is to whoever looks at it', () => {
    const gateway = gatewayOf();
    expect(gateway).toBeInstanceOf(RulesGateway);
    expect(gateway.constructor).toBe(RulesGateway);
    expect(Object.keys(gateway)).toEqual(Object.keys(legacy));
    expect('quote' in gateway && 'close' in gateway && !('nothing' in gateway)).toBe(true);
    expect([gateway.quote.name, gateway.quote.length]).toEqual(['quote', 1]);
    expect(JSON.stringify(gateway)).toBe(JSON.stringify(legacy));
    expect((gateway as { then?: unknown }).then).toBeUndefined();
  });

  it('stays in front when legacy gives itself back', async () => {
    const gateway = gatewayOf();
    expect(gateway.in('us')).toBe(gateway);
    await gateway.in('us').quote(cart);
    await world.pass();
    expect(gateway.quote.report().compared).toBe(1);
  });

  it('follows a method that is replaced on legacy later', async () => {
    const gateway = gatewayOf();
    legacy.quote = async () => 7;
    legacy.close = () => 'replaced';
    expect(await gateway.quote(cart)).toBe(7);
    expect(gateway.close()).toBe('replaced');
  });

  it('can have a method replaced for itself, as a test does', () => {
    const gateway = gatewayOf();
    const original = gateway.fee;
    gateway.fee = Object.assign(() => 9, original);
    expect([gateway.fee(cart), legacy.fee(cart)]).toEqual([9, 2]);
  });

  it('does not go through the seams when legacy calls itself', async () => {
    const plain = {
      rate: 2,
      single(n: number): number {
        return n * this.rate;
      },
      both(n: number): number {
        return this.single(n) + this.single(n);
      },
    };
    const fast = { single: (n: number) => n * 2, both: (n: number) => n * 4 };
    const methods = { single: { effects: 'none' }, both: { effects: 'none' } } as const;
    const rates = seams(plain, fast, methods, { name: 'rates', plane: world.plane });
    expect(rates.both(2)).toBe(8);
    await world.pass();
    expect([rates.both.report().compared, rates.single.report().compared]).toEqual([1, 0]);
    expect(rates.both.report().seam).toBe('rates.both');
    expect(Object.keys({ ...rates })).toEqual(['rate', 'single', 'both']);
  });

  it('hands out a class and symbols of legacy as they are', () => {
    class Item {
      readonly price = 1;
    }
    const shop = { Item, sell: () => 1, [Symbol.toStringTag]: 'Shop' };
    const front = seams(shop, { sell: () => 1 }, { sell: {} }, { plane: world.plane });
    expect(new front.Item()).toBeInstanceOf(Item);
    expect(String(front)).toBe('[object Shop]');
  });

  it('takes an option of the method before one of all', async () => {
    const gateway = seams(
      legacy,
      candidate,
      { quote: { name: 'pricing.quote' }, fee: { effects: 'follow' } },
      { plane: world.plane, effects: 'none' },
    );
    await gateway.quote(cart);
    gateway.fee(cart);
    await world.pass();
    expect(gateway.quote.report()).toMatchObject({ seam: 'pricing.quote', compared: 1 });
    expect(gateway.fee.report().compared).toBe(0);
  });

  it.each(['legacy', 'candidate'] as const)('refuses a method that the %s has not', (side) => {
    const sides = { legacy: { go: () => 1 }, candidate: { go: () => 1 }, [side]: {} } as {
      legacy: { go(): number };
      candidate: { go(): number };
    };
    expect(() => seams(sides.legacy, sides.candidate, { go: {} }, { name: 'shop' })).toThrow(
      expect.objectContaining({
        code: 'FW_SEAM_METHOD',
        message: `The seams of shop name the method \`go\`, but the ${side} has no method of that name.`,
      }),
    );
  });

  it('refuses an option that does not exist', () => {
    const methods = { fee: { efects: 'none' } } as unknown as { fee: { effects: 'none' } };
    expect(() => seams(legacy, candidate, methods)).toThrow(
      expect.objectContaining({ code: 'FW_SEAM_OPTION_UNKNOWN' }),
    );
  });
});

// Checked by the compiler; run, they prove no more than that these seams can be defined.
describe('the type of an object behind seams', () => {
  it('is exactly that of legacy, with a handle on each named method', () => {
    const gateway = gatewayOf();
    const asGateway: Gateway = gateway;
    const asLegacy: RulesGateway = gateway;
    const handle: SeamHandle = gateway.quote;
    expectTypeOf(gateway.quote).parameters.toEqualTypeOf<[cart: Cart]>();
    expectTypeOf(gateway.quote(cart)).toEqualTypeOf<Promise<number>>();
    // @ts-expect-error A method that is not named has no report.
    expect((): unknown => gateway.close.report()).toThrow(TypeError);
    expect([asGateway, asLegacy]).toEqual([gateway, gateway]);
    expect(handle).toBe(gateway.quote);
  });

  it('keeps overloads and generics', () => {
    const parser = {
      first: <Item>(items: readonly Item[]): Item | undefined => items[0],
    };
    const fast = { first: parser.first };
    const fn = seams(parser, fast, { first: { effects: 'none' } }, { plane: world.plane });
    expectTypeOf(fn.first(['a'])).toEqualTypeOf<string | undefined>();
    expect(fn.first(['a'])).toBe('a');
  });

  it('gives the functions for key and stratum the arguments of the method', () => {
    const gateway = seams(
      legacy,
      candidate,
      {
        quote: {
          key: ([of]) => {
            expectTypeOf(of).toEqualTypeOf<Cart>();
            return of.account;
          },
          stratum: ([of]) => (of.items > 1 ? 'many' : 'one'),
        },
      },
      { plane: world.plane },
    );
    expect(gateway.fee(cart)).toBe(2);
  });

  it('asks of the candidate no more than the named methods, of the same type', () => {
    const { plane } = world;
    const small = { fee: (of: Cart) => of.items };
    expect(seams(legacy, small, { fee: {} }, { plane }).fee(cart)).toBe(2);
    const wrong = { fee: (of: Cart) => String(of.items) };
    // @ts-expect-error A text is no number.
    expect(seams(legacy, wrong, { fee: {} }, { plane }).fee(cart)).toBe(2);
    // @ts-expect-error There is no such method.
    expect(() => seams(legacy, small, { fees: {} }, { plane })).toThrow();
    // @ts-expect-error Nor is there beside one that there is.
    expect(() => seams(legacy, small, { fee: {}, fees: {} }, { plane })).toThrow();
    // @ts-expect-error The candidate has no quote.
    expect(() => seams(legacy, small, { fee: {}, quote: {} }, { plane })).toThrow();
    // @ts-expect-error A property is no method.
    expect(() => seams(legacy, small, { region: {} }, { plane })).toThrow();
  });
});
