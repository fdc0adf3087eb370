import { ignore, type Rule, unordered } from '@falsework/core/compare';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { deferred } from '../../test/fixtures.ts';
import { type SeamWorld, seamWorld } from '../../test/seam-fixtures.ts';
import { effects } from '../effects/effects.ts';

interface Entry {
  readonly account: string;
  readonly cents: number;
  readonly at?: number;
}

/** A ledger as a payment service has one: balances, and entries that change them. */
class Ledger {
  readonly entries: Entry[] = [];
  readonly balances = new Map<string, number>([['a', 1_000]]);
  fee = 25;

  async feeOf(_account: string): Promise<number> {
    return this.fee;
  }

  async balance(account: string): Promise<number> {
    return this.balances.get(account) ?? 0;
  }

  async insert(entry: Entry): Promise<{ id: number }> {
    this.entries.push(entry);
    this.balances.set(entry.account, (await this.balance(entry.account)) - entry.cents);
    return { id: this.entries.length };
  }

  audit(words: string): void {
    this.words.push(words);
  }

  async wipe(): Promise<void> {
    this.entries.length = 0;
  }

  readonly words: string[] = [];
}

const LISTS = {
  name: 'ledger',
  reads: ['feeOf'],
  remembered: ['balance'],
  writes: ['insert', 'audit'],
} as const;

type Charge = (account: string, cents: number) => Promise<string>;
type Using = (ledger: Ledger) => Charge;

let world: SeamWorld;
let real: Ledger;
let ledger: Ledger;

beforeEach(() => {
  world = seamWorld();
  real = new Ledger();
  ledger = effects(real, LISTS);
});

/** What a charge is: look, write, note. */
const honest: Using = (l) => async (account, cents) => {
  const due = cents + (await l.feeOf(account));
  if ((await l.balance(account)) < due) return 'refused';
  const { id } = await l.insert({ account, cents: due });
  l.audit(`charged ${account}`);
  return `entry ${id}`;
};

const charge = (candidate: Using, compare: readonly Rule[] = []) =>
  world.seam({
    legacy: honest(ledger),
    candidate: candidate(ledger),
    effects: 'recorded',
    compare,
  });

/** The causes after one call, as `kind at template`. */
async function causesOf(candidate: Using, compare: readonly Rule[] = []): Promise<string[]> {
  const fn = charge(candidate, compare);
  await expect(fn('a', 100)).resolves.toBe('entry 1');
  await world.pass();
  return fn.report().causes.map(({ kind, template }) => `${kind} at ${template}`);
}

describe('a seam whose effects are recorded', () => {
  it('writes once: by the side that serves', async () => {
    const fn = charge(honest);
    await expect(fn('a', 100)).resolves.toBe('entry 1');
    await world.pass();
    expect(fn.report()).toMatchObject({ compared: 1, differing: 0 });
    expect(real.entries).toEqual([{ account: 'a', cents: 125 }]);
    expect(real.words).toEqual(['charged a']);
  });

  it('lets the shadow see what the authority saw, though the world is another one by now', async () => {
    real.balances.set('a', 130);
    const fn = charge(honest);
    await expect(fn('a', 100)).resolves.toBe('entry 1');
    await world.pass();
    // Without the remembered balance of 130, the candidate would find 5 and refuse.
    expect(fn.report()).toMatchObject({ compared: 1, differing: 0 });
  });

  it('gives a read that is made twice both answers of the authority, in their order', async () => {
    const twice: Using = (l) => async (account, cents) => {
      const before = await l.balance(account);
      await l.insert({ account, cents });
      return `${before} ${await l.balance(account)}`;
    };
    const fn = world.seam({
      legacy: twice(ledger),
      candidate: twice(ledger),
      effects: 'recorded',
    });
    await expect(fn('a', 100)).resolves.toBe('1000 900');
    await world.pass();
    expect(fn.report()).toMatchObject({ compared: 1, differing: 0 });
  });

  it('makes a read for real that the authority did not make', async () => {
    const seen: number[] = [];
    const curious: Using = (l) => async (account, cents) => {
      real.balances.set('b', 7);
      seen.push(await l.balance('b'));
      return honest(l)(account, cents);
    };
    expect(await causesOf(curious)).toEqual([]);
    expect(seen).toEqual([7]);
  });

  it('gives a write that the authority made its answer, a rejection included', async () => {
    const caught: unknown[] = [];
    vi.spyOn(real, 'insert').mockRejectedValue(new Error('duplicate'));
    const careful: Using = (l) => async (account, cents) => {
      try {
        await l.insert({ account, cents });
      } catch (error) {
        caught.push((error as Error).message);
      }
      return 'caught';
    };
    const fn = world.seam({
      legacy: careful(ledger),
      candidate: careful(ledger),
      effects: 'recorded',
    });
    await expect(fn('a', 1)).resolves.toBe('caught');
    await world.pass();
    expect(caught).toEqual(['duplicate', 'duplicate']);
    expect(fn.report()).toMatchObject({ compared: 1, differing: 0 });
  });

  it('finds the same effects in another order when both sides agree on the answer', async () => {
    const swapped: Using = (l) => async (account, cents) => {
      const due = cents + (await l.feeOf(account));
      l.audit(`charged ${account}`);
      const { id } = await l.insert({ account, cents: due });
      return `entry ${id}`;
    };
    expect(await causesOf(swapped)).toEqual([
      'effect-order at $.effects[?@.effect=="ledger.insert"]',
    ]);
    expect(await causesOf2(swapped, [unordered('$.effects')])).toEqual([]);
  });

  /** In a world of its own, since the first one has its entry already. */
  async function causesOf2(candidate: Using, compare: readonly Rule[]): Promise<string[]> {
    world = seamWorld();
    real = new Ledger();
    ledger = effects(real, LISTS);
    return causesOf(candidate, compare);
  }

  it('excuses what a rule on the arguments excuses, and hands out the answer all the same', async () => {
    const stamped = (at: number): Using => {
      return (l) => async (account, cents) => {
        const { id } = await l.insert({ account, cents, at });
        return `entry ${id}`;
      };
    };
    const options = { effects: 'recorded' } as const;
    const both = { legacy: stamped(1)(ledger), candidate: stamped(2)(ledger), ...options };
    const strict = world.seam({ ...both, name: 'strict' });
    const compare = [ignore('$.effects[*].args[0].at')];
    const lenient = world.seam({ ...both, name: 'lenient', compare });
    await strict('a', 1);
    await lenient('a', 1);
    await world.pass();
    // Without the rule it is another call, to which the authority got no answer.
    expect(strict.report().verdicts.candidate_error).toBe(1);
    expect(lenient.report()).toMatchObject({ compared: 1, differing: 0 });
  });

  it('takes a declared answer where the authority made no such call', async () => {
    ledger = effects(real, { ...LISTS, answers: { insert: async ({ cents }) => ({ id: cents }) } });
    const other: Using = (l) => async (account, cents) => {
      const { id } = await l.insert({ account, cents: cents + 26 });
      l.audit(`charged ${account}`);
      return `entry ${id - 125}`;
    };
    expect(await causesOf(other)).toEqual([
      'effect-arguments at $.effects[?@.effect=="ledger.insert"].args[*].cents',
    ]);
  });

  it('is not looked at a second time: the second look would meet what the first call wrote', async () => {
    world = seamWorld({ shadow: { recheckAfterMs: 250 } });
    const fn = charge(() => async () => 'entry 2');
    await fn('a', 100);
    await world.pass(0);
    expect(fn.report().verdicts.mismatch).toBe(1);
  });

  it('runs legacy for a call that the candidate served, and still writes once', async () => {
    world = seamWorld({ stage: 'shift', percent: 100 });
    const fn = charge(honest);
    await expect(fn('a', 100)).resolves.toBe('entry 1');
    await world.pass();
    expect(fn.report()).toMatchObject({ compared: 1, differing: 0 });
    expect(real.entries).toHaveLength(1);
  });

  it('keeps what a shadow writes after its time was up', async () => {
    const late = deferred<void>();
    const slow: Using = (l) => async (account, cents) => {
      await late.promise;
      return honest(l)(account, cents);
    };
    const fn = charge(slow);
    await fn('a', 100);
    await world.pass(100);
    expect(fn.report().verdicts.timeout).toBe(1);
    late.resolve();
    await world.pass(1_000);
    expect(real.entries).toHaveLength(1);
  });

  it('counts effects of a seam within a seam for both', async () => {
    const inner = world.seam({
      name: 'inner',
      legacy: (words: string) => ledger.audit(words),
      candidate: (words: string) => ledger.audit(words),
      effects: 'recorded',
    });
    const outer = world.seam({
      name: 'outer',
      legacy: async () => inner('once'),
      candidate: async () => {
        inner('once');
        inner('twice');
      },
      effects: 'recorded',
    });
    await outer();
    await world.pass();
    expect(inner.report()).toMatchObject({ compared: 1, differing: 0 });
    expect(outer.report().causes).toMatchObject([{ kind: 'effect-extra' }]);
    expect(real.words).toEqual(['once']);
  });

  it('sheds a call that writes more than can be noted, and says so', async () => {
    const many: Using = (l) => async () => {
      for (let i = 0; i < 1_001; i += 1) l.audit(String(i));
      return 'done';
    };
    const fn = world.seam({ legacy: many(ledger), candidate: many(ledger), effects: 'recorded' });
    await fn('a', 1);
    await world.pass();
    expect(fn.report()).toMatchObject({ compared: 0, shed: { 'too-large': 1 } });
    expect(real.words).toHaveLength(1_001);
  });

  it('does not compare what one side did when only the other succeeded', async () => {
    expect(
      await causesOf(() => async () => {
        throw new Error('no');
      }),
    ).toEqual(['outcome at $']);
  });

  it('compares what two sides did before both failed alike', async () => {
    const failing = (words: string) => async () => {
      ledger.audit(words);
      throw new Error('no');
    };
    const fn = world.seam({
      legacy: failing('a'),
      candidate: failing('b'),
      effects: 'recorded',
    });
    await expect(fn()).rejects.toThrow('no');
    await world.pass();
    expect(fn.report().verdicts.mismatch).toBe(1);
    expect(fn.report().causes).toMatchObject([{ kind: 'effect-arguments', legacy: '"a"' }]);
  });

  it('falls back to legacy only when it was told to: the candidate may have written', async () => {
    world = seamWorld({ stage: 'shift', percent: 100 });
    const candidate = async (): Promise<string> => {
      throw new Error('half done');
    };
    const both = { legacy: honest(ledger), candidate, effects: 'recorded' } as const;
    const strict = world.seam({ ...both, name: 'strict' });
    await expect(strict('a', 1)).rejects.toThrow('half done');
    const told = world.seam({ ...both, name: 'told', fallback: true });
    await expect(told('a', 1)).resolves.toBe('entry 1');
    await world.pass();
    expect([strict.report().fallbacks, told.report().fallbacks]).toEqual([0, 1]);
  });
});

describe('a shadow run that does what was not declared', () => {
  const wiping: Using = (l) => async (account, cents) => {
    await l.wipe();
    return honest(l)(account, cents);
  };

  it('does not get to do it, and is the last one of its seam', async () => {
    const warn = vi.fn<(words: string) => void>();
    world.host.warn = warn;
    const fn = charge(wiping);
    await fn('a', 100);
    await world.pass();
    expect(real.entries).toHaveLength(1);
    await fn('a', 100);
    await world.pass();
    expect(fn.report()).toMatchObject({ compared: 0, shed: { stopped: 2 } });
    expect(String(fn.report())).toContain(
      'stopped, the candidate called ledger.wipe, which is not among its declared effects',
    );
    expect(warn).toHaveBeenCalledTimes(1);
    expect(warn.mock.calls[0]?.[0]).toContain('the candidate called ledger.wipe');
  });

  it('is told to control as a candidate that is not well', async () => {
    const fn = charge(wiping);
    await fn('a', 100);
    await world.pass();
    expect(world.plane.seam('test').unwellness()).toBe(
      'test: the candidate called ledger.wipe, which is not among its declared effects',
    );
  });

  it('is one that writes at all when the seam declared that nothing is written', async () => {
    const fn = world.seam({ legacy: async () => 1, candidate: async () => ledger.insert as never });
    const writing = world.seam({
      name: 'writing',
      legacy: async () => 1,
      candidate: async () => (await ledger.insert({ account: 'a', cents: 1 })).id,
    });
    await fn();
    await writing();
    await world.pass();
    expect(real.entries).toEqual([]);
    expect(fn.report().shed.stopped).toBe(0);
    expect(writing.report()).toMatchObject({ compared: 0, shed: { stopped: 1 } });
  });

  it('is one that sets or deletes a member of a collaborator', async () => {
    const setting = world.seam({
      legacy: () => 25,
      candidate: () => {
        ledger.fee = 0;
        return ledger.fee;
      },
      effects: 'recorded',
    });
    setting();
    await world.pass();
    expect(real.fee).toBe(25);
    expect(setting.report().shed.stopped).toBe(1);
    ledger.fee = 30;
    expect(real.fee).toBe(30);
  });

  it('stops what is queued and what runs, and leaves other seams alone', async () => {
    const other = world.seam({ name: 'other', legacy: () => 1, candidate: () => 1 });
    const fn = charge(
      (l) => async (account, cents) =>
        cents === 3 ? wiping(l)(account, cents) : new Promise<string>(() => {}),
    );
    for (const cents of [1, 2, 3, 4, 5, 6]) await fn('a', cents);
    other();
    await world.pass();
    expect(fn.report()).toMatchObject({ shed: { stopped: 6 }, verdicts: { timeout: 0 } });
    expect(other.report().compared).toBe(1);
  });
});

describe('a seam whose effects are followed', () => {
  it('is never shadowed, and says why', async () => {
    const candidate = vi.fn(async () => 1);
    const fn = world.seam({ legacy: async () => 1, candidate, effects: 'follow' });
    await fn();
    await world.pass();
    expect(candidate).not.toHaveBeenCalled();
    expect(fn.report().idleBecause).toContain("effects are 'follow'");
  });
});
