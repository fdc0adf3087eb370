import { SeededRandom } from '@falsework/testkit';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Finding, type Held, History, type Scope } from './history.ts';

const WHOLE: Scope = { isWhole: true };

/** Kinds and keys of what an audit finds. */
function found(
  history: History,
  rows: readonly (readonly [string, number])[],
  scope = WHOLE,
): string[] {
  history.audit('a store', rows, scope);
  return told(history.takeFindings());
}

const told = (findings: readonly Finding[]): string[] =>
  findings.map(({ kind, key }) => `${kind} ${key}`);

/** `a` was written and changed, `b` written, `c` written and deleted. */
function written(): History {
  const history = new History();
  history.acknowledge('a', { saw: null, became: 5 });
  history.acknowledge('a', { saw: 5, became: 7 });
  history.acknowledge('b', { saw: null, became: 1 });
  history.acknowledge('c', { saw: null, became: 3 });
  history.acknowledge('c', { saw: 3, became: null });
  return history;
}

describe('the history of writes, of a store that', () => {
  it('holds what was acknowledged last, finds nothing', () => {
    expect(
      found(written(), [
        ['a', 7],
        ['b', 1],
      ]),
    ).toEqual([]);
  });

  it('lost a row, finds it', () => {
    expect(found(written(), [['a', 7]])).toEqual(['lost b']);
  });

  it('has a row twice, finds it, whatever its value', () => {
    expect(
      found(written(), [
        ['a', 7],
        ['b', 1],
        ['b', 1],
      ]),
    ).toEqual(['twice b']);
  });

  it('has a deleted row again, finds it', () => {
    expect(
      found(written(), [
        ['a', 7],
        ['b', 1],
        ['c', 3],
      ]),
    ).toEqual(['resurrected c']);
  });

  it('has an older value, finds it', () => {
    expect(
      found(written(), [
        ['a', 5],
        ['b', 1],
      ]),
    ).toEqual(['stale a']);
  });

  it('applied a change twice, finds it', () => {
    expect(
      found(written(), [
        ['a', 9],
        ['b', 1],
      ]),
    ).toEqual(['stale a']);
  });

  it('has a row that nobody wrote, finds it', () => {
    expect(
      found(written(), [
        ['a', 7],
        ['b', 1],
        ['d', 1],
      ]),
    ).toEqual(['unwritten d']);
  });

  it('is still being filled, misses only what was touched since', () => {
    const history = written();
    const scope: Scope = { isWhole: false, since: history.now };
    expect(found(history, [], scope)).toEqual([]);
    expect(found(history, [['a', 5]], scope)).toEqual(['stale a']);
    history.acknowledge('b', { saw: 1, became: 2 });
    expect(found(history, [], scope)).toEqual(['lost b']);
  });
});

describe('a write that broke off at its commit', () => {
  const broken = (): History => {
    const history = written();
    history.suspect('a', (held) => (held === null ? null : held + 10));
    history.suspect('d', () => 4);
    return history;
  };

  it('may have happened or not', () => {
    expect(
      found(broken(), [
        ['a', 7],
        ['b', 1],
      ]),
    ).toEqual([]);
    expect(
      found(broken(), [
        ['a', 17],
        ['b', 1],
        ['d', 4],
      ]),
    ).toEqual([]);
    expect(
      found(broken(), [
        ['a', 27],
        ['b', 1],
      ]),
    ).toEqual(['stale a']);
  });

  it('has happened or not for both stores alike', () => {
    const history = broken();
    expect(
      found(history, [
        ['a', 17],
        ['b', 1],
      ]),
    ).toEqual([]);
    expect(
      found(history, [
        ['a', 7],
        ['b', 1],
        ['d', 4],
      ]),
    ).toEqual(['stale a', 'unwritten d']);
  });

  it('is known again from the next answer', () => {
    const history = broken();
    history.acknowledge('a', { saw: 17, became: 18 });
    expect(
      found(history, [
        ['a', 18],
        ['b', 1],
      ]),
    ).toEqual([]);
    expect(
      found(history, [
        ['a', 8],
        ['b', 1],
      ]),
    ).toEqual(['stale a']);
  });

  it('asks nothing of a store that is still being filled, if it did not happen', () => {
    const history = broken();
    const since = history.now;
    expect(
      found(history, [
        ['a', 7],
        ['b', 1],
      ]),
    ).toEqual([]);
    expect(found(history, [], { isWhole: false, since })).toEqual([]);
    const other = broken();
    expect(
      found(other, [
        ['a', 17],
        ['b', 1],
      ]),
    ).toEqual([]);
    expect(found(other, [], { isWhole: false, since })).toEqual(['lost a']);
  });

  it('that may have deleted a row keeps it from coming back once it is gone', () => {
    const history = written();
    history.suspect('b', () => null);
    expect(found(history, [['a', 7]])).toEqual([]);
    expect(
      found(history, [
        ['a', 7],
        ['b', 1],
      ]),
    ).toEqual(['resurrected b']);
  });
});

describe('an answer', () => {
  it.each<[Held, string]>([
    [5, 'stale a'],
    [9, 'stale a'],
    [null, 'lost a'],
  ])('that met %s instead of the last value is found', (saw, kind) => {
    const history = written();
    history.acknowledge('a', { saw, became: 1 });
    expect(told(history.takeFindings())).toEqual([kind]);
  });

  it('that met a deleted row is found', () => {
    const history = written();
    history.acknowledge('c', { saw: 3, became: 4 });
    expect(told(history.takeFindings())).toEqual(['resurrected c']);
  });
});

describe('over any history', () => {
  const PLANTS = ['lost', 'twice', 'resurrected', 'stale', 'unwritten'] as const;

  /** A store as it must be after some hundred writes, with what is gone. */
  function world(seed: number): { history: History; rows: Map<string, number>; gone: string[] } {
    const random = new SeededRandom(seed);
    const [history, rows, gone] = [new History(), new Map<string, number>(), [] as string[]];
    for (let i = 0; i < 200; i += 1) {
      const keys = [...rows.keys()];
      const key = keys.length > 0 && random.chance(0.6) ? random.pick(keys) : `k${i}`;
      const saw = rows.get(key) ?? null;
      const became = saw !== null && random.chance(0.2) ? null : (saw ?? 0) + 1 + random.below(9);
      history.acknowledge(key, { saw, became });
      if (became === null) {
        rows.delete(key);
        gone.push(key);
      } else rows.set(key, became);
    }
    return { history, rows, gone };
  }

  it('finds a single planted fault by its name, and nothing where there is none', () => {
    fc.assert(
      fc.property(fc.nat(), fc.constantFrom(...PLANTS), (seed, kind) => {
        const { history, rows, gone } = world(seed);
        const clean = [...rows];
        expect(found(history, clean)).toEqual([]);
        const [[key, held] = ['', 0]] = clean;
        const planted = {
          lost: clean.slice(1),
          twice: [...clean, [key, held] as const],
          resurrected: [...clean, [gone[0] ?? '', 1] as const],
          stale: [[key, held - 1] as const, ...clean.slice(1)],
          unwritten: [...clean, ['never', 1] as const],
        }[kind];
        const victim = { resurrected: gone[0], unwritten: 'never' }[kind as string] ?? key;
        expect(found(history, planted)).toEqual([`${kind} ${victim}`]);
      }),
    );
  });
});
