import { SimClock } from '@falsework/testkit';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkVersions, readVersions, VersionMemory } from './versions.ts';

const NONE: ReadonlySet<string> = new Set();
const memoryOf = (
  ours: readonly string[],
  { clock = new SimClock(), rememberMs = 600_000, originsMax = 3 } = {},
): VersionMemory => new VersionMemory(ours, clock, { rememberMs, originsMax });

describe('the version that is asked for', () => {
  it('is our best one while nothing is known of the origin', () => {
    expect(memoryOf(['3', '2']).choose('a', NONE)).toBe('3');
  });

  it('is the best that both sides speak, in our order, once the origin has said', () => {
    const memory = memoryOf(['2026-06', '2026-01', '2025-09']);
    memory.learn('a', ['2025-09', '2026-01', '2024-01']);
    expect(memory.choose('a', NONE)).toBe('2026-01');
    expect(memory.choose('b', NONE)).toBe('2026-06');
  });

  it('is our best again when there is nothing in common: what is remembered may be old', () => {
    const memory = memoryOf(['3']);
    memory.learn('a', ['1']);
    expect(memory.choose('a', NONE)).toBe('3');
  });

  it('is none after a refusal that leaves nothing in common', () => {
    const memory = memoryOf(['3', '2']);
    memory.learn('a', ['1']);
    expect(memory.choose('a', new Set(['3']))).toBeNull();
  });

  it('is never one that was refused, and always one of ours', () => {
    const some = fc.subarray(['1', '2', '3', '4', '5']);
    fc.assert(
      fc.property(some, some, some, (ours, theirs, refused) => {
        const chosen = memoryOf(ours).choose('a', new Set(refused), theirs);
        if (chosen === null) return;
        expect(ours).toContain(chosen);
        expect(refused).not.toContain(chosen);
        const better = ours.slice(0, ours.indexOf(chosen)).filter((v) => !refused.includes(v));
        if (theirs.includes(chosen)) expect(better.some((v) => theirs.includes(v))).toBe(false);
      }),
    );
  });

  it('goes by what was told within the call, even where nothing is remembered', () => {
    const memory = memoryOf(['3', '2'], { rememberMs: 0 });
    memory.learn('a', ['2']);
    expect(memory.choose('a', new Set(['3']), ['2'])).toBe('2');
  });
});

describe('what is remembered', () => {
  it('expires, so that a server that learned a version is asked for it', async () => {
    const clock = new SimClock();
    const memory = memoryOf(['2', '1'], { clock, rememberMs: 1_000 });
    memory.learn('a', ['1']);
    await clock.advance(999);
    expect(memory.choose('a', NONE)).toBe('1');
    await clock.advance(1);
    expect(memory.choose('a', NONE)).toBe('2');
    expect(memory.size).toBe(0);
  });

  it('is bounded: the origin that was asked longest ago goes first', () => {
    const memory = memoryOf(['2', '1'], { originsMax: 3 });
    for (const origin of ['a', 'b', 'c']) memory.learn(origin, ['1']);
    memory.choose('a', NONE);
    memory.learn('d', ['1']);
    expect(memory.size).toBe(3);
    expect(memory.choose('a', NONE)).toBe('1');
    expect(memory.choose('b', NONE)).toBe('2');
    for (let at = 0; at < 1_000; at += 1) memory.learn(`origin-${at}`, ['1']);
    expect(memory.size).toBe(3);
  });
});

describe('the versions that a server names', () => {
  it.each<[string | null, readonly string[] | null]>([
    ['2, 1', ['2', '1']],
    [' 2026-01 ,v1.0 ', ['2026-01', 'v1.0']],
    ['2,,<script>,1', ['2', '1']],
    ['', null],
    [null, null],
  ])('%j are %j', (header, versions) => {
    expect(readVersions(header)).toEqual(versions);
  });

  it('are read up to a limit, however many it names', () => {
    expect(readVersions(Array.from({ length: 10_000 }, (_, at) => at).join(','))).toHaveLength(64);
  });
});

describe('the versions that a client is given', () => {
  it.each([[['1', '1']], [['']], [['a b']], [['1\r\nx: y']], [['x'.repeat(33)]]])(
    '%j are refused',
    (versions) => {
      expect(() => checkVersions(versions)).toThrow(
        expect.objectContaining({ code: 'FW_CLIENT_OPTION' }),
      );
    },
  );
});
