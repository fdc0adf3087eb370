import type { DataHeard } from '@falsework/client/contract';
import { NO_DATA_REPORT } from '@falsework/core/evidence';
import { passingData } from '@falsework/testkit';
import { describe, expect, it } from 'vitest';
import { backfillEtaMs, dataFigures } from './data-figures.ts';

const NOW = Date.UTC(2026, 0, 5, 12);
const HOUR_MS = 3_600_000;
const heard = (over: Partial<DataHeard> = {}): DataHeard => passingData(NOW, over) as DataHeard;
const figure = (name: string, over: Partial<DataHeard>) =>
  dataFigures(heard(over), NOW).find((each) => each.name === name);

describe('what is known of the stores', () => {
  it('is good throughout when every gate of the data side would pass', () => {
    const tones = dataFigures(heard(), NOW).map(({ name, tone }) => `${name}: ${tone}`);
    expect(tones.filter((each) => !each.endsWith('good'))).toEqual([]);
  });

  it('is never good where nothing was measured', () => {
    const nothing = { ...NO_DATA_REPORT, invariants: null, reportedAt: NOW };
    const figures = dataFigures(nothing, NOW);
    expect(figures.every(({ tone, value }) => tone === 'unknown' && value === 'not known')).toBe(
      true,
    );
  });

  it.each([
    {
      name: 'Capture',
      over: { capture: { provenAt: NOW, bypassed: 2 } },
      says: /2 writes not captured/,
    },
    {
      name: 'Dead letters',
      over: { drain: { lagMs: 1, lagRows: 0, deadLetters: 3 } },
      says: /3 rows/,
    },
    {
      name: 'Divergence',
      over: {
        divergence: {
          rows: 3,
          zeroSince: null,
          verifiedThrough: NOW,
          canariesPlanted: 1,
          canariesFound: 1,
        },
      },
      says: /3 rows/,
    },
    {
      name: 'Canaries',
      over: {
        divergence: {
          rows: 0,
          zeroSince: NOW,
          verifiedThrough: NOW,
          canariesPlanted: 24,
          canariesFound: 23,
        },
      },
      says: /23 of 24/,
    },
    {
      name: 'Invariants',
      over: { invariants: { total: 2, unequal: ['balanced'], evaluatedAt: NOW } },
      says: /1 of 2/,
    },
    {
      name: 'Reverse feed',
      over: { reverse: { lagRows: 9, deadBecause: 'slot lost' } },
      says: /dead/,
    },
    { name: 'Reverse feed', over: { reverse: null }, says: /not known/ },
    {
      name: 'Rehearsal of the way back',
      over: { rehearsal: { at: NOW - 1, rollbackMs: 4, expiresAt: NOW, voidBecause: null } },
      says: /old/,
    },
    {
      name: 'Rehearsal of the way back',
      over: {
        rehearsal: {
          at: NOW - 1,
          rollbackMs: 4,
          expiresAt: NOW + 1,
          voidBecause: 'another schema',
        },
      },
      says: /old/,
    },
  ])('is bad when $name says $says', ({ name, over, says }) => {
    const found = figure(name, over as Partial<DataHeard>);
    expect(found?.tone).toBe('bad');
    expect(found?.value).toMatch(says);
  });

  it('says how many rows are how, the most frequent first', () => {
    const rows = { rows: 9, zeroSince: null, verifiedThrough: NOW };
    const canaries = { canariesPlanted: 24, canariesFound: 24 };
    const byKind = { corruption: 2, 'missed-insert': 7 };
    const found = figure('Divergence', { divergence: { ...rows, ...canaries, byKind } });
    expect(found?.detail).toBe(
      '7 missed insert · 2 corruption · `falsework data reconcile` shows them',
    );
  });

  it('says of what zero divergence says nothing', () => {
    const coverage = { rowsCompared: 70, tablesWhole: 1, tables: 3 };
    const divergence = { ...heard().divergence, coverage } as DataHeard['divergence'];
    const found = figure('Coverage', { divergence });
    expect(found).toMatchObject({ value: '1 of 3 tables whole', tone: 'warn' });
    expect(found?.detail).toContain('zero divergence says nothing');
  });

  it.each([
    { leftMs: 72 * HOUR_MS, value: '3 d left', tone: 'good' },
    { leftMs: 23 * HOUR_MS, value: '23 h left', tone: 'warn' },
    { leftMs: 0, value: 'over', tone: 'bad' },
  ])('counts the retained gap down: $value', ({ leftMs, value, tone }) => {
    const seal = { sealedAt: NOW - HOUR_MS, retainUntil: NOW + leftMs };
    expect(figure('Retained gap', { seal })).toMatchObject({ value, tone });
  });

  it('knows no gap before the seal, and nothing of it from a data side that does not say', () => {
    expect(figure('Retained gap', { seal: null })?.value).toBe('not sealed');
    expect(figure('Retained gap', { seal: undefined })?.value).toBe('not known');
  });

  it('counts down how long a rehearsal still counts', () => {
    expect(figure('Rehearsal of the way back', {})?.detail).toMatch(/counts for another 1 h/);
  });
});

describe('the rest of a copy', () => {
  const copy = (over: object) => {
    const backfill = { cutoffAt: NOW - 60_000, rowsCopied: 25, rowsTotal: 100 };
    return { ...backfill, isComplete: false, isDrainedPastCutoff: false, ...over };
  };

  it('takes as long as what was copied says', () => {
    expect(backfillEtaMs(copy({}), NOW)).toBe(180_000);
    expect(figure('Backfill', { backfill: copy({}) })?.detail).toMatch(
      /25 of 100 rows, about 3 min left/,
    );
  });

  it('is not guessed before anything is copied, nor after everything is', () => {
    expect(backfillEtaMs(copy({ rowsCopied: 0 }), NOW)).toBeNull();
    expect(backfillEtaMs(copy({ rowsCopied: 100 }), NOW)).toBeNull();
    expect(backfillEtaMs(copy({ isComplete: true }), NOW)).toBeNull();
  });
});
