import { isFalseworkError } from '@falsework/core/errors';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { explainConfig } from './explain/explain-config.ts';
import { type ParseContext, parseConfig } from './parse-config.ts';

const CONTEXT: ParseContext = { file: 'fuzz.yaml', directory: '/srv', env: { SET: 'value' } };

const VALID = {
  name: 'orders',
  owner: 'checkout',
  deleteBy: '2027-03-31',
  money: false,
  store: 'shared',
  guard: {
    legacy: 'http://a',
    candidate: { from: 'env', name: 'SET' },
    port: 1,
    key: { from: 'header', name: 'x' },
    health: { path: '/', interval: '1s' },
    routes: {
      'GET /{id}': { sample: 1, compare: [{ rule: 'ignore', path: '$' }], critical: ['$'] },
    },
    compare: [{ rule: 'tolerance', path: '$.a', abs: 1 }],
    headers: ['etag'],
  },
  seams: { a: { sample: 0.5 } },
  cohorts: { internal: ['k'], list: { from: 'list', file: 'x' } },
  policy: {
    mismatch: { rateMax: '1%' },
    ramp: ['internal', 1, 100],
    approvals: { seal: 2 },
    strata: [{ seam: 'a', rateMax: null, reason: 'b' }],
  },
  legacyCode: ['src/**'],
  longTail: ['x'],
  control: { store: 'x.db', token: 'sixteen-or-more-characters' },
};

/**
 * Parses, and lets nothing pass but a configuration or FW_CONFIG_INVALID with well-formed problems.
 */
function survive(value: unknown, context: ParseContext = CONTEXT): void {
  try {
    expect(explainConfig(parseConfig(value, context)).length).toBeGreaterThan(0);
  } catch (error) {
    if (!isFalseworkError(error) || error.code !== 'FW_CONFIG_INVALID') throw error;
    const problems = error.facts.problems as { path: string; message: string; expected: string }[];
    expect(problems.length).toBeGreaterThan(0);
    for (const { path, message, expected } of problems) {
      expect(message.startsWith(path)).toBe(true);
      expect(expected).not.toMatch(/Invalid (input|option|key)|Too (small|big)|received /);
    }
  }
}

/** Every place of a value, so that junk can be put there. */
function placesOf(value: unknown, at: readonly (string | number)[] = []): (string | number)[][] {
  if (typeof value !== 'object' || value === null) return [[...at]];
  const inside = Object.entries(value).flatMap(([key, item]) =>
    placesOf(item, [...at, Array.isArray(value) ? Number(key) : key]),
  );
  return at.length === 0 ? inside : [[...at], ...inside];
}

function withJunkAt(at: readonly (string | number)[], junk: unknown): unknown {
  const copy: unknown = structuredClone(VALID);
  let node = copy as Record<string | number, unknown>;
  for (const key of at.slice(0, -1)) node = node[key] as Record<string | number, unknown>;
  node[at.at(-1) ?? ''] = junk;
  return copy;
}

const junk = fc.oneof(
  fc.anything({
    withBigInt: true,
    withDate: true,
    withMap: true,
    withNullPrototype: true,
    withObjectString: true,
    withSet: true,
    withSparseArray: true,
    withTypedArray: true,
  }),
  fc.string({ unit: 'binary' }),
  fc.func(fc.anything()),
  fc.constantFrom<unknown>(
    Symbol('s'),
    { from: 'env', name: 'UNSET' },
    { from: 'env', name: '__proto__' },
    { from: 'list', file: '/' },
    { from: Symbol('s'), name: 1 },
    [['']],
    new Proxy({}, { ownKeys: () => expect.unreachable('') }),
    {
      get a(): never {
        throw new TypeError('read me not');
      },
    },
    JSON.parse('{"__proto__": {"a": 1}}'),
    { constructor: { prototype: {} }, hasOwnProperty: 1, toString: null },
  ),
);

// The same junk on every change; a fresh look is one digit away.
const SEED = 20_261_120;

describe('parseConfig', () => {
  it('answers arbitrary junk with coded problems, never with a TypeError', () => {
    fc.assert(
      fc.property(junk, (value) => survive(value)),
      { seed: SEED, numRuns: 1_000 },
    );
  });

  it('answers junk at any place of a valid configuration with coded problems', () => {
    const places = placesOf(VALID);
    expect(places.length).toBeGreaterThan(50);
    fc.assert(
      fc.property(fc.constantFrom(...places), junk, (at, value) => survive(withJunkAt(at, value))),
      { seed: SEED, numRuns: 3_000 },
    );
  });

  it('answers junk under any key beside the known ones with coded problems', () => {
    const sections = fc.constantFrom('guard', 'seams', 'cohorts', 'policy', 'control', 'routes');
    fc.assert(
      fc.property(sections, fc.string(), junk, (section, key, value) =>
        survive({ ...VALID, [section]: { [key]: value } }),
      ),
      { seed: SEED, numRuns: 1_000 },
    );
  });

  it('answers junk in variables and flags with coded problems', () => {
    const names = fc.constantFrom('FALSEWORK_PORT', 'FALSEWORK_STORE', 'FALSEWORK_LEGACY', 'SET');
    const env = fc.dictionary(names, fc.string());
    fc.assert(
      fc.property(env, fc.dictionary(fc.string(), junk), (variables, flags) =>
        survive(VALID, { ...CONTEXT, env: variables, flags: flags as object }),
      ),
      { seed: SEED, numRuns: 1_000 },
    );
  });
});
