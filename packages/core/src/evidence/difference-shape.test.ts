import { describe, expect, it } from 'vitest';
import { differenceShape } from './difference-shape.ts';

const shape = (kind: string, legacy: string, candidate: string): string =>
  differenceShape({ kind, example: { path: '$.x', legacy, candidate } });

describe('the shape of a difference', () => {
  it.each([
    { kind: 'number', legacy: '10.005', candidate: '10.00', expected: 'number within 0.01 less' },
    { kind: 'number', legacy: '10.00', candidate: '10.005', expected: 'number within 0.01 more' },
    { kind: 'number', legacy: '10', candidate: '100', expected: 'number far more' },
    { kind: 'number', legacy: '-3', candidate: '3', expected: 'number other sign' },
    { kind: 'number', legacy: '1e400', candidate: '1', expected: 'number not finite' },
    { kind: 'string', legacy: '"a "', candidate: '"a"', expected: 'string white space' },
    { kind: 'string', legacy: '"GBP"', candidate: '"gbp"', expected: 'string letter case' },
    {
      kind: 'string',
      legacy: '"2026-11-21"',
      candidate: '"2026-11-20"',
      expected: 'string date → date',
    },
    {
      kind: 'string',
      legacy: '"2026-11-21T08:00:00Z"',
      candidate: '""',
      expected: 'string instant → empty',
    },
    {
      kind: 'string',
      legacy: '‹email:3fa1›',
      candidate: '‹email:77b0›',
      expected: 'string email → email',
    },
    {
      kind: 'null-absent',
      legacy: 'null',
      candidate: 'absent',
      expected: 'null-absent text → text',
    },
    { kind: 'type', legacy: '12', candidate: '"12"', expected: 'type number → number' },
  ])('of $kind $legacy → $candidate is "$expected"', ({ kind, legacy, candidate, expected }) => {
    expect(shape(kind, legacy, candidate)).toBe(expected);
  });

  it('tells a rounding from a missing digit', () => {
    expect(shape('number', '1204.50', '1204.49')).not.toBe(shape('number', '1204.50', '120.45'));
  });
});
