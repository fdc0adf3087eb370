import { isFalseworkError } from '@falsework/core/errors';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { authorityOf } from './authority.ts';
import { differences } from './compare-keys.ts';
import type { Epoch } from './fence.ts';
import { fenceKey, fenceStatements } from './fence-sql.ts';
import { type Rehearsal, rehearsalVoid } from './rehearsal.ts';
import { STEPS } from './run-journal.ts';
import { isBeforeCommit } from './switch.ts';

const epoch = (side: Epoch['side'], accepts: boolean): Epoch => ({
  side,
  epoch: 1n,
  accepts,
  isProvisional: false,
  run: null,
});

describe('the authority', () => {
  const states = fc.constantFrom(null, true, false);

  it('is one store, or none while a switch is under way, and never two', () => {
    fc.assert(
      fc.property(states, states, (legacy, candidate) => {
        const epochs = {
          legacy: legacy === null ? null : epoch('legacy', legacy),
          candidate: candidate === null ? null : epoch('candidate', candidate),
        };
        const takesLegacy = legacy ?? true;
        const takesCandidate = candidate ?? false;
        if (takesLegacy && takesCandidate) {
          expect(() => authorityOf(epochs)).toThrow(/takes writes/);
          return;
        }
        const expected = takesLegacy ? 'legacy' : takesCandidate ? 'candidate' : null;
        expect(authorityOf(epochs)).toBe(expected);
      }),
    );
  });

  it('says with a code that both take writes', () => {
    const both = { legacy: epoch('legacy', true), candidate: epoch('candidate', true) };
    try {
      authorityOf(both);
      expect.unreachable();
    } catch (error) {
      expect(isFalseworkError(error) && error.code).toBe('FW_TURNOVER_SPLIT');
    }
  });
});

describe('the fence', () => {
  it('has one key per migration, the same wherever it is made, that a server takes', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1 }), (schema) => {
        const key = BigInt(fenceKey(schema));
        expect(fenceKey(schema)).toBe(key.toString());
        expect(BigInt.asIntN(64, key)).toBe(key);
      }),
    );
    expect(fenceKey('falsework_a')).not.toBe(fenceKey('falsework_b'));
  });

  it('is checked by name and operator of the server, whatever search path the writer has', () => {
    const body = fenceStatements('falsework_ledger').join('\n');
    expect(body).toContain('pg_catalog.pg_advisory_xact_lock_shared');
    expect(body.match(/current_setting/g)).toHaveLength(2);
    expect(body.match(/pg_catalog\.current_setting/g)).toHaveLength(2);
  });
});

describe('comparing keys', () => {
  const hashes = fc.dictionary(fc.constantFrom('a', 'b', 'c', 'd'), fc.constantFrom('1', '2'));

  it('counts each key that differs or stands on one side only, once', () => {
    fc.assert(
      fc.property(hashes, hashes, (one, other) => {
        const keys = new Set([...Object.keys(one), ...Object.keys(other)]);
        const expected = [...keys].filter((key) => one[key] !== other[key]).length;
        const count = differences(new Map(Object.entries(one)), new Map(Object.entries(other)));
        expect(count).toBe(expected);
      }),
    );
  });
});

describe('a rehearsal', () => {
  const fresh: Rehearsal = {
    at: 0,
    rollbackMs: 5,
    expiresAt: 100,
    probes: 5,
    arrived: 5,
    rowsTried: 3,
    isSameShape: true,
  };

  it.each([
    ['holds until it expires', {}, 99, null],
    ['expires at its instant, not after it', {}, 100, /has expired/],
    ['is void after a change of shape', { isSameShape: false }, 1, /has changed/],
    ['is void when a probe was lost', { arrived: 4 }, 1, /not every probe/],
  ] as const)('%s', (_, over, now, expected) => {
    const because = rehearsalVoid({ ...fresh, ...over }, now);
    if (expected === null) expect(because).toBeNull();
    else expect(because).toMatch(expected);
  });
});

describe('the steps of a switch', () => {
  it('are undone before commit and carried on from it', () => {
    const undone = STEPS.filter(isBeforeCommit);
    expect(undone.at(-1)).toBe('return');
    expect(STEPS.filter((step) => !isBeforeCommit(step))).toEqual(['commit', 'open', 'announce']);
  });
});
