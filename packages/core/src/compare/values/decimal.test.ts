import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  compareDecimals,
  type Decimal,
  decimalKey,
  isWithin,
  parseDecimal,
  shareOfLarger,
} from './decimal.ts';

function decimal(text: string): Decimal {
  const parsed = parseDecimal(text);
  if (parsed === undefined) throw new Error(`${text} is no decimal`);
  return parsed;
}

/** Literals as services write them: signs, zeros on either end, fractions, exponents. */
const literal = fc
  .tuple(
    fc.constantFrom('', '-'),
    fc.bigInt({ min: 0n, max: 10n ** 20n }).map(String),
    fc.option(fc.stringMatching(/^[0-9]{1,20}$/), { nil: undefined }),
    fc.option(fc.integer({ min: -40, max: 40 }), { nil: undefined }),
  )
  .map(([sign, whole, fraction, exponent]) => {
    const mantissa = fraction === undefined ? whole : `${whole}.${fraction}`;
    return sign + mantissa + (exponent === undefined ? '' : `e${exponent}`);
  });

/** The reference: every literal above as a whole number of 10^-80, in bigint. */
function scaled(text: string): bigint {
  const [mantissa = '', exponent = '0'] = text.split('e');
  const [whole = '', fraction = ''] = mantissa.split('.');
  const digits = BigInt(whole.replace('-', '') + fraction);
  const power = 80 + Number(exponent) - fraction.length;
  return (text.startsWith('-') ? -1n : 1n) * digits * 10n ** BigInt(power);
}

describe('parseDecimal', () => {
  it.each([
    ['1.0', '1e0'],
    ['1.00', '1e0'],
    ['1e0', '1e0'],
    ['100', '1e2'],
    ['1E+2', '1e2'],
    ['0.005', '5e-3'],
    ['-12.340', '-1234e-2'],
    ['0', '0'],
    ['-0.000e17', '0'],
    ['0e99999999999999999999', '0'],
    ['1e-007', '1e-7'],
    ['9007199254740993', '9007199254740993e0'],
  ])('gives %s the one form %s', (text, key) => {
    expect(decimalKey(decimal(text))).toBe(key);
  });

  it.each(['', '-', 'NaN', 'Infinity', '1e9999999999999999', '0x10', '1.5n', 'e5'])(
    'refuses %j, which is no number or beyond reckoning',
    (text) => {
      expect(parseDecimal(text)).toBeUndefined();
    },
  );

  it('is linear in literals made of zeros', () => {
    const zeros = '0'.repeat(1_000_000);
    expect(decimalKey(decimal(`1${zeros}`))).toBe('1e1000000');
    expect(decimalKey(decimal(`0.${zeros}1`))).toBe('1e-1000001');
    expect(decimalKey(decimal(`1.${zeros}1`))).toMatch(/^10+1e-1000001$/);
  });
});

describe('compareDecimals', () => {
  it('orders literals as exact arithmetic does', () => {
    fc.assert(
      fc.property(literal, literal, (a, b) => {
        const expected = scaled(a) - scaled(b);
        const sign = Math.sign(compareDecimals(decimal(a), decimal(b)));
        expect(sign).toBe(expected === 0n ? 0 : expected < 0n ? -1 : 1);
      }),
    );
  });

  it('tells neighbours beyond 2^53 apart', () => {
    expect(
      compareDecimals(decimal('9007199254740993'), decimal('9007199254740992')),
    ).toBeGreaterThan(0);
  });
});

describe('isWithin', () => {
  it('agrees with exact arithmetic, boundary included', () => {
    fc.assert(
      fc.property(literal, literal, literal, (a, b, bound) => {
        const [x, y, z] = [scaled(a), scaled(b), scaled(bound)];
        const distance = x > y ? x - y : y - x;
        const size = z < 0n ? -z : z;
        const positive = { ...decimal(bound), isNegative: false };
        expect(isWithin(decimal(a), decimal(b), positive)).toBe(distance <= size);
      }),
    );
  });

  it.each([
    ['10.005', '10.00', '0.005', true],
    ['10.005', '10', '0.0049999999999999999999', false],
    ['0.3', '0.30000000000000004', '0.00000000000000004', true],
    ['0.3', '0.30000000000000004', '0.00000000000000003', false],
    ['-0.0025', '0.0025', '0.005', true],
    ['1e400', '1e-400', '1e400', true],
    ['1e400', '1e-400', '1e399', false],
    ['1e999999999999', '0', '1e999999999999', true],
    ['1e999999999999', '-1e-999999999999', '1e999999999999', false],
  ])('%s and %s are within %s: %s', (a, b, bound, isClose) => {
    expect(isWithin(decimal(a), decimal(b), decimal(bound))).toBe(isClose);
    expect(isWithin(decimal(b), decimal(a), decimal(bound))).toBe(isClose);
  });

  it('refuses arithmetic on more than a thousand digits rather than paying for it', () => {
    const long = decimal(`0.${'7'.repeat(1_001)}`);
    expect(isWithin(long, decimal('0.7'), decimal('1'))).toBe(false);
  });
});

describe('shareOfLarger', () => {
  it.each([
    ['200', '198', '0.01', '2e0'],
    ['-198', '200', '0.01', '2e0'],
    ['0', '0', '0.5', '0'],
    ['3', '1', '0', '0'],
    ['25', '4', '0.4', '1e1'],
  ])('takes of %s and %s the share %s as %s', (a, b, share, bound) => {
    expect(decimalKey(shareOfLarger(decimal(a), decimal(b), decimal(share)))).toBe(bound);
  });
});
