import { NOTICE_KINDS } from '@falsework/core/policy';
import type { ControlStore } from '@falsework/core/ports';
import { openStore } from '@falsework/store';
import { passingEvidence, QUICK_POLICY, SeededRandom, SimClock } from '@falsework/testkit';
import { kickedOff, nextCommit, ORDERS } from '@falsework/testkit/contracts';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Notifier } from './notifier.ts';
import type { Poster } from './post.ts';
import type { NotifyTarget } from './target.ts';

const LOOK_MS = 2_000;
const SLACK: NotifyTarget = { kind: 'webhook', url: 'http://a', on: NOTICE_KINDS, headers: {} };

/** What is wrong at the moment: one condition of each length of patience. */
interface World {
  dead: boolean;
  interlock: boolean;
  sick: boolean;
}

/** A control that notifies, its store and its world; restarted as often as a test likes. */
class Bench {
  readonly clock = new SimClock();
  readonly world: World = { dead: false, interlock: false, sick: false };
  /** Bodies that were taken, by address. */
  readonly taken: { readonly url: string; readonly [key: string]: unknown }[] = [];
  /** Times at which a message was tried, by address. */
  readonly tries: { readonly url: string; readonly at: number }[] = [];
  readonly down = new Set<string>();
  readonly failures: (Error | null)[] = [];
  readonly #store: ControlStore;
  readonly #targets: readonly NotifyTarget[];
  #starts = 0;
  notifier: Notifier;

  constructor(store: ControlStore, targets: readonly NotifyTarget[] = [SLACK]) {
    this.#store = store;
    this.#targets = targets;
    this.notifier = this.begin();
  }

  begin(): Notifier {
    this.#starts += 1;
    const poster: Poster = {
      post: async ({ url, body }) => {
        this.tries.push({ url, at: this.clock.now() });
        if (this.down.has(url)) return { failed: 'it answered with status 500', waitMs: 0 };
        this.taken.push({ ...(JSON.parse(body) as object), url });
        return { failed: null };
      },
      close: async () => {},
    };
    this.notifier = new Notifier({
      store: this.#store,
      clock: this.clock,
      random: new SeededRandom(this.#starts),
      poster,
      targets: new Map([[ORDERS, this.#targets]]),
      read: () => this.#known(),
      controlUrl: 'http://control',
      holder: `control-${this.#starts}`,
      everyMs: LOOK_MS,
      onFailure: (_, error) => this.failures.push(error),
    });
    return this.notifier;
  }

  /** Lets time pass, looking as often as control does. */
  async pass(ms: number): Promise<void> {
    for (let left = ms; left > 0; left -= LOOK_MS) {
      await this.clock.advance(LOOK_MS);
      await this.notifier.look();
      await this.notifier.idle();
    }
  }

  /** What the target heard of one condition, in order. */
  heard(kind: string): unknown[] {
    return this.taken.filter((body) => body['kind'] === kind).map((body) => body['phase']);
  }

  async #known() {
    const state = await this.#store.migration(ORDERS);
    if (state === null) throw new Error('The bench lost its migration.');
    const now = this.clock.now();
    const { dead, interlock, sick } = this.world;
    const stopped = interlock ? [{ route: 'POST /orders', at: now, because: 'no header' }] : [];
    const counts = { ready: 0, lagMs: 0, inDoubt: 0, dead: dead ? 2 : 0, listed: 0 };
    const candidate = { side: 'candidate', at: now, build: null, because: null } as const;
    const evidence = passingEvidence(state, now, {
      writes: [{ journal: 'j', at: now, ...counts, stopped }],
      health: { candidate: { ...candidate, isHealthy: !sick } },
    });
    return { managed: { policy: QUICK_POLICY } as never, state, evidence };
  }
}

let store: ControlStore;
beforeEach(async () => {
  store = await openStore('sqlite::memory:');
  await kickedOff(store);
});
afterEach(() => store.close());

const decideOnce = async (): Promise<unknown> => store.commit(await nextCommit(store, 'ada'));
const sequences = (bench: Bench): unknown[] =>
  bench.taken.filter(({ phase }) => phase === 'event').map((body) => body['key']);

describe('a target', () => {
  it('hears of a condition once while it stands, and once when it has ended', async () => {
    const bench = new Bench(store);
    bench.world.dead = true;
    await bench.pass(3_600_000);
    expect(bench.heard('dead-letters')).toEqual(['begins']);
    bench.world.dead = false;
    await bench.pass(3_600_000);
    expect(bench.heard('dead-letters')).toEqual(['begins', 'ends']);
  });

  it('does not hear of an end that lasted for seconds', async () => {
    const bench = new Bench(store);
    for (let i = 0; i < 20; i += 1) {
      bench.world.dead = i % 2 === 0;
      await bench.pass(20_000);
    }
    expect(bench.heard('dead-letters')).toEqual(['begins']);
  });

  it('hears of what swings only when it has held for a minute', async () => {
    const bench = new Bench(store);
    bench.world.sick = true;
    await bench.pass(58_000);
    expect(bench.heard('gate')).toEqual([]);
    await bench.pass(6_000);
    expect(bench.heard('gate')).toEqual(['begins']);
  });

  it('hears of every decision once, in order, and of none from before it was named', async () => {
    await decideOnce();
    const bench = new Bench(store);
    await bench.pass(LOOK_MS);
    for (let i = 0; i < 5; i += 1) await decideOnce();
    await bench.pass(10_000);
    const expected = [3, 4, 5, 6, 7].map((sequence) => `orders/decision/${sequence}`);
    expect(sequences(bench)).toEqual(expected);
  });

  it('hears nothing again after a restart, and misses nothing in between', async () => {
    const bench = new Bench(store);
    bench.world.dead = true;
    await bench.pass(LOOK_MS);
    await bench.notifier.stop();
    await decideOnce();
    bench.begin();
    await bench.pass(600_000);
    expect(bench.heard('dead-letters')).toEqual(['begins']);
    expect(sequences(bench)).toEqual(['orders/decision/2']);
    await bench.notifier.stop();
    bench.world.dead = false;
    bench.begin();
    await bench.pass(600_000);
    expect(bench.heard('dead-letters')).toEqual(['begins', 'ends']);
  });

  it('that was away hears the latest decisions, and that there were more', async () => {
    const bench = new Bench(store);
    await bench.pass(LOOK_MS);
    bench.down.add(SLACK.url);
    for (let i = 0; i < 50; i += 1) await decideOnce();
    await bench.pass(600_000);
    bench.down.clear();
    await bench.pass(600_000);
    expect(sequences(bench)).toHaveLength(20);
    expect(bench.taken[0]?.['text']).toContain('(30 earlier decisions in the log)');
    expect(sequences(bench).at(-1)).toBe('orders/decision/51');
  });

  it('that fails is tried ever more rarely, and reported once', async () => {
    const bench = new Bench(store);
    bench.world.dead = true;
    bench.down.add(SLACK.url);
    await bench.pass(3_600_000);
    // Pauses of 1 s, doubled up to 300 s, each shortened to a half at most: 9 to get there, then at
    // most 24 in what is left of the hour.
    expect(bench.tries.length).toBeGreaterThan(12);
    expect(bench.tries.length).toBeLessThan(35);
    expect(bench.failures).toMatchObject([{ code: 'FW_NOTIFY_FAILED' }]);
    bench.down.clear();
    await bench.pass(600_000);
    expect(bench.heard('dead-letters')).toEqual(['begins']);
    expect(bench.failures.at(-1)).toBeNull();
  });

  it('hears of nothing that it was not named for', async () => {
    const bench = new Bench(store, [{ ...SLACK, on: ['interlock'] }]);
    Object.assign(bench.world, { dead: true, interlock: true });
    await bench.pass(LOOK_MS);
    await decideOnce();
    await bench.pass(60_000);
    expect(bench.taken.map(({ kind }) => kind)).toEqual(['interlock']);
  });

  it('that forgets is told again what still holds, until it has ended', async () => {
    const on = ['dead-letters'] as const;
    const bench = new Bench(store, [{ ...SLACK, kind: 'alertmanager', on }]);
    bench.world.dead = true;
    await bench.pass(600_000);
    const held = bench.taken.length;
    expect(held).toBeGreaterThanOrEqual(9);
    bench.world.dead = false;
    await bench.pass(600_000);
    const alerts = bench.taken.map((body) => body['0'] as { endsAt: string; startsAt: string });
    const at = (text: string): number => Date.parse(text);
    expect(new Set(alerts.map(({ startsAt }) => startsAt)).size).toBe(1);
    expect(at(alerts.at(-1)?.endsAt ?? '')).toBeLessThan(at(alerts.at(-2)?.endsAt ?? ''));
    // Over a minute it settles, so it is said on once; then it ends, and nothing more comes.
    expect(bench.taken.length).toBeLessThanOrEqual(held + 3);
  });
});

describe('of two controls that look at one store', () => {
  it('one tells, and the other when the first is gone', async () => {
    const bench = new Bench(store);
    const first = bench.notifier;
    bench.world.dead = true;
    await bench.pass(LOOK_MS);
    const second = bench.begin();
    for (let i = 0; i < 30; i += 1) {
      await bench.clock.advance(LOOK_MS);
      await Promise.all([first.look(), second.look()]);
      await Promise.all([first.idle(), second.idle()]);
      if (i % 10 === 0) await decideOnce();
    }
    expect(bench.heard('dead-letters')).toEqual(['begins']);
    expect(new Set(sequences(bench)).size).toBe(sequences(bench).length);
    // The first dies without a word: the second waits out its minute.
    bench.world.interlock = true;
    await bench.pass(64_000);
    expect(bench.heard('interlock')).toEqual(['begins']);
  });
});

describe('one target', () => {
  it('that fails keeps no other from hearing', async () => {
    const other = { ...SLACK, url: 'http://b' };
    const bench = new Bench(store, [SLACK, other]);
    bench.down.add(SLACK.url);
    bench.world.dead = true;
    await bench.pass(LOOK_MS);
    expect(bench.taken).toMatchObject([{ url: 'http://b', kind: 'dead-letters' }]);
  });
});

describe('through outages and restarts in any order', () => {
  const step = fc.record({
    ms: fc.integer({ min: 1, max: 60 }).map((looks) => looks * LOOK_MS),
    flips: fc.subarray(['dead', 'interlock', 'sick'] as const),
    does: fc.constantFrom('nothing', 'down', 'up', 'stop', 'crash', 'decide'),
  });

  it('begins and ends alternate, decisions come once, and the last word is the truth', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 12 }), async (steps) => {
        const own = await openStore('sqlite::memory:');
        await kickedOff(own);
        const bench = new Bench(own);
        for (const { ms, flips, does } of steps) {
          for (const flip of flips) bench.world[flip] = !bench.world[flip];
          if (does === 'down') bench.down.add(SLACK.url);
          if (does === 'up') bench.down.clear();
          if (does === 'stop') await bench.notifier.stop();
          if (does === 'stop' || does === 'crash') bench.begin();
          if (does === 'decide') await own.commit(await nextCommit(own, 'ada'));
          await bench.pass(ms);
        }
        bench.down.clear();
        await bench.pass(900_000);
        const { dead, interlock, sick } = bench.world;
        for (const [kind, holds] of [
          ['dead-letters', dead],
          ['interlock', interlock],
          ['gate', sick || dead || interlock ? null : false],
        ] as const) {
          const heard = bench.heard(kind);
          expect(heard.every((phase, i) => phase === (i % 2 === 0 ? 'begins' : 'ends'))).toBe(true);
          if (holds !== null) expect(heard.length % 2 === 1).toBe(holds);
        }
        expect(new Set(sequences(bench)).size).toBe(sequences(bench).length);
        await own.close();
      }),
      { numRuns: 25, seed: 6 },
    );
  });
});
