import { NO_COUNTS } from '@falsework/core/evidence';
import { batchOf, caused, firstCommit, seen, served } from '@falsework/testkit/contracts';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decode } from './codec.ts';
import { DECISION, SNAPSHOT, STATE } from './decision-shapes.ts';
import { BATCH, COUNTS, SKETCH } from './evidence-shapes.ts';
import type { Shape } from './shape.ts';

const ROW = { table: 'fw_strata', key: ['orders', 1, 'quote'], column: 'counts' };

const { state, snapshot, decision } = firstCommit('orders');
const batch = batchOf('guard-1', 1, {
  strata: [seen({ verdicts: { match: 1 } })],
  seams: [served([1, 0])],
  signatures: [caused('a41f', 1)],
  health: [{ side: 'legacy', at: 1, isHealthy: true, build: null, because: null }],
  retreat: { at: 1, step: 1, seam: 'quote', stratum: '', because: 'alarm' },
});
const held = { ...state, hold: { by: 'ada', reason: 'a look', at: 1 } };
const approved = { ...held, approvals: [{ by: 'ada', for: 'seal', at: 1 }], rolledBackAt: 1 };

const VALUES: readonly (readonly [string, Shape<unknown>, unknown])[] = [
  ['state', STATE, approved],
  ['snapshot', SNAPSHOT, snapshot],
  ['decision', DECISION, decision],
  ['batch', BATCH, batch],
  ['counts', COUNTS, NO_COUNTS],
  ['sketch', SKETCH, { count: 1, sumMs: 1, maxMs: 1, buckets: [[-3, 1]] }],
];

describe.each(VALUES)('the shape of a %s', (name, shape, whole) => {
  it('lets a whole one through', () => {
    expect(shape.check(whole)).toBeNull();
  });

  it('lets one through that a newer version gave another key', () => {
    expect(shape.check({ ...(whole as object), addedLater: { x: 1 } })).toBeNull();
  });

  // What a decision rested on is only known to be there; everything else is checked to the last
  // key.
  const unchecked = name === 'decision' ? /^decision\.(policy|event|evidence|gates)/ : /^$/;
  const paths = leavesOf(whole, name).filter(({ at }) => !unchecked.test(at));

  it.each(paths.map(({ at, keys }) => [at, keys] as const))('misses %s', (at, keys) => {
    expect(`${name}${shape.check(without(whole, keys))}`).toContain(`${at} is not `);
  });
});

describe('reading what was stored', () => {
  it.each(['', 'null', '{"verdicts":', '[]', '"x"', '{"secret":"Ada Lovelace"}', 'Ada Lovelace'])(
    'names the row of %j and never quotes it',
    (json) => {
      const act = (): unknown => decode(json, COUNTS, ROW);
      expect(act).toThrow(expect.objectContaining({ code: 'FW_STORE_CORRUPT' }));
      expect(act).toThrow(/The row orders \/ 1 \/ quote of fw_strata does not parse: counts/);
      expect(act).not.toThrow(/Ada/);
    },
  );

  it('never fails in another way, whatever was stored', () => {
    const json = fc.oneof(fc.string(), fc.json());
    fc.assert(
      fc.property(json, fc.constantFrom(...VALUES), (stored, [, shape]) => {
        try {
          decode(stored, shape, ROW);
        } catch (error) {
          expect(error).toMatchObject({ code: 'FW_STORE_CORRUPT' });
        }
      }),
      { seed: 2026, numRuns: 500 },
    );
  });
});

interface Leaf {
  readonly at: string;
  readonly keys: readonly (string | number)[];
}

/**
 * Every key of a value, at any depth. Entries of a list and keys of a map may be left out, so they
 * are no leaves.
 */
function leavesOf(value: unknown, at: string, keys: Leaf['keys'] = []): Leaf[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => {
    const isOptional = Array.isArray(value) || at.endsWith('.rounds');
    const path = Array.isArray(value) ? `${at}[${key}]` : `${at}.${key}`;
    const own = isOptional ? [] : [{ at: path, keys: [...keys, key] }];
    return [...own, ...leavesOf(inner, path, [...keys, key])];
  });
}

function without(value: unknown, [key, ...rest]: Leaf['keys']): unknown {
  const copy = structuredClone(value) as Record<string | number, unknown>;
  if (key === undefined) return copy;
  if (rest.length === 0) delete copy[key];
  else copy[key] = without(copy[key], rest);
  return copy;
}
