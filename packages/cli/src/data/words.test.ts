import { NO_DATA_REPORT } from '@falsework/core/evidence';
import { passingData, START_AT } from '@falsework/testkit';
import { describe, expect, it } from 'vitest';
import { fakeContext } from '../../test/fake-context.ts';
import { progressText, progressView } from './progress-line.ts';
import { statusLines } from './status-lines.ts';

const NEWS = { of: 'entries', rows: 250, estimatedRows: 1_000, rowsPerSecond: 41, etaMs: 18_000 };

describe('progress', () => {
  it('is a bar with what is done, how fast, and what is left', () => {
    expect(progressText(NEWS)).toBe(
      'entries  ██████░░░░░░░░░░░░░░░░░░   25 %  250 rows  41 rows/s  18 s left',
    );
    expect(progressText({ ...NEWS, estimatedRows: 0, etaMs: null })).toContain('no estimate yet');
    expect(progressText({ ...NEWS, rows: 2_000 })).toContain('100 %');
  });

  it('is a JSON line where nobody looks, so that a log keeps it', () => {
    const context = fakeContext();
    const view = progressView(context, {});
    view.progress(NEWS);
    view.event('held', 'waiting', { because: 'replica lag' });
    view.end();
    const lines = context.terminal.out.trim().split('\n');
    expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual([
      { event: 'progress', ...NEWS },
      { event: 'held', because: 'replica lag' },
    ]);
  });
});

describe('the status of two stores', () => {
  it('says of everything that was never measured that it was not', () => {
    const lines = statusLines(NO_DATA_REPORT, START_AT);
    expect(lines).toHaveLength(9);
    expect(lines.every((line) => line.endsWith('not measured'))).toBe(true);
  });

  it('says which store takes writes, and shouts when the way back is dead', () => {
    const reverse = { lagRows: 9, deadBecause: 'capture is gone from public.entries' };
    const text = statusLines(passingData(START_AT, { reverse }), START_AT).join('\n');
    expect(text).toContain('the store of candidate takes the writes');
    expect(text).toContain('DEAD: capture is gone from public.entries');
    expect(text).toContain('0 rows, verified through 0 ms ago, 24 of 24 planted faults found');
    expect(text).toContain('rollback took 400 ms, valid for 1 h');
  });
});
