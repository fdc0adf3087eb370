import { describe, expect, it } from 'vitest';
import { withAcceptances } from './acceptance.ts';
import type { Finding, Observation } from './observation.ts';

const finding = (id: string, legacy: string, candidate: string): Finding => ({
  id,
  template: '$.tax',
  kind: 'number',
  example: { path: '$.tax', legacy, candidate },
});
const ROUNDING = finding('a'.repeat(16), '10.005', '10.00');
const OTHER = finding('b'.repeat(16), '1', '2');
const ACCEPTED = [{ seam: 'quote', id: ROUNDING.id, shapes: ['number within 0.01 less'] }];

const run = (findings: readonly Finding[], over: Partial<Observation> = {}): Observation => ({
  position: { epoch: 1, step: 1, legacyBuild: 'l', candidateBuild: 'c' },
  stratum: '',
  served: 'legacy',
  verdict: 'mismatch',
  isCritical: true,
  legacyMs: 1,
  candidateMs: 1,
  findings,
  noise: null,
  pair: null,
  request: null,
  ...over,
});

const verdictOf = (observation: Observation, seam = 'quote'): string =>
  withAcceptances(seam, observation, ACCEPTED).verdict;

describe('an accepted difference', () => {
  it('is no mismatch, and keeps its findings, so that reports still list it', () => {
    const counted = withAcceptances('quote', run([ROUNDING]), ACCEPTED);
    expect(counted).toMatchObject({ verdict: 'accepted', isCritical: false, findings: [ROUNDING] });
  });

  it('does not cover a difference of another shape at the same place', () => {
    expect(verdictOf(run([finding(ROUNDING.id, '10.005', '1.0005')]))).toBe('mismatch');
  });

  it('does not cover another cause in the same answer', () => {
    expect(verdictOf(run([ROUNDING, OTHER]))).toBe('mismatch');
  });

  it('covers its own seam only', () => {
    expect(verdictOf(run([ROUNDING]), 'invoice')).toBe('mismatch');
  });

  it.each(['candidate_error', 'legacy_error', 'timeout', 'shed'] as const)(
    'never turns %s into anything',
    (verdict) => {
      expect(verdictOf(run([ROUNDING], { verdict }))).toBe(verdict);
    },
  );

  it('does not cover a mismatch that names no cause', () => {
    expect(verdictOf(run([]))).toBe('mismatch');
  });
});
