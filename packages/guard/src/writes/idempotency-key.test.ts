import { randomFillSync } from 'node:crypto';
import { SimClock } from '@falsework/testkit';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { idempotencyKeyOf, type KeyReading } from './idempotency-key.ts';

const ports = {
  clock: new SimClock(),
  randomBytes: (into: Uint8Array): void => void randomFillSync(into),
};
const read = (...headers: string[]): KeyReading => idempotencyKeyOf(headers, ports);
const reasonOf = (reading: KeyReading): string => (reading.ok ? '' : reading.because);

describe('a request that comes with a key', () => {
  it.each([
    ['a UUID', '8e03978e-40d5-43dd-bc93-6894a57f9324'],
    ['the structured string of the draft', '"8e03978e-40d5-43dd-bc93-6894a57f9324"'],
    ['one character', 'k'],
    ['255 characters', 'k'.repeat(255)],
    ['base64', 'c29tZSBrZXk/Kys='],
  ])('keeps it, byte by byte: %s', (_what, key) => {
    const headers = ['Host', 'a', 'idempotency-KEY', key, 'X-B', '1'];
    const reading = idempotencyKeyOf(headers, ports);
    expect(reading).toEqual({ ok: true, key, isOurs: false, headers });
    // The array itself: a request that needs nothing costs nothing.
    expect(reading.ok && reading.headers).toBe(headers);
  });

  it.each([
    ['empty', '', 'is empty'],
    ['empty quotes', '""', 'is empty'],
    ['256 characters', 'k'.repeat(256), 'has 256 characters, more than 255'],
    ['a space', 'a b', 'visible ASCII'],
    ['a tab', 'a\tb', 'visible ASCII'],
    ['two keys in one header', 'a,b', 'visible ASCII'],
    ['a parameter', '"a";b=1', 'visible ASCII'],
    ['an inner quote', '"a"b"', 'visible ASCII'],
    ['an open quote', '"a', 'visible ASCII'],
    ['a backslash', '"a\\b"', 'visible ASCII'],
    ['a letter beyond ASCII', 'clé', 'visible ASCII'],
    ['NUL', 'a\0', 'visible ASCII'],
  ])('is refused when the two sides could read it differently: %s', (_what, key, because) => {
    expect(reasonOf(read('Idempotency-Key', key))).toContain(because);
  });

  it('is refused when there are two, equal or not', () => {
    const reading = read('Idempotency-Key', 'a', 'idempotency-key', 'a');
    expect(reasonOf(reading)).toBe('it has more than one Idempotency-Key');
  });

  it('never repeats a refused key in the reason: it may be a secret', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 6 }), (noise) => {
        const because = reasonOf(read('Idempotency-Key', `s3cr3t ${noise}`));
        expect(because).not.toBe('');
        expect(because).not.toContain('s3cr3t');
      }),
    );
  });

  it('is one of two cases for any value: kept as it is, or refused', () => {
    fc.assert(
      fc.property(fc.string(), (value) => {
        const reading = read('Idempotency-Key', value);
        if (reading.ok) expect(reading.key).toBe(value);
        else expect(reading.because).toMatch(/Idempotency-Key/);
      }),
    );
  });
});

describe('a request that comes without a key', () => {
  it('is given one, after its own headers', () => {
    const headers = ['Host', 'a', 'X-Idempotency-Key', 'not this'];
    const reading = idempotencyKeyOf(headers, ports);
    if (!reading.ok) throw new Error(reading.because);
    expect(reading.isOurs).toBe(true);
    expect(reading.headers).toEqual([...headers, 'Idempotency-Key', reading.key]);
    expect(headers).toHaveLength(4);
  });

  it('is given another one than the next, though the clock stands still', () => {
    const drawn = new Set(Array.from({ length: 1_000 }, () => JSON.stringify(read())));
    expect(drawn.size).toBe(1_000);
  });

  it('is given a key that would be taken from a caller', () => {
    const reading = read();
    if (!reading.ok) throw new Error(reading.because);
    expect(read('Idempotency-Key', reading.key).ok).toBe(true);
  });
});
